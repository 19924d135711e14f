package extract

import (
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// membership reads which users are in which groups.
func (l *linker) membership(res *tf.Resource) {
	one, many := "user", "groups"
	from, to := holderTargets[1], holderTargets[2]
	switch res.Type {
	case "aws_iam_user": // of a template or another provider
		if h := l.holderOf[res]; h != nil && given(res, many) {
			l.join(res, []*Holder{h}, referral{}, many, to)
		}
		return
	case "aws_iam_user_group_membership":
	case "aws_iam_group_membership":
		one, many = "group", "users"
		from, to = to, from
	default:
		return
	}
	if single, known := unknown.Lookup(res.After, one); known {
		holders, r := l.holders(res, single, one, from.typ, from.target)
		l.join(res, holders, r, many, to)
	}
}

// join makes members of holders, which r finds, and of those that an argument lists.
func (l *linker) join(res *tf.Resource, holders []*Holder, r referral, many string, to holderTarget) {
	l.eachHolder(res, many, to, func(others []*Holder, of referral) {
		possible := len(holders) > 1 || len(others) > 1 || r.others || of.others
		for _, h := range holders {
			for _, o := range others {
				u, g := h, o
				if to.target == userTarget {
					u, g = o, h
				}
				u.Groups = append(u.Groups, Membership{Group: g, By: res, Possible: possible, DependsOn: append(r.refs(), of.refs()...)})
			}
		}
	})
}

// alias reads which key an alias of the plan is for.
func (l *linker) alias(res *tf.Resource) {
	if res.Mode != tf.Managed || res.Type != "aws_kms_alias" {
		return
	}
	to := l.referred(res, "target_key_id", keyTarget).one()
	name, ok := unknown.String(res.After, "name")
	if to != nil && ok {
		l.set.Aliases = append(l.set.Aliases, Alias{Name: name, Key: l.keys[to], Resource: res})
	}
}
