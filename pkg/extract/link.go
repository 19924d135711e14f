package extract

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Key is a key of the plan with everything that decides access to it.
type Key struct {
	Resource *tf.Resource
	// Policy is the key's own argument; Separate are the aws_kms_key_policy resources that name the key.
	Policy   *Policy
	Separate []*Policy
	Grants   []*Policy
	// Primary is the key that this one replicates, nil for others and for keys outside of the plan.
	Primary *Key
}

// Holder is a role, user or group and the policies that it has.
type Holder struct {
	// Type is aws_iam_role, aws_iam_user, aws_iam_group or aws_ssoadmin_permission_set.
	Type string
	// Resource is nil for a holder that is no resource of the plan; Name is then how the policies name it.
	Resource *tf.Resource
	Name     string
	// Trust is the trust policy of a role.
	Trust *Policy
	// Inline are its own policies, be they blocks or resources.
	Inline   []*Policy
	Attached []Attachment
	// Groups are the groups that a user is in, and so holds the policies of.
	Groups []Membership
	// Accounts are those that have a permission set; MoreAccounts says that there are some that are not known.
	Accounts     []string
	MoreAccounts bool
}

// Attachment is a managed policy that a holder has.
type Attachment struct {
	// By is the resource that says so.
	By *tf.Resource
	// Policy is the policy where it is a resource of the plan.
	Policy *Policy
	// ARN is that of the policy, "" where it is not known.
	ARN string
	// AWS is the document where the policy is AWS's own AdministratorAccess or PowerUserAccess.
	AWS *iam.Document
	// DependsOn are the references that decide which policy it is, where none of the above tells.
	DependsOn []string
}

// linker joins policies to keys and holders.
type linker struct {
	*extractor
	set      *Set
	policies map[*tf.Resource]*Policy // the first policy of each resource
	keys     map[*tf.Resource]*Key
	holders  map[*tf.Resource]*Holder
	outside  map[[2]string]*Holder
	// named finds resources by the names that others have for them, address by their address.
	named   map[*targetType]map[string][]*tf.Resource
	address map[string]*tf.Resource
}

// targetType is a kind of resource that others name, by the values of those attributes.
type targetType struct {
	is    func(*tf.Resource) bool
	names []string
}

func managed(types ...string) func(*tf.Resource) bool {
	return func(r *tf.Resource) bool { return r.Mode == tf.Managed && slices.Contains(types, r.Type) }
}

var (
	keyTarget    = &targetType{isKey, []string{"arn", "key_id", "id"}}
	aliasTarget  = &targetType{managed("aws_kms_alias"), []string{"name", "arn", "id"}}
	policyTarget = &targetType{managed("aws_iam_policy"), []string{"arn", "id"}}
	roleTarget   = &targetType{managed("aws_iam_role"), []string{"name", "id", "arn"}}
	userTarget   = &targetType{managed("aws_iam_user"), []string{"name", "id", "arn"}}
	groupTarget  = &targetType{managed("aws_iam_group"), []string{"name", "id", "arn"}}
)

// holderTargets are the types of holders by the argument that names one.
var holderTargets = []struct {
	argument, typ string
	target        *targetType
}{{"role", "aws_iam_role", roleTarget}, {"user", "aws_iam_user", userTarget}, {"group", "aws_iam_group", groupTarget}}

// find returns the resources of a type by one of their names.
func (l *linker) find(t *targetType, name string) []*tf.Resource {
	byName, ok := l.named[t]
	if !ok {
		byName = map[string][]*tf.Resource{}
		for _, res := range l.plan.Resources {
			if !t.is(res) {
				continue
			}
			seen := map[string]bool{}
			for _, attr := range t.names {
				if s, ok := unknown.String(res.After, attr); ok && s != "" && !seen[s] {
					seen[s] = true
					byName[s] = append(byName[s], res)
				}
			}
		}
		l.named[t] = byName
	}
	return byName[name]
}

func (x *extractor) link(set *Set) {
	l := &linker{
		extractor: x, set: set, policies: map[*tf.Resource]*Policy{}, keys: map[*tf.Resource]*Key{},
		holders: map[*tf.Resource]*Holder{}, outside: map[[2]string]*Holder{},
		named: map[*targetType]map[string][]*tf.Resource{}, address: map[string]*tf.Resource{},
	}
	isHolder := managed("aws_iam_role", "aws_iam_user", "aws_iam_group")
	for _, res := range x.plan.Resources {
		if res.Spelling == nil || !res.Spelling.Inside {
			l.address[res.Address] = res
		}
		if isHolder(res) {
			h := &Holder{Type: res.Type, Resource: res}
			h.Name, _ = unknown.String(res.After, "name")
			l.holders[res] = h
			set.Holders = append(set.Holders, h)
		}
	}
	for _, p := range set.Policies {
		if l.policies[p.Resource] == nil {
			l.policies[p.Resource] = p
		}
		if isKey(p.Resource) {
			k := &Key{Resource: p.Resource, Policy: p}
			p.Key, l.keys[p.Resource] = k, k
			set.Keys = append(set.Keys, k)
		}
	}
	for _, k := range set.Keys {
		if found, _ := l.referred(k.Resource, "primary_key_arn", keyTarget); len(found) == 1 {
			k.Primary = l.keys[found[0]]
		}
	}
	set.Behind = map[string]string{}
	for _, res := range x.plan.Resources {
		if aliasTarget.is(res) {
			if found, _ := l.referred(res, "target_key_id", keyTarget); len(found) == 1 {
				set.Behind[res.Address] = found[0].Address
			}
		}
	}
	for _, p := range set.Policies {
		l.policy(p)
	}
	for _, res := range x.plan.Resources {
		l.attachments(res)
		l.membership(res)
		l.alias(res)
		l.door(res)
	}
	l.permissionSets()
}

func isKey(res *tf.Resource) bool {
	return res.Mode == tf.Managed && res.Type != "aws_kms_key_policy" && slices.ContainsFunc(rowsOf(res), func(r row) bool { return r.kind == iam.Key })
}

// policy joins one policy to its key or holder.
func (l *linker) policy(p *Policy) {
	switch res := p.Resource; res.Type {
	case "aws_kms_key_policy":
		if p.Key, p.For = l.keyOf(res); p.Key != nil {
			p.Key.Separate = append(p.Key.Separate, p)
		}
	case "aws_kms_grant":
		if p.Key, p.For = l.keyOf(res); p.Key != nil {
			p.Key.Grants = append(p.Key.Grants, p)
		}
	case "aws_iam_role":
		p.Holder = l.holders[res]
		if p.Kind == iam.Trust {
			p.Holder.Trust = p
		} else {
			p.Holder.Inline = append(p.Holder.Inline, p)
		}
	case "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy":
		if p.Holder, p.For = l.holderOf(res); p.Holder != nil {
			p.Holder.Inline = append(p.Holder.Inline, p)
		}
	}
}

func (l *linker) keyOf(res *tf.Resource) (*Key, string) {
	found, name := l.referred(res, "key_id", keyTarget)
	if len(found) == 0 {
		found = l.behindAlias(res)
	}
	if len(found) != 1 {
		return nil, name
	}
	return l.keys[found[0]], name
}

// behindAlias finds the key of a resource that names it by an alias of the plan.
func (l *linker) behindAlias(res *tf.Resource) []*tf.Resource {
	aliases, _ := l.referred(res, "key_id", aliasTarget)
	if len(aliases) != 1 {
		return nil
	}
	found, _ := l.referred(aliases[0], "target_key_id", keyTarget)
	return found
}

// referred finds the resources that an argument names: by its value, else by what an unknown value is known to be an
// attribute of, else by the references of the configuration. The second result is how the argument names it.
func (l *linker) referred(res *tf.Resource, name string, t *targetType) ([]*tf.Resource, string) {
	v, ok := unknown.Lookup(res.After, name)
	if !ok {
		return nil, ""
	}
	return l.referredBy(res, v, name, t)
}

// referredBy is referred for a value that is an element of the argument.
func (l *linker) referredBy(res *tf.Resource, v cty.Value, name string, t *targetType) ([]*tf.Resource, string) {
	raw, m := unknown.Unmark(v)
	if raw.IsKnown() && (raw.IsNull() || raw.Type() != cty.String) {
		return nil, ""
	}
	text := ""
	if raw.IsKnown() {
		if text = raw.AsString(); m.Sensitive {
			text = "(sensitive)"
		}
		if found := l.find(t, raw.AsString()); len(found) > 0 {
			return found, text
		}
	}
	var found []*tf.Resource
	var refs []string
	add := func(r *tf.Resource) {
		if r != nil && t.is(r) && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	for _, u := range l.decidedBy(res, name, m.Refs) {
		refs = append(refs, u.Refs()...)
		add(l.address[u.Of])
	}
	for _, to := range l.configured(res, name) {
		if res.Source.Tells() && res.Source.Attrs[name] != nil && len(found) > 0 {
			break // the sources say it, and references are no values
		}
		refs = append(refs, to.text)
		for _, r := range to.instances {
			add(r)
		}
	}
	if text == "" {
		slices.Sort(refs)
		text = strings.Join(slices.Compact(refs), ", ")
	}
	return found, text
}

// decidedBy are the unknowns that an argument is made of, by its marks or by the sources.
func (l *linker) decidedBy(res *tf.Resource, name string, refs []unknown.Symbol) []unknown.Symbol {
	out := slices.Clone(refs)
	if !res.Source.Tells() || res.Source.Attrs[name] == nil {
		return out
	}
	out = append(out, res.Source.Attrs[name].Unknown...)
	for _, t := range res.Source.Attrs[name].Texts {
		out = append(out, t.Holes...)
	}
	return out
}

func (l *linker) configured(res *tf.Resource, name string) []target {
	if res.Config == nil {
		return nil
	}
	e, ok := res.Config.Attrs[name]
	if !ok {
		return nil
	}
	var out []target
	for _, t := range l.index.targets(e, l.index.placeOf(res)) {
		if t.text != "" {
			out = append(out, t)
		}
	}
	return out
}

// holderOf finds the holder that a resource is for, or makes one for a name that is no resource of the plan.
func (l *linker) holderOf(res *tf.Resource) (*Holder, string) {
	for _, h := range holderTargets {
		if v, ok := unknown.Lookup(res.After, h.argument); ok && strings.HasPrefix(res.Type, h.typ+"_") {
			return l.holder(res, v, h.argument, h.typ, h.target)
		}
	}
	return nil, ""
}

func (l *linker) holder(res *tf.Resource, v cty.Value, name, typ string, t *targetType) (*Holder, string) {
	found, text := l.referredBy(res, v, name, t)
	switch {
	case len(found) == 1:
		return l.holders[found[0]], text
	case len(found) == 0 && v.IsWhollyKnown() && text != "":
		raw, _ := v.Unmark()
		k := [2]string{typ, raw.AsString()}
		if l.outside[k] == nil {
			l.outside[k] = &Holder{Type: typ, Name: text}
			l.set.Holders = append(l.set.Holders, l.outside[k])
		}
		return l.outside[k], text
	}
	return nil, text
}

// attachments reads what a resource says of who has which managed policy.
func (l *linker) attachments(res *tf.Resource) {
	if res.Mode != tf.Managed {
		return
	}
	switch res.Type {
	case "aws_iam_role":
		v, ok := unknown.Lookup(res.After, "managed_policy_arns")
		if !ok {
			return
		}
		h := l.holders[res]
		var own []Attachment
		for _, e := range elementsOf(v) {
			own = append(own, l.attached(res, e, "managed_policy_arns")...)
		}
		if raw, _ := v.Unmark(); !raw.IsKnown() && len(own) > 0 {
			// The references do not tell of those that are written as text.
			own = append(own, Attachment{By: res, DependsOn: []string{res.Address + ".managed_policy_arns"}})
		}
		h.Attached = append(h.Attached, own...)
	case "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment":
		h, _ := l.holderOf(res)
		l.attach(h, res)
	case "aws_iam_role_policy_attachments_exclusive", "aws_iam_user_policy_attachments_exclusive", "aws_iam_group_policy_attachments_exclusive":
		l.exclusive(res)
	case "aws_iam_policy_attachment":
		for _, t := range holderTargets {
			v, ok := unknown.Lookup(res.After, t.argument+"s")
			if !ok {
				continue
			}
			for _, e := range elementsOf(v) {
				h, _ := l.holder(res, e, t.argument+"s", t.typ, t.target)
				l.attach(h, res)
			}
		}
	}
}

// exclusive reads the whole list of a holder's managed policies.
func (l *linker) exclusive(res *tf.Resource) {
	policies, ok := unknown.Lookup(res.After, "policy_arns")
	for _, t := range holderTargets {
		name := t.argument + "_name"
		v, named := unknown.Lookup(res.After, name)
		if !ok || !named || !strings.HasPrefix(res.Type, t.typ+"_") {
			continue
		}
		h, _ := l.holder(res, v, name, t.typ, t.target)
		if h == nil {
			continue
		}
		for _, e := range elementsOf(policies) {
			h.Attached = append(h.Attached, l.attached(res, e, "policy_arns")...)
		}
	}
}

func (l *linker) attach(h *Holder, res *tf.Resource) {
	if v, ok := unknown.Lookup(res.After, "policy_arn"); ok && h != nil {
		h.Attached = append(h.Attached, l.attached(res, v, "policy_arn")...)
	}
}

// elementsOf are the elements of a set; one unknown element for a set of which nothing is known.
func elementsOf(v cty.Value) []cty.Value {
	raw, marks := v.Unmark()
	switch {
	case !raw.IsKnown():
		return []cty.Value{v}
	case raw.IsNull() || !raw.CanIterateElements():
		return nil
	}
	var out []cty.Value
	for it := raw.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, e.WithMarks(marks))
	}
	return out
}

// attached is the policy that an argument names. Several policies may stand behind one that is not known.
func (l *linker) attached(res *tf.Resource, v cty.Value, name string) []Attachment {
	raw, _ := unknown.Unmark(v)
	found, text := l.referredBy(res, v, name, policyTarget)
	if raw.IsKnown() {
		if raw.IsNull() || raw.Type() != cty.String {
			return nil
		}
		a := Attachment{By: res, ARN: raw.AsString(), AWS: awsManagedPolicy(raw.AsString())}
		if len(found) == 1 && a.AWS == nil {
			a.Policy = l.policies[found[0]]
		}
		return []Attachment{a}
	}
	if len(found) == 0 && text == "" {
		return nil // the provider computes it: there are none
	}
	var out []Attachment
	for _, r := range found {
		out = append(out, Attachment{By: res, Policy: l.policies[r]})
	}
	if len(out) == 0 {
		out = []Attachment{{By: res, DependsOn: strings.Split(text, ", ")}}
	}
	return out
}
