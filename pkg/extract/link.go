package extract

import (
	"cmp"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func (x *extractor) link(set *Set) {
	l := &linker{
		extractor: x, set: set, policies: map[*tf.Resource]*Policy{}, keys: map[*tf.Resource]*Key{},
		holderOf: map[*tf.Resource]*Holder{}, outside: map[[2]string]*Holder{}, anything: map[*Holder]bool{},
		byValue: map[*targetType]map[string][]*tf.Resource{}, byPath: map[pathsOf]map[string][]*tf.Resource{}, address: map[string]*tf.Resource{},
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
	for _, k := range set.Keys {
		l.setElsewhere(k)
	}
	for _, res := range x.plan.Resources {
		l.attachments(res)
		l.membership(res)
		l.alias(res)
		l.door(res)
	}
	l.permissionSets()
}

// setElsewhere forgets what a key has in place of a policy that its configuration does not write, where another resource
// sets the policy: it is a copy of that one's, as of before apply. Where apply takes such a resource away, AWS has its
// default policy again.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key_policy
func (l *linker) setElsewhere(k *Key) {
	p := k.Policy
	if !p.Kept {
		return
	}
	sets := func(o *Policy) bool { return !o.Perhaps && len(o.LinkAssumed) == 0 }
	if !slices.ContainsFunc(k.Separate, sets) && !l.takenAway(k) {
		return
	}
	p.From, p.Docs, p.DependsOn, p.Assumed, p.Sure = FromDefault, []*iam.Document{defaultKeyPolicy(k.Resource.After)}, nil, nil, nil
	if slices.ContainsFunc(k.Separate, func(o *Policy) bool { return sets(o) && o.Resource.Before != cty.NilVal }) {
		p.Before = p.Docs[0]
	}
}

// takenAway says whether apply deletes the resource that sets the policy of a key, or puts another in its place that is for another
// key. Which of several keys of one id it set is not told.
func (l *linker) takenAway(k *Key) bool {
	sets := func(r *tf.Resource) bool {
		id, known := unknown.String(r.Before, "key_id")
		found := l.find(keyTarget, id)
		bypass, told := unknown.Get(r.Before, "bypass_policy_lockout_safety_check") // the provider leaves the policy then
		left := r.Action == tf.Forget || told && bypass.Type() == cty.Bool && bypass.True()
		return known && r.Type == "aws_kms_key_policy" && !left && len(found) == 1 && found[0] == k.Resource
	}
	return slices.ContainsFunc(l.plan.Gone, sets) ||
		slices.ContainsFunc(l.plan.Resources, func(r *tf.Resource) bool { return r.Action == tf.Replace && sets(r) })
}

// policy joins one policy to its key or holder.
func (l *linker) policy(p *Policy) {
	switch res := p.Resource; res.Type {
	case "aws_kms_key_policy":
		p.KeyID, _ = l.sure.plainText(res, res.After, "key_id", &[]string{})
		for _, k := range l.keysOf(p) {
			k.Separate = append(k.Separate, p)
		}
	case "aws_kms_grant":
		for _, k := range l.keysOf(p) {
			k.Grants = append(k.Grants, p)
		}
	case "aws_iam_role", "aws_iam_user", "aws_iam_group":
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

// manyKeys is how many keys each get a policy that may be theirs because its key is not known.
const manyKeys = 100

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
	if v, ok := unknown.Lookup(p.Resource.After, "key_id"); ok && len(r.found) == 0 && !v.IsWhollyKnown() && len(l.set.Keys) <= manyKeys {
		p.For = cmp.Or(p.For, p.Resource.Address+".key_id")
		p.MayBeFor = slices.Clone(l.set.Keys)
	}
	return p.MayBeFor
}
