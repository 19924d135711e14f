package extract

import (
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Membership is a group that a user is in.
type Membership struct {
	Group *Holder
	// By is the resource that says so.
	By *tf.Resource
}

// Alias is another name of a key.
type Alias struct {
	// Name is as AWS has it: alias/NAME.
	Name     string
	Key      *Key
	Resource *tf.Resource
}

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
	h, _ := l.holder(res, single, one, from.typ, from.target)
	if h == nil {
		return
	}
	for _, e := range elementsOf(list) {
		other, _ := l.holder(res, e, many, to.typ, to.target)
		switch {
		case other == nil:
		case ofGroup:
			other.Groups = append(other.Groups, Membership{Group: h, By: res})
		default:
			h.Groups = append(h.Groups, Membership{Group: other, By: res})
		}
	}
}

// alias reads which key an alias of the plan is for.
func (l *linker) alias(res *tf.Resource) {
	if res.Mode != tf.Managed || res.Type != "aws_kms_alias" {
		return
	}
	found, _ := l.referred(res, "target_key_id", keyTarget)
	name, ok := unknown.String(res.After, "name")
	if len(found) == 1 && ok {
		l.set.Aliases = append(l.set.Aliases, Alias{Name: name, Key: l.keys[found[0]], Resource: res})
	}
}
