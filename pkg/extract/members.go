package extract

import (
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// membership reads which users are in which groups.
func (l *linker) membership(res *tf.Resource) {
	one, many, ofGroup := "user", "groups", false
	switch res.Type {
	case "aws_iam_user_group_membership":
	case "aws_iam_group_membership":
		one, many, ofGroup = "group", "users", true
	default:
		return
	}
	single, known := unknown.Lookup(res.After, one)
	list, there := unknown.Lookup(res.After, many)
	if !known || !there {
		return
	}
	user, group := holderTargets[1], holderTargets[2]
	from, to := user, group
	if ofGroup {
		from, to = group, user
	}
	holders, r := l.holders(res, single, one, from.typ, from.target)
	for _, e := range elementsOf(list) {
		others, of := l.holders(res, e, many, to.typ, to.target)
		possible := len(holders) > 1 || len(others) > 1 || r.others || of.others
		for _, h := range holders {
			for _, o := range others {
				u, g := h, o
				if ofGroup {
					u, g = o, h
				}
				u.Groups = append(u.Groups, Membership{Group: g, By: res, Possible: possible, DependsOn: append(r.refs(), of.refs()...)})
			}
		}
	}
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
