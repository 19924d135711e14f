package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// Rows are all sets of callers that a document lets in. Together they are what it allows, in the callers' terms: what a
// Deny takes away is a condition, or is not there. No row lies in another, and rows that differ in one place only are one,
// so that the order of statements and lists, how they are split, and upper and lower case make no difference.
type Rows struct {
	Rows []Row
	// More says why these are not all, "" where they are.
	More string
}

// Row is one set of callers, with what they may do.
type Row struct {
	Who     Who
	Actions []string
	// Conditions still bind: requests that do not meet one of them are not let in. The caller meets those on keys whose
	// value the caller chooses.
	Conditions []RowCondition
	// Statements are the indexes of the statements that allow it, in order.
	Statements []int
	// Possible says that values which are not known before apply decide whether the row is there; DependsOn names them.
	Possible  bool
	DependsOn []string
	// Witness is a request of the row that the document allows, nil where none is known that holds for all values which
	// are not known before apply.
	Witness *evaluate.Request
}

// WhoKind is what kind of callers a row is about.
type WhoKind string

// The kinds of callers, as the JSON output spells them.
const (
	WhoStranger     WhoKind = "stranger"
	WhoOrganization WhoKind = "organization"
	WhoAccount      WhoKind = "account"
	WhoRole         WhoKind = "role"
	WhoUser         WhoKind = "user"
	WhoPrincipal    WhoKind = "principal" // a pattern of ARNs, a session, or a federated user
	WhoService      WhoKind = "service"
	WhoProvider     WhoKind = "provider"
)

// Who names the callers of a row.
type Who struct {
	Kind WhoKind
	// Name is an ARN, an account id, an organization id, a service or a provider, as far as it is known; "" for strangers.
	Name string
	// Ref is what the name refers to where it is not known before apply: an attribute in Terraform.
	Ref string
	// Delegated says that the account decides: its principals need policies of their own. Otherwise every principal of the
	// account is let in by itself.
	Delegated bool
}

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
	s = s.complete(doc)
	l := leavesFor(doc, s, Party{}, true)
	if len(l.choices) == 0 {
		g := newGround(l.world(nil), s)
		return g.rows(l, g.audiences(g.q.statements))
	}
	open := make([]bool, len(l.choices))
	for i := range open {
		open[i] = true
	}
	most := newGround(l.world(open), s)
	out := most.rows(l, most.audiences(most.q.statements))
	least := newGround(l.world(nil), s)
	out.Rows = divide(out.Rows, least.rows(l, least.audiences(least.q.statements)).Rows, l.waiting())
	return out
}

// ofReadings are the rows of a document in which names are repeated: AWS refuses it, and each reading is possible.
func ofReadings(doc *iam.Document, s Subject) Rows {
	var out Rows
	for _, reading := range doc.Readings {
		one := Audiences(reading, s)
		out.More = one.More
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
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect.S != "Allow" || slices.Contains(c.from, origin{0, s.Index}) {
			out = append(out, *s)
			out[len(out)-1].Principal = g.among(s.Principal, c.who)
		}
	}
	return out
}

// fewPrincipals are a list that is short enough to be looked through for each of its members.
const fewPrincipals = 16

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

// waiting are the references of the values that decide.
func (l *leaves) waiting() []string {
	if l.doc.Opaque {
		return refs(l.doc)
	}
	var out []string
	for _, c := range l.choices {
		if c.own {
			out = appendNew(out, "the own account")
		}
		if c.name != "" {
			out = appendNew(out, c.name)
		}
		for _, h := range c.holes {
			if h < len(l.doc.Text.Holes) {
				for _, r := range l.doc.Text.Holes[h].Refs() {
					out = appendNew(out, r)
				}
			}
		}
	}
	return out
}

// divide tells what is certain in the rows of the most open reading from what is possible.
func divide(most, least []Row, waiting []string) []Row {
	var out []Row
	for _, r := range most {
		var certain, possible []string
		at := slices.IndexFunc(least, func(o Row) bool { return o.Who == r.Who && sameConditions(o.Conditions, r.Conditions) })
		for _, a := range r.Actions {
			if at >= 0 && slices.Contains(least[at].Actions, a) {
				certain = append(certain, a)
			} else {
				possible = append(possible, a)
			}
		}
		if len(certain) > 0 {
			sure := least[at]
			sure.Actions = certain
			out = append(out, sure)
		}
		if len(possible) > 0 {
			r.Actions, r.Possible, r.Witness, r.DependsOn = possible, true, nil, waiting
			out = append(out, r)
		}
	}
	for _, r := range least { // where the most open reading says it in other words, what is certain is said, too
		if !slices.ContainsFunc(most, func(o Row) bool { return o.Who == r.Who && sameConditions(o.Conditions, r.Conditions) }) {
			out = append(out, r)
		}
	}
	return out
}

func sameConditions(a, b []RowCondition) bool {
	return slices.EqualFunc(a, b, func(x, y RowCondition) bool {
		return x.Operator == y.Operator && x.Key == y.Key && slices.Equal(x.Values, y.Values)
	})
}

// ground is where clauses are decided: the shapes of the requests, and what was compiled for them.
type ground struct {
	q        *question
	shapes   []*shape
	bindings map[string]*binding
	atoms    map[atom]*atomPlace
	more     string
	// universe are the actions that are asked about.
	universe actionSet
	// members are the principals of long lists, by the atoms that they are.
	members map[*iam.Principals]map[atom]int
	// states are the dimensions that were solved, by shape and the numbers of the constraints.
	states   map[string]*state
	numbers  int
	pins     [][]*numbered
	gathered []*numbered
	key      []byte
}

func newGround(doc *iam.Document, s Subject) *ground {
	q := newQuestion(doc, s)
	q.reading = loose
	anyone := audience{account: anyAccount, org: anyOrg, net: anyNetwork}
	return groundOf(q, append(append(q.fromAccounts(anyone), q.fromServices(anyone)...), q.fromTokens(anyone, false)...))
}

func groundOf(q *question, shapes []*shape) *ground {
	g := &ground{q: q, shapes: shapes, bindings: map[string]*binding{}, atoms: map[atom]*atomPlace{}, states: map[string]*state{},
		pins: make([][]*numbered, len(shapes)), universe: actionsOnKeys}
	if q.kind == iam.Trust {
		g.universe = all(trustActions)
	}
	return g
}

// audiences are the clauses of what the statements allow.
func (g *ground) audiences(statements []iam.Statement) []*clause {
	var all []*clause
	var denials []*denial
	for i := range statements {
		s := &statements[i]
		switch s.Effect.S {
		case "Allow":
			all = append(all, g.allowed(s)...)
		case "Deny":
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
	names := l.names()
	replays, values := 0, conditionValues(l.doc)
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

// maxReplays bounds how many values of conditions are looked at for the witnesses of rows; those after it have none.
const maxReplays = 5_000_000

// conditionValues counts the values that the conditions of a document list.
func conditionValues(doc *iam.Document) int {
	n := 0
	for i := range doc.Statements {
		for k := range doc.Statements[i].Conditions {
			n += len(doc.Statements[i].Conditions[k].Values.Items)
		}
	}
	return n
}

func compareRows(a, b Row) int {
	if c := slices.Index(kindOrder, a.Who.Kind) - slices.Index(kindOrder, b.Who.Kind); c != 0 {
		return c
	}
	if c := strings.Compare(a.Who.Name+a.Who.Ref, b.Who.Name+b.Who.Ref); c != 0 {
		return c
	}
	if c := slices.Compare(a.Actions, b.Actions); c != 0 {
		return c
	}
	return slices.CompareFunc(a.Conditions, b.Conditions, func(x, y RowCondition) int {
		if c := strings.Compare(x.Key+x.Operator, y.Key+y.Operator); c != 0 {
			return c
		}
		return slices.Compare(x.Values, y.Values)
	})
}

var kindOrder = []WhoKind{WhoStranger, WhoOrganization, WhoAccount, WhoRole, WhoUser, WhoPrincipal, WhoService, WhoProvider}
