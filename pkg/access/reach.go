package access

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

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
	q := newQuestion(leavesFor(key, s, role.Party, true, &numbering{}).world(nil), s)
	wanted := filter(keyActions, func(a aws.Action) bool { return a.OnKey && a.Class >= aws.Control })
	allowed, denied := identityActions(role, s)
	ways := append([]answer{q.asRole(role.ARN, wanted&^denied, true)}, make([]answer, len(allowed))...)
	arn := role.ARN
	of, known := aws.ParseARN(s.Resource)
	if holder, is := aws.ParseARN(arn); is && known && of.Account == holder.Account {
		holder.Partition = of.Partition // an account is in one
		arn = holder.String()
	}
	for i, open := range allowed {
		ways[i+1] = q.asRole(arn, wanted&open&^denied, false)
	}
	rows, more := Joint(key, s, role.Party)
	for _, certain := range []bool{true, false} {
		if way := q.met(ways, rows, role, certain); way != nil {
			return way
		}
	}
	if way := s.perhaps(rows, role, wanted); way != nil {
		return way
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

// perhaps is a way that is there in some readings of what is not known: of values, of names that are in no table, of the
// own organization; nil where none is.
func (s Subject) perhaps(rows []Joined, role Role, wanted actionSet) *Reach {
	var out *Reach
	for _, r := range rows {
		if !r.Possible || !role.enters(r.Conditions) || len(s.Fences(r.Conditions)) > 0 {
			continue
		}
		open := named(keyActions, r.Actions...) & wanted
		if open == 0 {
			continue
		}
		if out == nil {
			out = &Reach{Direct: r.Direct, Policy: r.Policy, Statement: -1, Possible: true}
			if len(r.Statements) > 0 {
				out.Statement = r.Statements[0]
			}
		}
		out.Actions = appendAllNew(out.Actions, open.names(keyActions))
		out.DependsOn = appendAllNew(out.DependsOn, r.DependsOn)
	}
	return out
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

// identityActions are the actions on the key that each identity policy of a role allows, and those that any denies.
func identityActions(role Role, s Subject) (allowed []actionSet, denied actionSet) {
	subject := s.holding(role.Party)
	var denies []*statement
	var worlds []*question
	same := &numbering{} // a Deny of one may be about what another one allows
	for _, p := range role.Policies {
		q := newQuestion(withVariables(leavesFor(p, subject, role.Party, true, same).world(nil)), subject)
		worlds = append(worlds, q)
		denies = append(denies, deniesOf(q.statements)...)
	}
	ask := func(q *question, statements []*statement) actionSet {
		q.statements = statements
		shapes := q.holder(keyResource, false)
		i := shapes[0].dim("resource", func() domain { return domain{present: true, members: []sets.Member{{In: sets.Texts(s.Resource)}}} })
		shapes[0].limits = append(shapes[0].limits, i)
		return q.ask(shapes, actionsOnKeys).open
	}
	whole := newQuestion(documentOf(everythingAllowed()), subject)
	denied = actionsOnKeys &^ ask(whole, append(whole.statements, denies...))
	for _, q := range worlds {
		allowed = append(allowed, ask(q, append(q.statements[:len(q.statements):len(q.statements)], denies...)))
	}
	return allowed, denied
}

// met is the first way whose conditions some session of the role meets, with the actions that it does so for.
func (q *question) met(ways []answer, rows []Joined, role Role, certain bool) *Reach {
	for i := range ways {
		a := &ways[i]
		if a.piece == nil {
			continue
		}
		way := q.reach(a, i-1)
		var actions []string
		for _, r := range rows {
			sure := !r.Possible && (role.Tagged || !slices.ContainsFunc(r.Conditions, onTags)) && (role.UniqueID != "" || !slices.ContainsFunc(r.Conditions, NamesID))
			if r.Direct != way.Direct || r.Policy != way.Policy || certain && !sure || !role.enters(r.Conditions) || len(q.Fences(r.Conditions)) > 0 {
				continue
			}
			for _, action := range r.Actions {
				if slices.Contains(way.Actions, action) {
					actions = appendNew(actions, action)
				}
			}
			if !sure {
				way.Possible, way.DependsOn = true, append(way.DependsOn, r.DependsOn...)
			}
		}
		if len(actions) > 0 {
			way.Actions = slices.DeleteFunc(way.Actions, func(action string) bool { return !slices.Contains(actions, action) })
			return way
		}
	}
	return nil
}
