package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// StatementFacts are what rules want to know of one Allow statement of a key or trust policy. What is not known before apply is
// read as letting nobody in, but for the accounts that the statement names.
type StatementFacts struct {
	Index     int
	Sid       iam.String
	Statement *iam.Statement
	// Accounts are the untrusted accounts of the principals that the statement names and lets in, where its conditions,
	// taken together, keep none of these principals out; one that is not known has a symbol, see [StandsIn]. Perhaps says that
	// it is not so of one of them for some values of what is not known before apply.
	Accounts []string
	Perhaps  bool
	// Services are the AWS services that the statement lets use the key for a stranger's resources.
	Services []string
	// Everything are the statements, by their index, that together let somebody other than an account as a whole do
	// everything with the key: this one, and those that add what it leaves out. It is empty where this one takes no part,
	// or where an earlier one names it.
	Everything []int
	// NotPrincipal says that it is an Allow with NotPrincipal.
	NotPrincipal bool
	// Broad are its conditions on who calls, from where or for which resource, that keep no stranger out.
	Broad []BroadCondition
}

// BroadCondition is a condition that looks like a limit and is none.
type BroadCondition struct {
	Condition *iam.Condition
	// Dead says that it never holds because an exact operator compares with a wildcard. Otherwise a stranger meets it.
	Dead bool
	// Witness is the stranger's request, nil for dead conditions.
	Witness *evaluate.Request
}

// Statements finds the facts of each Allow statement.
func Statements(doc *iam.Document, s Subject) []StatementFacts {
	s = s.complete(doc)
	if doc.Opaque || s.Kind == iam.Identity {
		return nil
	}
	leaves := findLeaves(doc, s)
	q := newQuestion(leaves.world(nil), s)
	widest := q
	if len(leaves.choices) > 0 {
		widest = newQuestion(leaves.world(leaves.every(true)), s)
	}
	everything, elsewhere := q.everything(), leaves.elsewhere()
	out := make([]StatementFacts, 0, len(q.statements))
	for _, st := range widest.statements {
		if !st.allow {
			continue
		}
		f := StatementFacts{Index: st.Index, Sid: st.Sid, Statement: st.Statement}
		at := slices.IndexFunc(q.statements, func(s *statement) bool { return s.Index == st.Index && s.allow })
		if at >= 0 {
			f.Accounts = q.only(q.statements[at]).externalAccounts(q.statements[at], elsewhere)
		}
		if widest != q && !leaves.drops(st) {
			sure := len(f.Accounts)
			f.Accounts = widest.only(st).externalAccounts(st, elsewhere)
			f.Perhaps = sure < len(f.Accounts)
		}
		f.Perhaps = f.Perhaps || slices.ContainsFunc(f.Accounts, func(id string) bool { return standsForAccount(id) && !elsewhere[id] })
		if at >= 0 {
			q.sureFacts(&f, q.statements[at], everything)
		}
		if at >= 0 || len(f.Accounts) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// drops says whether a condition of the statement is left out where it holds, as a value in it is not known: most values keep
// somebody out.
func (l *leaves) drops(st *statement) bool {
	return slices.ContainsFunc(l.doc.Statements, func(s iam.Statement) bool {
		return s.Index == st.Index && (s.ConditionHole != "" || len(s.Conditions) > len(st.Conditions))
	})
}

// sureFacts adds the facts of a statement in which nobody is let in by what is not known.
func (q *question) sureFacts(f *StatementFacts, st *statement, everything map[int][]int) {
	f.Statement, f.NotPrincipal = st.Statement, st.NotPrincipal != nil && st.Principal == nil
	if q.Kind == iam.Key {
		f.Services = q.only(st).looseServices(st)
		f.Everything = everything[st.Index]
	}
	f.Broad = q.broadConditions(st)
}

// broadConditions are the conditions on identity, network and source keys of a statement that strangers get past, without
// regard to Deny statements.
func (q *question) broadConditions(st *statement) []BroadCondition {
	var out []BroadCondition
	var candidates []*iam.Condition
	for i := range st.conditions {
		c, op := st.conditions[i].Condition, st.conditions[i].op
		info, exists := aws.Describe(st.conditions[i].key)
		if !st.conditions[i].valid || !exists || !info.Tells.Restricts() {
			continue
		}
		if (op.Name == "stringequals" || op.Name == "stringequalsignorecase") && !op.Negated && !op.IfExists && op.Set != "all" && onlyWildcards(c, q.variables) {
			out = append(out, BroadCondition{Condition: c, Dead: true})
			continue
		}
		candidates = append(candidates, c)
	}
	if len(candidates) == 0 {
		return out
	}
	alone := q.of([]*statement{st})
	a := alone.ask(append(alone.fromAccounts(audience{}), alone.fromServices(audience{})...), all(q.table))
	w := a.witness()
	if w == nil || evaluate.Decide(&iam.Document{Version: q.doc.Version, Statements: written(alone.statements)}, w) != evaluate.Allowed {
		return out // nobody, or a comparison of two free values decides
	}
	w = q.shown(w)
	for _, c := range candidates {
		out = append(out, BroadCondition{Condition: c, Witness: w})
	}
	return out
}

// onlyWildcards says whether every value of a condition holds a wildcard, outside of variables.
func onlyWildcards(c *iam.Condition, variables bool) bool {
	for _, v := range c.Values.Items {
		s := v.S
		if variables {
			for _, p := range iam.Variables(s) {
				if p.Key != "" {
					return false
				}
			}
		}
		if !strings.ContainsAny(s, "*?") || strings.Contains(s, "${") {
			return false
		}
	}
	return len(c.Values.Items) > 0
}
