package check

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// FindOwners finds out who owns what. Given is what the user said of the default configuration; nil where that is nothing.
// Where the author of the plan is not trusted, nothing is inferred from policies. The number is that of the input: what is not
// known of several inputs is perhaps not the same.
func FindOwners(given *finding.Account, plan *tf.Plan, set *extract.Set, untrusted bool, number int) *Owners {
	o := &Owners{number: number, plan: plan, callers: set.Callers, accounts: map[string]*finding.Account{}, regions: map[string]string{}, symbols: map[string]string{}, organizations: map[string]string{}, untrusted: untrusted}
	if untrusted {
		o.callers = slices.DeleteFunc(slices.Clone(set.Callers), func(c extract.Caller) bool { return !c.Public })
	}
	for _, org := range set.Organizations {
		name := o.name(org.Provider)
		if id, ok := o.organizations[name]; ok && id != org.ID {
			org.ID = ""
		}
		o.organizations[name] = org.ID
	}
	o.standard, o.given = given, given != nil
	if o.standard == nil {
		o.standard = o.told(standardProvider)
	}
	if o.standard == nil && !untrusted {
		ofDefault := func(p *extract.Policy) bool {
			return p.Resource.Provider == "" || o.alike(o.name(p.Resource.Provider), standardProvider)
		}
		a := fromKeyPolicies(slices.DeleteFunc(slices.Clone(set.Policies), func(p *extract.Policy) bool { return !ofDefault(p) }))
		if a != nil && !o.forbids(a.ID) {
			o.standard = a
		}
	}
	names, used := map[string]bool{standardProvider: true}, map[string]bool{}
	for name, c := range plan.Providers {
		if strings.HasPrefix(name, "aws") && tf.Genuine(standardProvider, c.FullName) {
			names[name] = true
		}
	}
	for _, list := range [][]*tf.Resource{plan.Resources, plan.Read, plan.Gone} {
		for _, r := range list {
			if strings.HasPrefix(r.Type, "aws_") {
				names[o.name(r.Provider)], used[o.name(r.Provider)] = true, true
			}
		}
	}
	for name := range names {
		o.accounts[name], o.regions[name] = o.account(name), o.region(name)
	}
	if o.standard == nil && !used[standardProvider] {
		o.standard = o.onlyOne(used)
	}
	o.findSymbols()
	o.aliases = o.aliasesOf(set)
	return o
}

// Earlier are the same owners with the aliases as another set has them: before apply.
func (o *Owners) Earlier(set *extract.Set) *Owners {
	was := *o
	was.aliases = o.aliasesOf(set)
	return &was
}

// aliasesOf are the aliases of a set by where their keys are, with the address of the key. Those that may not be there are left
// out, and those of keys that may not, or whose place is not known.
func (o *Owners) aliasesOf(set *extract.Set) map[[2]string]map[string]string {
	out := map[[2]string]map[string]string{}
	for _, a := range set.Aliases {
		at, known := o.place(a.Key.Resource)
		if !known || !a.Resource.Exists() || !a.Key.Resource.Exists() {
			continue
		}
		if out[at] == nil {
			out[at] = map[string]string{}
		}
		out[at][a.Name] = a.Key.Resource.Address
	}
	return out
}

// place is where a resource is: its provider configuration and its region, and whether that is known as far as it is written.
func (o *Owners) place(r *tf.Resource) (at [2]string, known bool) {
	name := o.name(r.Provider)
	v, written := unknown.Lookup(r.After, "region")
	switch region, ok := unknown.OpenString(r.After, "region"); {
	case ok && region != "":
		return [2]string{name, region}, true
	case written && (!v.IsKnown() || unknown.IsSensitive(v)):
		return [2]string{name, ""}, false
	}
	return [2]string{name, o.regions[name]}, true
}

// onlyOne is the account in which all of some configurations are known to work, nil where there is none.
func (o *Owners) onlyOne(names map[string]bool) *finding.Account {
	var one *finding.Account
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a := o.accounts[name]
		if a == nil || one != nil && one.ID != a.ID {
			return nil
		}
		one = a
	}
	return one
}

// Default is the own account of the default configuration, or of all that are in use where that one is not; nil where it is not
// known.
func (o *Owners) Default() *finding.Account { return o.standard }

// Organization is the own organization as data sources tell it: that of the default configuration, else the one that all
// configurations agree on; "" where there is none.
func (o *Owners) Organization() string {
	if id, ok := o.organizations[standardProvider]; ok {
		return id
	}
	found := ""
	for _, id := range o.organizations {
		if id == "" || found != "" && found != id {
			return ""
		}
		found = id
	}
	return found
}

// All are the accounts that are known, where there are several provider configurations.
func (o *Owners) All() []finding.ProviderAccount {
	var out []finding.ProviderAccount
	if len(o.accounts) < 2 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(o.accounts)) {
		if a := o.accounts[name]; a != nil && !strings.HasSuffix(name, "[*]") {
			out = append(out, finding.ProviderAccount{Provider: name, ID: a.ID, From: a.From})
		}
	}
	return out
}

// Subject is base with the account and region of the resource's provider configuration.
func (o *Owners) Subject(base access.Subject, r *tf.Resource) access.Subject {
	name := o.name(r.Provider)
	base.Account, base.OwnSymbol = "", o.symbols[name]
	if a := o.accounts[name]; a != nil {
		base.Account = a.ID
	}
	if arn, ok := unknown.OpenString(r.After, "arn"); ok && len(o.plan.Providers) == 0 && !o.untrusted && r.Mode == tf.Managed {
		base.Account = cmp.Or(aws.AccountOf(arn), base.Account) // a state names no configuration: what is there tells for itself
	}
	if id, ok := o.organizations[name]; ok && base.Organization == o.Organization() {
		base.Organization = id
	}
	at, known := o.place(r)
	if base.Region, base.Aliases = at[1], nil; known {
		base.Aliases = o.aliases[at]
	}
	base.Partition = cmp.Or(aws.PartitionOf(base.Region), base.Partition)
	return base
}

// account is the own account of a configuration.
func (o *Owners) account(name string) *finding.Account {
	if name == standardProvider {
		return o.standard
	}
	if a := o.told(name); a != nil {
		return a
	}
	if o.given && o.how(name) == "" || o.alike(name, standardProvider) {
		return o.standard
	}
	return nil
}

// told is the account that the caller of a configuration, its arguments or its objects in the state tell.
func (o *Owners) told(name string) *finding.Account {
	if a, ok := o.caller(name); ok || o.untrusted {
		return a
	}
	if c := o.plan.Providers[name]; c != nil {
		for _, block := range assumeRole {
			blocks := c.Config.Blocks[block]
			if n := len(blocks); n > 0 {
				if id := aws.AccountOf(constant(blocks[n-1].Attrs["role_arn"])); id != "" {
					return &finding.Account{ID: id, From: block}
				}
			}
		}
		if ids := constants(c.Config.Attrs["allowed_account_ids"]); len(ids) == 1 && aws.IsAccountID(ids[0]) {
			return &finding.Account{ID: ids[0], From: "allowed_account_ids"}
		}
	}
	owned := o.plan.Owned[name]
	if owned == nil && name == standardProvider && len(o.plan.Owned) == 0 {
		owned = o.plan.Accounts
	}
	if len(owned) == 1 {
		for id, address := range owned {
			return &finding.Account{ID: id, From: "the arn of " + address}
		}
	}
	return nil
}

// forbids says whether the default configuration may work in another account: its arguments exclude this one, or name one that
// is not known.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs#forbidden_account_ids-1
func (o *Owners) forbids(account string) bool {
	c := o.plan.Providers[standardProvider]
	if c == nil {
		return false
	}
	if e, written := c.Config.Attrs["forbidden_account_ids"]; written && !isNull(e) {
		if ids := constants(e); ids == nil || slices.Contains(ids, account) || slices.Contains(ids, "") {
			return true
		}
	}
	if e, written := c.Config.Attrs["allowed_account_ids"]; written && !isNull(e) && !slices.Contains(constants(e), account) {
		return true
	}
	for _, block := range assumeRole {
		for _, b := range c.Config.Blocks[block] {
			if e, written := b.Attrs["role_arn"]; written && !isNull(e) {
				return true // the account would be told if it were known
			}
		}
	}
	return false
}

// assumeRole are the blocks of the AWS provider that name a role to work as.
var assumeRole = []string{"assume_role", "assume_role_with_web_identity"}

func isNull(e tf.Expr) bool { return e.Constant != cty.NilVal && e.Constant.IsNull() }

// caller is the account that data.aws_caller_identity tells, nil and true where it tells several.
func (o *Owners) caller(name string) (*finding.Account, bool) {
	var found *finding.Account
	for _, c := range o.callers {
		if p := o.name(c.Provider); p != name && (o.plan.Providers == nil || !o.alike(p, name)) {
			continue
		}
		if found != nil && found.ID != c.ID {
			return nil, true
		}
		if found == nil {
			found = &finding.Account{ID: c.ID, From: c.Address}
		}
	}
	return found, found != nil
}

// region is where the objects of a configuration are, "" where that is not known.
func (o *Owners) region(name string) string {
	if c := o.plan.Providers[name]; c != nil {
		if region := constant(c.Config.Attrs["region"]); region != "" {
			return region
		}
	}
	found := ""
	for _, r := range o.plan.Read {
		if r.Type != "aws_region" || o.name(r.Provider) != name {
			continue
		}
		for _, attr := range []string{"region", "name", "id"} {
			if region, ok := unknown.OpenString(r.After, attr); ok && region != "" {
				if found != "" && found != region {
					return ""
				}
				found = region
				break
			}
		}
	}
	return found
}

// constant is the text that an expression is, "" where it is no known text or must not be shown.
func constant(e tf.Expr) string {
	if e.Constant == cty.NilVal || unknown.IsSensitive(e.Constant) {
		return ""
	}
	if v, _ := e.Constant.Unmark(); v.Type() == cty.String && v.IsKnown() && !v.IsNull() && !strings.Contains(v.AsString(), "${") && !unknown.HasHole(v.AsString()) {
		return v.AsString()
	}
	return ""
}

func constants(e tf.Expr) []string {
	if e.Constant == cty.NilVal || unknown.IsSensitive(e.Constant) {
		return nil
	}
	v, _ := e.Constant.UnmarkDeep()
	if !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil
	}
	var out []string
	for it := v.ElementIterator(); it.Next(); {
		_, el := it.Element()
		out = append(out, constant(tf.Expr{Constant: el}))
	}
	return out
}
