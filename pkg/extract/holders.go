package extract

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// holderTarget is a type of holders, with the argument that names one.
type holderTarget struct {
	argument, typ string
	target        *targetType
}

var holderTargets = []holderTarget{{"role", "aws_iam_role", roleTarget}, {"user", "aws_iam_user", userTarget}, {"group", "aws_iam_group", groupTarget}}

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
func (l *linker) holders(res *tf.Resource, v cty.Value, name, typ string, t *targetType, texts ...unknown.Text) ([]*Holder, referral) {
	r := l.referredBy(res, v, name, t, texts...)
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
	if len(out) == 0 && !v.IsWhollyKnown() {
		r.others, r.text = true, cmp.Or(r.text, res.Address+"."+name)
		out = l.anyOf(res, typ, r)
	}
	return out, r
}

// eachHolder calls do with the holders that each element of a list may name. Which element has which of the texts that are not known
// does not matter.
func (l *linker) eachHolder(res *tf.Resource, name string, of holderTarget, do func([]*Holder, referral)) {
	v, there := unknown.Lookup(res.After, name)
	if !there {
		return
	}
	var late []unknown.Text
	if res.Source.Tells() && res.Source.Attrs[name] != nil {
		late = slices.DeleteFunc(slices.Clone(res.Source.Attrs[name].Elements), func(t unknown.Text) bool { return !unknown.HasHole(t.S) })
	}
	list := elementsOf(v)
	known := func(e cty.Value) bool { return e.IsWhollyKnown() }
	if len(slices.DeleteFunc(slices.Clone(list), known)) != len(late) {
		late = nil
	}
	for _, e := range list {
		n := min(len(late), 1)
		if known(e) {
			n = 0
		}
		do(l.holders(res, e, name, of.typ, of.target, late[:n]...))
		late = late[n:]
	}
}

// manyHolders is how many holders each get what may be theirs because a name is not known: of more nothing is certain.
const manyHolders = 16

// anyOf are the holders of a type, for a name of which nothing is known.
func (l *linker) anyOf(res *tf.Resource, typ string, r referral) []*Holder {
	var out []*Holder
	for _, h := range l.set.Holders {
		if h.Type == typ && r.mayBe(h) {
			out = append(out, h)
		}
	}
	if len(out) <= manyHolders {
		return out
	}
	for _, h := range out {
		if !l.anything[h] {
			l.anything[h] = true
			h.Attached = append(h.Attached, Attachment{By: res, DependsOn: r.refs()})
		}
	}
	return nil
}

// mayBe says whether a holder may have the name of which nothing but its texts are known.
func (r referral) mayBe(h *Holder) bool {
	name := unknown.Known(h.Name)
	if h.Resource != nil {
		name = h.Resource.Text("name")
	}
	return len(r.late) == 0 || slices.ContainsFunc(r.late, func(t unknown.Text) bool { return strings.Contains(t.S, ":") || name.MayEqual(t) })
}

// attachments reads what a resource says of who has which managed policy.
func (l *linker) attachments(res *tf.Resource) {
	if res.Mode != tf.Managed {
		return
	}
	switch res.Type {
	case "aws_iam_role", "aws_iam_user", "aws_iam_group":
		l.ownList(l.holderOf[res], res)
	case "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment":
		if v, ok := unknown.Lookup(res.After, "policy_arn"); ok {
			list, r := l.holdersOf(res)
			attach(list, r, l.attached(res, named{v, -1}, "policy_arn"))
		}
	case "aws_iam_role_policy_attachments_exclusive", "aws_iam_user_policy_attachments_exclusive", "aws_iam_group_policy_attachments_exclusive":
		l.exclusive(res)
	case "aws_iam_policy": // of a template or another provider, where it says who has it
		for _, t := range holderTargets {
			if given(res, t.argument+"s") {
				l.eachHolder(res, t.argument+"s", t, func(list []*Holder, r referral) {
					attach(list, r, []Attachment{{By: res, Policy: l.policies[res]}})
				})
			}
		}
	case "aws_iam_policy_attachment":
		arn, ok := unknown.Lookup(res.After, "policy_arn")
		for _, t := range holderTargets {
			l.eachHolder(res, t.argument+"s", t, func(list []*Holder, r referral) {
				if ok {
					attach(list, r, l.attached(res, named{arn, -1}, "policy_arn"))
				}
			})
		}
	}
}

// ownList reads which managed policies a resource says to have itself.
func (l *linker) ownList(h *Holder, res *tf.Resource) {
	const name = "managed_policy_arns"
	v, ok := unknown.Lookup(res.After, name)
	if !ok {
		return
	}
	var own []Attachment
	for i, e := range elementsOf(v) {
		own = append(own, l.attached(res, named{e, i}, name)...)
	}
	if raw, _ := v.Unmark(); !raw.IsKnown() && len(own) > 0 {
		// The references do not tell of those that are written as text.
		own = append(own, Attachment{By: res, DependsOn: []string{res.Address + "." + res.Spelled(name)}})
	}
	h.Attached = append(h.Attached, own...)
}

// exclusive reads the whole list of a holder's managed policies.
func (l *linker) exclusive(res *tf.Resource) {
	policies, ok := unknown.Lookup(res.After, "policy_arns")
	for _, t := range holderTargets {
		name := t.argument + "_name"
		v, written := unknown.Lookup(res.After, name)
		if !ok || !written || !strings.HasPrefix(res.Type, t.typ+"_") {
			continue
		}
		list, r := l.holders(res, v, name, t.typ, t.target)
		for i, e := range elementsOf(policies) {
			attach(list, r, l.attached(res, named{e, i}, "policy_arns"))
		}
	}
}

// attach gives policies to the holders that a resource names, or to each of those that it may name.
func attach(holders []*Holder, r referral, policies []Attachment) {
	for _, h := range holders {
		for _, a := range policies {
			if len(holders) > 1 || r.others {
				a.Possible, a.DependsOn = true, append(slices.Clip(a.DependsOn), r.refs()...)
			}
			a.Assumed = append(slices.Clone(a.Assumed), r.assumed...)
			h.Attached = append(h.Attached, a)
		}
	}
}

// attached is the policy that an argument names. Several policies may stand behind one that is not known.
func (l *linker) attached(res *tf.Resource, n named, name string) []Attachment {
	raw, _ := unknown.Unmark(n.value)
	if raw.IsKnown() && (raw.IsNull() || raw.Type() != cty.String) {
		return nil
	}
	r := l.referredBy(res, n.value, name, policyTarget)
	one := Attachment{By: res, AWS: l.awsPolicy(res, name, n)}
	if raw.IsKnown() {
		one.ARN = raw.AsString()
	}
	if one.AWS != nil || raw.IsKnown() && len(r.found) == 0 {
		return []Attachment{one}
	}
	if len(r.found) == 0 && r.text == "" {
		if name == "managed_policy_arns" && !given(res, name) {
			return nil // the provider computes it: there are none
		}
		r.text = res.Address + "." + res.Spelled(name)
	}
	var out []Attachment
	for _, found := range r.found {
		a := one
		if a.Policy, a.Possible, a.Assumed = l.policies[found], r.one() == nil, r.assumed; a.Possible {
			a.DependsOn = r.refs()
		}
		out = append(out, a)
	}
	if r.others || len(out) == 0 {
		one.DependsOn = r.refs()
		out = append(out, one)
	}
	return out
}
