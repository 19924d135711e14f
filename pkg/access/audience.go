package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// maxClauses bounds how many rows are followed at the same time.
const maxClauses = 4000

// Audiences finds all sets of callers that a document lets in. It is deterministic, and its work is bounded. Of values that
// are not known before apply it takes every reading: what holds in some of them only is possible.
func Audiences(doc *iam.Document, s Subject) Rows {
	if len(doc.Readings) > 0 {
		return ofReadings(doc, s)
	}
	if doc.Opaque {
		return Rows{Rows: []Row{{Who: Who{Kind: WhoStranger}, Possible: true, DependsOn: refs(doc)}}}
	}
	if newer, older, refs, several := editions([]*iam.Document{doc}); several {
		out, old := Audiences(newer[0], s), Audiences(older[0], s)
		out.Rows = inEvery([][]Row{out.Rows, old.Rows}, refs, ofRow, whoOf)
		slices.SortStableFunc(out.Rows, compareRows)
		return out
	}
	out := audiencesIn(doc, s)
	if named, some := onlyNamed(doc, s.Account); some {
		fewer := audiencesIn(named, s)
		out.More, out.Rows = cmp.Or(out.More, fewer.More), inEvery([][]Row{out.Rows, fewer.Rows}, []string{exemption}, ofRow, whoOf)
		slices.SortStableFunc(out.Rows, compareRows)
	}
	return out
}

// audiencesIn is [Audiences] in each reading of the subject.
func audiencesIn(doc *iam.Document, s Subject) Rows {
	readings, depends, more := s.rowReadings(doc, nil)
	out := Rows{More: more}
	var rows [][]Row
	for _, s := range readings {
		one := audiencesAs(doc, s)
		out.More = cmp.Or(out.More, one.More)
		rows = append(rows, one.Rows)
	}
	if more != "" {
		rows = append(rows, nil)
	}
	out.Rows = inEvery(rows, depends, ofRow, whoOf)
	return out
}

func ofRow(r *Row) *Row { return r }
func whoOf(r *Row) Who  { return r.Who }

// audiencesAs is [Audiences] in one reading of the subject.
func audiencesAs(doc *iam.Document, s Subject) Rows {
	l := leavesFor(doc, s, Party{}, true, &numbering{})
	if len(l.choices) == 0 {
		g := newGround(l.world(nil), s)
		return g.rows(l, g.audiences(g.q.statements))
	}
	most := newGround(l.world(l.every(true)), s)
	out := most.rows(l, most.audiences(most.q.statements))
	least := newGround(l.world(nil), s)
	waiting := l.waiting()
	out.Rows = divide(out.Rows, least.rows(l, least.audiences(least.q.statements)).Rows, func(*Row) []string { return waiting }, ofRow, whoOf)
	return out
}

// ofReadings are the rows of a document in which names are repeated: AWS refuses it, and each reading is possible.
func ofReadings(doc *iam.Document, s Subject) Rows {
	var out Rows
	for _, reading := range doc.Readings {
		one := Audiences(reading, s)
		out.More = cmp.Or(out.More, one.More)
		for _, r := range one.Rows {
			r.Possible = true
			if !slices.ContainsFunc(out.Rows, func(o Row) bool { return compareRows(o, r) == 0 }) {
				out.Rows = append(out.Rows, r)
			}
		}
	}
	slices.SortStableFunc(out.Rows, compareRows)
	return out
}

// replayed is a witness of the clause that the plain evaluator allows, too, nil where none was found. Where a condition
// compares two values that the caller chooses, one of them is fixed, and others are tried after it.
func (g *ground) replayed(c *clause, doc *iam.Document) *evaluate.Request {
	own := &iam.Document{Version: doc.Version, Statements: g.relevant(c, doc)}
	if w := g.witness(c); w != nil && evaluate.Decide(own, w) == evaluate.Allowed {
		return g.q.shown(w)
	}
	if g.q.inexact == "" {
		return nil
	}
	for _, value := range append([]string{""}, g.q.candidates()...) {
		again := newGround(g.q.doc, g.q.Subject)
		again.q.reading, again.q.preferred = pinned, value
		one := *c
		one.binds = nil
		for _, b := range c.binds {
			one.binds = append(one.binds, again.bind(b.op, b.key, b.values))
		}
		if p := c.who.pin; p != nil {
			one.who.pin = again.bind(p.op, p.key, p.values)
		}
		if w := again.witness(&one); w != nil && evaluate.Decide(own, w) == evaluate.Allowed {
			return again.q.shown(w)
		}
	}
	return nil
}

// relevant are the Allow statements that a clause comes from, and every Deny.
func (g *ground) relevant(c *clause, doc *iam.Document) []iam.Statement {
	var out []iam.Statement
	for s := range doc.All() {
		if s.Effect.S != "Allow" || slices.Contains(c.from, origin{0, s.Index}) {
			out = append(out, *s)
			out[len(out)-1].Principal = g.among(s.Principal, c.who)
		}
	}
	return out
}

// among are the principals of a long list that name the atom; all of them where the list is short or does not name it.
func (g *ground) among(p *iam.Principals, a atom) *iam.Principals {
	if p == nil || len(p.Entries) != 1 || len(p.Entries[0].Values.Items) <= fewPrincipals {
		return p
	}
	e := &p.Entries[0]
	index := g.members[p]
	if index == nil {
		index = map[atom]int{}
		for i, v := range e.Values.Items {
			one := atom{kind: e.Type.S, value: v.S}
			if id, whole := accountOf(one); whole {
				one.value = id
			}
			index[one] = i
		}
		if g.members == nil {
			g.members = map[*iam.Principals]map[atom]int{}
		}
		g.members[p] = index
	}
	i, ok := index[atom{kind: a.kind, value: a.value}]
	if !ok {
		return p
	}
	return &iam.Principals{Entries: []iam.Entry{{Type: e.Type, Values: iam.List{Items: e.Values.Items[i : i+1]}}}}
}

// audiences are the clauses of what the statements allow.
func (g *ground) audiences(statements []*statement) []*clause {
	var all []*clause
	var denials []*denial
	for _, s := range statements {
		switch {
		case s.allow:
			all = append(all, g.allowed(s)...)
		case s.deny:
			if d := g.denial(s); d != nil {
				denials = append(denials, d)
			}
		}
	}
	return g.settle(all, denials)
}

// settle takes what is denied off the clauses, and brings what is left into its one form.
func (g *ground) settle(clauses []*clause, denials []*denial) []*clause {
	clauses = slices.DeleteFunc(clauses, func(c *clause) bool { return !g.narrow(c) })
	slices.SortStableFunc(denials, func(a, b *denial) int { return strings.Compare(a.name(), b.name()) })
	for _, d := range denials {
		var left []*clause
		for _, c := range clauses {
			left = append(left, g.without(c, d)...)
		}
		clauses = g.distinct(left)
		if len(clauses) > maxClauses {
			clauses, g.more = clauses[:maxClauses], "the Deny statements divide what is allowed into too many parts"
		}
	}
	var out []*clause
	for _, c := range clauses {
		for _, named := range g.named(g.firm(c)) {
			if g.narrow(named) {
				out = append(out, g.bare(named))
			}
		}
	}
	if g.q.work.Over() {
		g.more = "the document is too complex to list within the work budget"
	}
	return g.lean(g.merge(g.distinct(out)))
}

// rows writes the clauses for people, in the order of who and what.
func (g *ground) rows(l *leaves, clauses []*clause) Rows {
	out := Rows{More: g.more}
	names := &names{in: []*leaves{l}}
	replays, values := 0, listed(l.doc)
	for _, c := range clauses {
		r := Row{Who: g.who(c, names), Actions: c.actions.names(g.q.table), Conditions: c.conditions()}
		for _, f := range c.from {
			r.Statements = append(r.Statements, f.statement)
		}
		slices.Sort(r.Statements)
		r.Statements = slices.Compact(r.Statements)
		names.write(r.Conditions)
		if replays += values; replays < maxReplays {
			r.Witness = g.replayed(c, l.doc)
		}
		out.Rows = append(out.Rows, r)
	}
	slices.SortStableFunc(out.Rows, compareRows)
	return out
}

// maxReplays bounds how many listed values are looked at for the witnesses of rows; those after it have none.
const maxReplays = 5_000_000

// listed counts the principals that a document does not mean and the values of its conditions: each replay compares with all of them.
func listed(doc *iam.Document) int {
	n := 0
	for s := range doc.All() {
		for range s.NotPrincipal.Values() {
			n++
		}
		for k := range s.Conditions {
			n += len(s.Conditions[k].Values.Items)
		}
	}
	return n
}

// allowed are the clauses of an Allow statement, one for each principal.
func (g *ground) allowed(s *statement) []*clause {
	if !g.covers(s) {
		return nil
	}
	c := clause{actions: s.actions & g.universe, from: []origin{{0, s.Index}}}
	binds, ok := g.binds(s)
	if !ok || c.actions == 0 {
		return nil
	}
	var out []*clause
	add := func(who atom, more ...*binding) {
		one := c
		one.who = who
		one.binds = g.join(binds, more)
		out = append(out, &one)
	}
	if s.Principal == nil {
		if s.NotPrincipal != nil {
			if more, ok := g.outside(atomsOf(s.NotPrincipal)); ok {
				add(anybody, more...)
			}
		}
		return out
	}
	for _, a := range atomsOf(s.Principal) {
		add(a)
	}
	return out
}
