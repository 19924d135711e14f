package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

func onTags(c RowCondition) bool {
	return strings.HasPrefix(strings.ToLower(c.Key), aws.KeyPrincipalTag)
}

// NamesID says whether a condition holds only for principals with an id that AWS assigns, or for all but those.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func NamesID(c RowCondition) bool {
	return strings.EqualFold(c.Key, aws.KeyUserID) && slices.ContainsFunc(c.Values, func(v string) bool {
		id, _, _ := strings.Cut(v, ":")
		return strings.Trim(id, "*?") != ""
	})
}

// enters says whether some way into the role makes a session that may meet the conditions.
func (r Role) enters(conditions []RowCondition) bool {
	return len(r.Entrances) == 0 || slices.ContainsFunc(r.Entrances, func(e []RowCondition) bool { return SessionMeets(e, conditions) })
}

// SessionMeets says whether a session that is made under the conditions of a trust policy may meet those on its requests.
// Whoever makes one gives it its name and source identity, and it keeps them; a trust policy that names none leaves them
// to the caller.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
func SessionMeets(made, used []RowCondition) bool {
	for given, kept := range map[string]string{aws.KeyRoleSessionName: aws.KeyUserID, aws.KeySTSSourceIdentity: aws.KeySourceIdentity} {
		members := appendMembers(appendMembers(nil, made, given), used, kept)
		work := newBudget()
		if len(members) < 2 {
			continue
		}
		if _, ok := sets.Find(members, nil, "", work); !ok && !work.Over() {
			return false
		}
	}
	return true
}

// sessionName is the name of the sessions in a pattern of aws:userid, ROLE:NAME; neither has a colon in it.
func sessionName(userid string) string {
	if i := strings.LastIndexByte(userid, ':'); i >= 0 {
		return userid[i+1:]
	}
	return userid[max(0, strings.LastIndexByte(userid, '*')):]
}

// appendMembers adds what conditions say of a key in texts that are known. What is left out limits nothing.
func appendMembers(list []sets.Member, conditions []RowCondition, key string) []sets.Member {
	for _, c := range conditions {
		op, _ := iam.ParseOperator(c.Operator)
		if !strings.EqualFold(c.Key, key) || op.Set != "" || op.IfExists || !strings.HasPrefix(op.Name, "string") {
			continue
		}
		l := &sets.Language{}
		open := false
		for i, v := range c.Values {
			open = open || len(c.Refs[i]) > 0 || strings.Contains(v, "${") || strings.Contains(v, "?") && !strings.Contains(v, ":") && key == aws.KeyUserID
			if op.Negated && key == aws.KeyUserID && !strings.HasPrefix(v, "*:") {
				continue // it is about some roles only
			}
			if key == aws.KeyUserID {
				v = sessionName(v)
			}
			b := &sets.Builder{}
			writeValue(b, op.Name, v, wholeView)
			l.Add(b)
		}
		if !open {
			list = append(list, sets.Member{In: l, Not: op.Negated})
		}
	}
	return list
}

// Role is a role that somebody may have assumed.
type Role struct {
	Party
	// Tagged says that whoever assumes it may give the session tags of its own.
	Tagged bool
	// Entrances are the conditions of each way into it; without any, sessions may be of any kind.
	Entrances [][]RowCondition
}
