package check

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// at is the place that a rule's finding points to: of a list of principals, actions, keys or values the element that the finding is
// about.
func (j *judged) at(r *Rule, where string, index int, f *access.StatementFacts) spot {
	s := j.doc.Statement(index)
	if name, ok := strings.CutPrefix(where, "attribute:"); ok {
		return argument(j.policy.Resource, name)
	}
	switch where {
	case "resource":
		return argument(j.policy.Resource, "")
	case "principal":
		if s != nil {
			return j.principalAt(s, j.offender(r, s, f))
		}
	case "action":
		if s != nil {
			return j.actionAt(r, s)
		}
	case "keys":
		if s != nil {
			return j.keysAt(r, s)
		}
	case "condition":
		if f != nil && len(f.Broad) > 0 {
			return j.conditionAt(&f.Broad[0])
		}
	case "problem":
		as := j.asInvalid()
		for _, p := range as.result.Problems {
			if !p.NotPrincipal && p.End > p.Start {
				return as.leaf(p.Start, p.End)
			}
		}
	}
	if s != nil && where != "policy" {
		return j.leaf(s.Start, s.End)
	}
	return j.attribute()
}

// opening is the principal that lets in whom the verdict is about.
func (j *judged) opening() spot {
	s := j.doc.Statement(j.result.Statement)
	if s == nil {
		return j.attribute()
	}
	return j.principalAt(s, j.letsIn(j.result.Witness))
}

// entrance is the principal of the key policy by which the way comes in.
func (r *reach) entrance() spot {
	s := r.key.doc.Statement(r.reach.Statement)
	if s == nil {
		return r.key.attribute()
	}
	return r.key.principalAt(s, r.comesIn())
}

// comesIn tells the principals of the key policy by which the way comes in: those that let its last role in.
func (r *reach) comesIn() principalTest {
	role, letsIn := append([]*judged{r.role}, r.chain...)[len(r.chain)], r.key.letsIn(r.reach.Witness)
	return func(kind, v iam.String) bool {
		if hole, whole := unknown.OneHole(v.S); whole && hole < len(r.key.doc.Text.Holes) {
			return r.key.doc.Text.Holes[hole].Of == role.policy.Address
		}
		return letsIn(kind, v)
	}
}

// principalTest tells the principals that a finding is about.
type principalTest func(kind, value iam.String) bool

// offender tells the principals that a rule speaks of.
func (j *judged) offender(r *Rule, s *iam.Statement, f *access.StatementFacts) principalTest {
	switch {
	case j.reach != nil && r.asks("reachable"):
		return j.reach.comesIn()
	case f == nil:
		return j.letsIn(j.result.Witness)
	case r.asksOf("statement", "external_accounts"):
		named, accounts := map[int]bool{}, map[string]bool{}
		for _, a := range f.Accounts {
			accounts[a] = true
		}
		for kind, v := range f.Statement.Principal.Values() { // there what is not known has its symbol
			if kind.S == "AWS" && accounts[access.AccountOf(v.S)] {
				named[v.Start] = true
			}
		}
		return func(_, v iam.String) bool { return named[v.Start] }
	case r.asksOf("statement", "loose_services"):
		return func(kind, v iam.String) bool { return kind.S == "Service" && slices.Contains(f.Services, v.S) }
	}
	return func(_, _ iam.String) bool { return false }
}

// letsIn tells the principals that let in who makes a request.
func (j *judged) letsIn(w *evaluate.Request) principalTest {
	all := &iam.List{Items: []iam.String{{S: "*", Set: true}}}
	return func(kind, v iam.String) bool {
		if w == nil {
			return false
		}
		alone := iam.Statement{Effect: iam.String{S: "Allow", Set: true}, Action: all, Resource: all,
			Principal: &iam.Principals{Entries: []iam.Entry{{Type: kind, Values: iam.List{Items: []iam.String{v}}}}}}
		return evaluate.Decide(&iam.Document{Statements: []iam.Statement{alone}}, w) == evaluate.Allowed
	}
}

// principalAt is the first principal of a statement that the finding is about. Where none is told apart it is one with a star, else
// the first.
func (j *judged) principalAt(s *iam.Statement, is principalTest) spot {
	p := s.Principal
	if p == nil {
		p = s.NotPrincipal
	}
	switch {
	case p == nil:
		return j.leaf(s.Start, s.End)
	case p.Text.Set:
		return j.leaf(p.Text.Start, p.Text.End)
	}
	var found, star, first *iam.String
	for kind, v := range p.Values() {
		switch {
		case found == nil && s.Principal != nil && is(kind, v):
			found = &v
		case star == nil && strings.ContainsAny(v.S, "*?"):
			star = &v
		case first == nil:
			first = &v
		}
	}
	for _, v := range []*iam.String{found, star, first} {
		if v != nil {
			return j.leaf(v.Start, v.End)
		}
	}
	return j.leaf(p.Start, p.End)
}

// actionAt is the action of a statement that covers most of what the rule is about.
func (j *judged) actionAt(r *Rule, s *iam.Statement) spot {
	if s.Action == nil || len(s.Action.Items) == 0 {
		if s.NotAction != nil {
			return j.leaf(s.NotAction.Start, s.NotAction.End)
		}
		return j.leaf(s.Start, s.End)
	}
	wanted, _ := j.wanted(r)
	if wanted == nil {
		for _, a := range aws.KeyActions {
			wanted = append(wanted, a.Name)
		}
	}
	best, most := s.Action.Items[0], 0
	for _, a := range s.Action.Items {
		n := 0
		for _, name := range wanted {
			if evaluate.CoversAction(a.S, name) {
				n++
			}
		}
		if n > most {
			best, most = a, n
		}
	}
	return j.leaf(best.Start, best.End)
}

// maxKeysAsked is how many resources of a statement are asked about one by one; AWS accepts no policy that has room for so many keys.
const maxKeysAsked = 500

// keysAt is the first resource of a statement of an identity policy that alone is enough for the rule.
func (j *judged) keysAt(r *Rule, s *iam.Statement) spot {
	switch {
	case s.Resource == nil && s.NotResource == nil:
		return j.leaf(s.Start, s.End)
	case s.Resource == nil:
		return j.leaf(s.NotResource.Start, s.NotResource.End)
	case len(s.Resource.Items) > maxKeysAsked:
		return j.leaf(s.Resource.Start, s.Resource.End)
	}
	one, alone := *s, *j.doc
	held := func() []access.HolderFacts {
		alone.Statements, alone.Readings = []iam.Statement{one}, nil
		return access.Held(&alone, j.subject)
	}
	one.Action, one.NotAction = &iam.List{}, nil // each action once, however long the list is that allows it
	for _, f := range access.Held(j.doc, j.subject) {
		if f.Index == s.Index {
			for _, name := range f.SomeKeys {
				one.Action.Items = append(one.Action.Items, iam.String{S: name, Set: true})
			}
		}
	}
	for _, v := range s.Resource.Items {
		one.Resource = &iam.List{Items: []iam.String{v}}
		if slices.ContainsFunc(held(), func(f access.HolderFacts) bool { return j.holds(r, f) > 0 }) {
			return j.leaf(v.Start, v.End)
		}
	}
	return j.leaf(s.Resource.Start, s.Resource.End)
}

// conditionAt is the value of a condition that keeps no stranger out, or the condition's key where it is no value of it.
func (j *judged) conditionAt(b *access.BroadCondition) spot {
	c := b.Condition
	if p := j.broad(b); p.fit.Set {
		return j.leaf(p.fit.Start, p.fit.End)
	}
	return j.leaf(c.Key.Start, c.Key.End)
}
