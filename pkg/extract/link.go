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
	// Policy is the key's own argument; Separate are the aws_kms_key_policy resources that name the key, or may name it (see
	// [Policy.Perhaps]), as Grants are.
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
	// Inline are its own policies, be they blocks or resources, or those that may be its own (see [Policy.Perhaps]).
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
	// Possible says that the policy, or who has it, may be another one. Assumed says in words what of it is taken for true,
	// because the configuration refers to it.
	Possible bool
	Assumed  []string
}

// linker joins policies to keys and holders.
type linker struct {
	*extractor
	set      *Set
	policies map[*tf.Resource]*Policy // the first policy of each resource
	keys     map[*tf.Resource]*Key
	holderOf map[*tf.Resource]*Holder
	outside  map[[2]string]*Holder
	// byValue finds resources by the names that others have for them, address by their address.
	byValue map[*targetType]map[string][]*tf.Resource
	// byPath finds them by path and name.
	byPath  map[*targetType]map[string][]*tf.Resource
	address map[string]*tf.Resource
}

// holderTargets are the types of holders by the argument that names one.
var holderTargets = []struct {
	argument, typ string
	target        *targetType
}{{"role", "aws_iam_role", roleTarget}, {"user", "aws_iam_user", userTarget}, {"group", "aws_iam_group", groupTarget}}

func (x *extractor) link(set *Set) {
	l := &linker{
		extractor: x, set: set, policies: map[*tf.Resource]*Policy{}, keys: map[*tf.Resource]*Key{},
		holderOf: map[*tf.Resource]*Holder{}, outside: map[[2]string]*Holder{},
		byValue: map[*targetType]map[string][]*tf.Resource{}, byPath: map[*targetType]map[string][]*tf.Resource{}, address: map[string]*tf.Resource{},
	}
	isHolder := managed("aws_iam_role", "aws_iam_user", "aws_iam_group")
	for _, res := range x.plan.Resources {
		l.address[res.Identity()] = res
		if isHolder(res) {
			h := &Holder{Type: res.Type, Resource: res}
			h.Name, _ = unknown.String(res.After, "name")
			l.holderOf[res] = h
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
		if one := l.referred(k.Resource, "primary_key_arn", keyTarget).one(); one != nil {
			k.Primary = l.keys[one]
		}
	}
	set.Behind = map[string]string{}
	for _, res := range x.plan.Resources {
		if aliasTarget.is(res) {
			if one := l.referred(res, "target_key_id", keyTarget).one(); one != nil {
				set.Behind[res.Address] = one.Address
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
		for _, k := range l.keysOf(p) {
			k.Separate = append(k.Separate, p)
		}
	case "aws_kms_grant":
		for _, k := range l.keysOf(p) {
			k.Grants = append(k.Grants, p)
		}
	case "aws_iam_role":
		p.Holder = l.holderOf[res]
		if p.Kind == iam.Trust {
			p.Holder.Trust = p
		} else {
			p.Holder.Inline = append(p.Holder.Inline, p)
		}
	case "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy":
		list, r := l.holdersOf(res)
		if p.For = r.text; len(list) == 1 && !r.others {
			p.Holder, p.LinkAssumed = list[0], r.assumed
		}
		p.Perhaps = p.Holder == nil
		for _, h := range list {
			h.Inline = append(h.Inline, p)
		}
	}
}

// keysOf are the keys that a policy or grant may be for. Where it is one, that is its Key.
func (l *linker) keysOf(p *Policy) []*Key {
	r := l.referred(p.Resource, "key_id", keyTarget)
	if aliases := l.referred(p.Resource, "key_id", aliasTarget); len(r.found) == 0 && len(aliases.found) > 0 {
		behind := referral{text: r.text, others: aliases.others, assumed: aliases.assumed}
		for _, alias := range aliases.found {
			to := l.referred(alias, "target_key_id", keyTarget)
			for _, res := range to.found {
				behind.add(res)
			}
			behind.others = behind.others || to.others || len(to.found) == 0
			behind.assumed = append(behind.assumed, to.assumed...)
		}
		r = behind
	}
	if p.For = r.text; r.one() != nil {
		p.Key, p.LinkAssumed = l.keys[r.one()], r.assumed
		return []*Key{p.Key}
	}
	p.Perhaps, p.MayBeOther = true, r.others || len(r.found) == 0
	for _, res := range r.found {
		p.MayBeFor = append(p.MayBeFor, l.keys[res])
	}
	return p.MayBeFor
}

// holdersOf finds the holders that a resource may be for.
func (l *linker) holdersOf(res *tf.Resource) ([]*Holder, referral) {
	for _, h := range holderTargets {
		if v, ok := unknown.Lookup(res.After, h.argument); ok && strings.HasPrefix(res.Type, h.typ+"_") {
			return l.holders(res, v, h.argument, h.typ, h.target)
		}
	}
	return nil, referral{}
}

// holders are those that a value may name, or one that is made for a name that is no resource of the plan.
func (l *linker) holders(res *tf.Resource, v cty.Value, name, typ string, t *targetType) ([]*Holder, referral) {
	r := l.referredBy(res, v, name, t)
	var out []*Holder
	for _, f := range r.found {
		out = append(out, l.holderOf[f])
	}
	if len(out) == 0 && v.IsWhollyKnown() && r.text != "" {
		raw, _ := v.Unmark()
		k := [2]string{typ, raw.AsString()}
		if l.outside[k] == nil {
			l.outside[k] = &Holder{Type: typ, Name: r.text}
			l.set.Holders = append(l.set.Holders, l.outside[k])
		}
		out = append(out, l.outside[k])
	}
	return out, r
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
		h := l.holderOf[res]
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
		if v, ok := unknown.Lookup(res.After, "policy_arn"); ok {
			list, r := l.holdersOf(res)
			attach(list, r, l.attached(res, v, "policy_arn"))
		}
	case "aws_iam_role_policy_attachments_exclusive", "aws_iam_user_policy_attachments_exclusive", "aws_iam_group_policy_attachments_exclusive":
		l.exclusive(res)
	case "aws_iam_policy": // of a template, where it says who has it
		for _, t := range holderTargets {
			v, ok := unknown.Lookup(res.After, t.argument+"s")
			if !ok || res.Spelling == nil || !res.Spelling.Inside {
				continue
			}
			for _, e := range elementsOf(v) {
				list, r := l.holders(res, e, t.argument+"s", t.typ, t.target)
				attach(list, r, []Attachment{{By: res, Policy: l.policies[res]}})
			}
		}
	case "aws_iam_policy_attachment":
		for _, t := range holderTargets {
			v, ok := unknown.Lookup(res.After, t.argument+"s")
			if !ok {
				continue
			}
			arn, named := unknown.Lookup(res.After, "policy_arn")
			for _, e := range elementsOf(v) {
				if list, r := l.holders(res, e, t.argument+"s", t.typ, t.target); named {
					attach(list, r, l.attached(res, arn, "policy_arn"))
				}
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
		list, r := l.holders(res, v, name, t.typ, t.target)
		for _, e := range elementsOf(policies) {
			attach(list, r, l.attached(res, e, "policy_arns"))
		}
	}
}

// attach gives policies to the holders that a resource names, or to each of those that it may name.
func attach(holders []*Holder, r referral, policies []Attachment) {
	for _, h := range holders {
		for _, a := range policies {
			a.Possible = a.Possible || len(holders) > 1 || r.others
			a.Assumed = append(slices.Clone(a.Assumed), r.assumed...)
			h.Attached = append(h.Attached, a)
		}
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
	if raw.IsKnown() && (raw.IsNull() || raw.Type() != cty.String) {
		return nil
	}
	r := l.referredBy(res, v, name, policyTarget)
	one := Attachment{By: res}
	if raw.IsKnown() {
		one.ARN, one.AWS = raw.AsString(), awsManagedPolicy(raw.AsString())
	}
	if one.AWS != nil || raw.IsKnown() && len(r.found) == 0 {
		return []Attachment{one}
	}
	if len(r.found) == 0 && r.text == "" {
		return nil // the provider computes it: there are none
	}
	var out []Attachment
	for _, found := range r.found {
		a := one
		a.Policy, a.Possible, a.Assumed = l.policies[found], r.one() == nil, r.assumed
		out = append(out, a)
	}
	if r.others || len(out) == 0 {
		one.DependsOn = strings.Split(r.text, ", ")
		out = append(out, one)
	}
	return out
}
