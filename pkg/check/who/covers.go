package who

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
)

// wider says whether all callers of a row are among those of another one, which is not the same: each account's are
// among strangers, and each role's among those of an account whose principals are let in by themselves. The rows of one
// time leave out what lies in a wider one, so that a row may come or go without anybody gaining or losing anything.
func wider(o, r finding.Who, via string) bool {
	switch access.WhoKind(o.Kind) {
	case access.WhoStranger:
		switch access.WhoKind(r.Kind) {
		case access.WhoOrganization, access.WhoAccount, access.WhoRole, access.WhoUser, access.WhoPrincipal:
			return true
		}
	case access.WhoService:
		return o.Name == "*" && r.Kind == o.Kind && r.Name != "*"
	case access.WhoAccount:
		switch access.WhoKind(r.Kind) {
		case access.WhoRole, access.WhoUser, access.WhoPrincipal:
			return via != account && aws.AccountOf(r.Name) == o.Name
		}
	}
	return false
}

// covers says whether a row of the other time lets the callers of a row do an action under the same conditions, or fewer.
func (r *row) covers(o *row, action string) bool {
	return (!r.possible || o.possible) && r.spans(o, action)
}

// spans is covers for a row that is certain, and for one that is possible in some reading.
func (r *row) spans(o *row, action string) bool {
	return (r.anyone || wider(r.who, o.who, r.via)) && slices.Contains(r.actions, action) &&
		!slices.ContainsFunc(r.conditions, func(c access.RowCondition) bool {
			return !slices.ContainsFunc(o.conditions, func(d access.RowCondition) bool {
				return c.Operator == d.Operator && c.Key == d.Key && slices.Equal(c.Values, d.Values)
			})
		})
}

// wide are the rows of each key that may cover others.
func wide(rows []*row) map[keyID][]*row {
	out := map[keyID][]*row{}
	for _, r := range rows {
		if mayCover(r.who) {
			out[r.key.id()] = append(out[r.key.id()], r)
		}
	}
	return out
}

func mayCover(w finding.Who) bool {
	return w.Kind == string(access.WhoStranger) || w.Kind == string(access.WhoAccount) || w.Kind == string(access.WhoService) && w.Name == "*"
}

// account is how an expectation names whoever the own account's policies allow.
const account = "account"
