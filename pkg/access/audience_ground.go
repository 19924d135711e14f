package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

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
	return groundOf(q, q.everybody())
}

func groundOf(q *question, shapes []*shape) *ground {
	g := &ground{q: q, shapes: shapes, bindings: map[string]*binding{}, atoms: map[atom]*atomPlace{}, states: map[string]*state{},
		pins: make([][]*numbered, len(shapes)), universe: actionsOnKeys}
	if q.Kind == iam.Trust {
		g.universe = all(trustActions)
	}
	return g
}

// origin is the statement that a clause comes from: of the document itself, or of the identity policy with that number,
// counted from 1.
type origin struct{ document, statement int }

// clause is a set of requests: those of the callers with one of the actions that meet every binding.
type clause struct {
	who     atom
	actions actionSet
	binds   []*binding // sorted by name
	from    []origin
}

// atom is one principal of a statement: everyone is {AWS *}. pin is a condition that names who it is.
type atom struct {
	kind, value string
	pin         *binding
	// direct says of an account that its principals need no policies of their own.
	direct bool
}

var anybody = atom{kind: "AWS", value: "*"}

// self is the one principal that a question is about, whom a key policy leaves to its account's policies; with direct, whom
// it lets in by itself.
var self = atom{kind: "self"}

// atomPlace is what an atom is in each shape.
type atomPlace struct {
	statement statement
	in        []compiledBinding
}

func (a atom) name() string {
	pin := ""
	if a.pin != nil {
		pin = a.pin.name
	}
	direct := ""
	if a.direct {
		direct = "direct"
	}
	return a.kind + "\x00" + a.value + "\x00" + pin + "\x00" + direct
}

func (c *clause) text() string {
	var b strings.Builder
	for _, bind := range c.binds {
		b.WriteString(bind.name)
		b.WriteByte(1)
	}
	return b.String()
}

// binding is a condition in its one form: two conditions that are written differently and are the same are one binding.
type binding struct {
	op iam.Operator
	// key is the name of the condition key in lower case.
	key    string
	values []string
	// name tells bindings apart, place those that differ in their values only.
	name, place string
	condition   condition
	// compiled is what it says of the requests of each shape.
	compiled []compiledBinding
}

// compiledBinding is what a binding says of the requests of one shape.
type compiledBinding struct {
	made  bool
	holds bool // false where it never does
	// loose says that it compares two values that the caller chooses, and is taken to hold.
	loose bool
	where []*numbered
}

// numbered is a constraint that is told from others by its number.
type numbered struct {
	constraint
	id      int
	negated *numbered
}

func (g *ground) number(list []constraint) []*numbered {
	var out []*numbered
	for _, c := range list {
		g.numbers++
		out = append(out, &numbered{constraint: c, id: g.numbers})
	}
	return out
}

// not is the opposite of a constraint.
func (g *ground) not(n *numbered) *numbered {
	if n.negated == nil {
		n.negated = g.number([]constraint{n.negate()})[0]
	}
	return n.negated
}

func originsOf(list []origin) []origin {
	slices.SortFunc(list, func(a, b origin) int { return cmp.Or(a.document-b.document, a.statement-b.statement) })
	return slices.Compact(list)
}

// accountOf is the account that an atom names as a whole.
func accountOf(a atom) (string, bool) {
	if a.kind != "AWS" {
		return "", false
	}
	return aws.RootAccount(a.value)
}

func atomsOf(p *iam.Principals) []atom {
	var out []atom
	for kind, value := range principalsOf(p) {
		if kind == "*" {
			kind = "AWS"
		}
		a := atom{kind: kind, value: value}
		if id, ok := accountOf(a); ok {
			a.value = id
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b atom) int { return cmp.Or(strings.Compare(a.kind, b.kind), strings.Compare(a.value, b.value)) })
	return slices.Compact(out)
}

// fewPrincipals are a list that is short enough to be looked through for each of its members.
const fewPrincipals = 16
