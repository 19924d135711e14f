package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// Role is a role that somebody may have assumed.
type Role struct {
	Party
	// Tagged says that whoever assumes it may give the session tags of its own.
	Tagged bool
	// Entrances are the conditions of each way into it; without any, sessions may be of any kind.
	Entrances [][]RowCondition
}

// Reach says what a role may do with a key.
type Reach struct {
	// Actions are the data and control actions that key policy and identity policies allow together.
	Actions []string
	// Direct says that the key policy lets the role in itself; otherwise it delegates to the account, and an identity
	// policy of the role allows the action.
	Direct bool
	// Statement is the statement of the key policy, Policy the index of the identity policy (-1 if none is needed).
	Statement int
	Policy    int
	Witness   *evaluate.Request
	// Possible says that something which is not known decides; DependsOn is what, as far as it is not about the role.
	Possible  bool
	DependsOn []string
}

// Reaches decides what a role may do with a key, after every Deny on both sides, with the conditions of both and of the way
// into the role joined into one request. What is not known before apply lets nobody in. It returns nil where there is no
// way; one that is certain comes first.
//
// A key policy that names the role, or everyone, needs no identity policy; one that names the account does:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
func Reaches(key *iam.Document, s Subject, role Role) *Reach {
	s = s.complete(key)
	if key.Opaque {
		return nil
	}
	q := newQuestion(leavesFor(key, s, role.Party, true).world(nil), s)
	wanted := filter(keyActions, func(a aws.Action) bool { return a.OnKey && a.Class >= aws.Control })
	allowed, denied := identityActions(role, s)
	ways := append([]answer{q.asRole(role.ARN, wanted&^denied, true)}, make([]answer, len(allowed))...)
	for i, open := range allowed {
		ways[i+1] = q.asRole(role.ARN, wanted&open&^denied, false)
	}
	if !slices.ContainsFunc(ways, func(a answer) bool { return a.piece != nil }) {
		return nil
	}
	rows, more := Joint(key, s, role.Party)
	for _, certain := range []bool{true, false} {
		if way := q.met(ways, rows, role, certain); way != nil {
			return way
		}
	}
	if StandsIn(role.ARN) || more != "" { // its name may be one that a condition asks for
		for i := range ways {
			if ways[i].piece != nil {
				way := q.reach(&ways[i], i-1)
				way.Possible = true
				return way
			}
		}
	}
	return nil
}
func (q *question) reach(a *answer, policy int) *Reach {
	return &Reach{Actions: a.open.names(q.table), Direct: policy < 0, Policy: policy, Statement: a.piece.box.statement.Index, Witness: q.shown(a.witness())}
}

// asRole asks what the key policy allows the role; direct leaves out what it allows to whole accounts.
func (q *question) asRole(arn string, actions actionSet, direct bool) answer {
	if actions == 0 {
		return answer{}
	}
	statements := q.statements
	if direct {
		statements = directly(statements)
	}
	one := q.of(statements)
	shapes := one.fromAccounts(audience{account: anyAccount, org: anyOrg, net: freshNetwork})
	for _, sh := range shapes {
		sh.is(party{who: &sets.Language{Alternatives: callerPatterns(arn, q.sessions)}})
	}
	return one.ask(shapes, actions)
}

// withoutAccounts leaves out the principals that are whole accounts.
func withoutAccounts(p *iam.Principals) *iam.Principals {
	if p == nil || p.Text.Set {
		return p
	}
	out := *p
	out.Entries = nil
	for _, e := range p.Entries {
		list := iam.List{}
		for _, v := range e.Values.Items {
			if e.Type.S == "AWS" && (strings.HasSuffix(v.S, ":root") || isAccountPattern(v.S) && v.S != "*") {
				continue
			}
			list.Items = append(list.Items, v)
		}
		out.Entries = append(out.Entries, iam.Entry{Type: e.Type, Values: list})
	}
	return &out
}

// nobody says whether an element names no principal at all.
func nobody(p *iam.Principals) bool {
	return !p.Text.Set && !slices.ContainsFunc(p.Entries, func(e iam.Entry) bool { return len(e.Values.Items) > 0 })
}

// identityActions are the actions on the key that each identity policy of a role allows, and those that any denies.
func identityActions(role Role, s Subject) (allowed []actionSet, denied actionSet) {
	onKey := filter(keyActions, func(a aws.Action) bool { return a.OnKey })
	subject := s
	subject.Kind = iam.Identity
	if account := aws.AccountOf(role.ARN); account != "" {
		subject.Account = account
	}
	everything := &iam.List{Items: []iam.String{{S: "*", Set: true}}}
	var denies []iam.Statement
	var worlds []*iam.Document
	for _, p := range role.Policies {
		w := leavesFor(p, subject, role.Party, true).world(nil)
		worlds = append(worlds, w)
		for _, st := range w.Statements {
			if st.Effect.S == "Deny" {
				denies = append(denies, st)
			}
		}
	}
	ask := func(w *iam.Document, statements []iam.Statement) actionSet {
		q := newQuestion(w, subject)
		q.statements = statements
		shapes := q.holder(keyResource, false)
		i := shapes[0].dim("resource", func() domain { return domain{present: true, members: []sets.Member{{In: sets.Texts(s.Resource)}}} })
		shapes[0].limits = append(shapes[0].limits, i)
		return q.ask(shapes, onKey).open
	}
	whole := &iam.Document{Version: iam.String{S: "2012-10-17", Set: true}}
	allow := iam.Statement{Effect: iam.String{S: "Allow", Set: true}, Action: everything, Resource: everything}
	denied = onKey &^ ask(whole, append([]iam.Statement{allow}, denies...))
	for _, w := range worlds {
		allowed = append(allowed, ask(w, append(w.Statements[:len(w.Statements):len(w.Statements)], denies...)))
	}
	return allowed, denied
}

// Named is the ARN of a role or user with that name, as in role/path/name; where the own account is not known it has the symbol
// of that.
func (s Subject) Named(resource string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s", s.partition(), cmp.Or(s.Account, ownAccountStandIn), resource)
}

// KeyARN is the ARN of a key with that id; where its account or region is not known it has the symbol of that.
func (s Subject) KeyARN(id string) string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", s.partition(), s.region(), cmp.Or(s.Account, ownAccountStandIn), id)
}

// StandIn is an ARN for a role, user or key whose own is not known before apply, so that documents that refer to it can
// be compared. It is like no ARN of AWS; n tells resources apart.
func (s Subject) StandIn(kind string, n int) string {
	id := fmt.Sprintf("%s%04d", keyStandIn[:len(keyStandIn)-4], n)
	if kind == "key" {
		return s.KeyARN(id)
	}
	return s.Named(kind + "/" + id)
}
