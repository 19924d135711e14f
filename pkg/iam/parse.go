package iam

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// Parse reads a policy document. It never fails: what cannot be read is told by Opaque and Problems.
//
// Where an element is repeated, AWS or Terraform may take either reading. Statements has both: lists are joined. Readings
// has them one by one, and the document is reported as one that AWS refuses.
func Parse(t unknown.Text) *Document {
	d := &Document{Text: t}
	root, err := parseTree(t.S)
	switch {
	case err != nil && holesDecideShape(t.S):
		d.Opaque = true
	case err != nil:
		d.problem(true, -1, 0, len(t.S), "it is not valid JSON: %v", err).Syntax = true
	case root.kind == 'h':
		d.Opaque = true
	case root.kind != '{':
		d.problem(true, -1, root.start, root.end, "a policy document is a JSON object, this is %s", root.describe()).Syntax = true
	default:
		d.document(root)
		d.reserve()
		if !root.repeats() {
			break
		}
		for _, last := range []bool{false, true} {
			r := &Document{Text: t}
			r.document(root.reading(last))
			r.reserve()
			r.Problems = nil
			d.Readings = append(d.Readings, r)
		}
	}
	return d
}

// reserve takes the texts that stand for something else here for values that are not known.
func (d *Document) reserve() {
	hole := func(u unknown.Symbol) int {
		if i := slices.Index(d.Text.Holes, u); i >= 0 {
			return i
		}
		d.Text.Holes = append(slices.Clip(d.Text.Holes), u)
		return len(d.Text.Holes) - 1
	}
	list := func(l *List) {
		if l == nil {
			return
		}
		for i := range l.Items {
			if v := &l.Items[i]; v.Known() {
				v.S = unknown.Reserve(v.S, hole)
			}
		}
	}
	for s := range d.All() {
		for _, p := range []*Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			if p.Text.Known() {
				p.Text.S = unknown.Reserve(p.Text.S, hole)
			}
			for k := range p.Entries {
				list(&p.Entries[k].Values)
			}
		}
		list(s.Resource)
		list(s.NotResource)
		for k := range s.Conditions {
			list(&s.Conditions[k].Values)
		}
	}
}

// holesDecideShape says whether a token stands outside of a string, or alone.
func holesDecideShape(s string) bool {
	_, bare := quoteBareHoles(s)
	return bare
}

// problem adds a problem; what it returns holds until the next one.
func (d *Document) problem(refused bool, statement, start, end int, format string, args ...any) *Problem {
	d.Problems = append(d.Problems, Problem{Refused: refused, Statement: statement, Start: start, End: end, Message: fmt.Sprintf(format, args...)})
	return &d.Problems[len(d.Problems)-1]
}

func (d *Document) document(root node) {
	statements := 0
	seen := map[string]bool{}
	for _, m := range root.members {
		name := m.name.S
		if seen[name] {
			d.problem(true, -1, m.name.Start, m.val.end, "the element %q is repeated", name)
		}
		seen[name] = true
		switch name {
		case "Version":
			d.Version = d.leaf(-1, name, m.val)
		case "Id":
			d.ID = d.leaf(-1, name, m.val)
		case "Statement":
			elems := m.val.elems
			switch m.val.kind {
			case '[':
			case '{', 'h':
				elems = []node{m.val}
			default:
				d.problem(true, -1, m.val.start, m.val.end, "Statement is %s, not an object or a list of objects", m.val.describe())
			}
			d.Statements = slices.Grow(d.Statements, len(elems))
			for _, e := range elems {
				d.statement(statements, e)
				statements++
			}
		default:
			if m.name.Known() {
				d.problem(true, -1, m.name.Start, m.val.end, "a policy document has no element %q", name)
			} else {
				d.Statements = append(d.Statements, Statement{Index: statements, Hole: m.name.S, Start: m.name.Start, End: m.val.end})
			}
		}
	}
	if !seen["Statement"] && len(d.Statements) == 0 { // a member whose name is not known may be it
		d.problem(true, -1, root.start, root.end, "it has no Statement")
	}
}

func (d *Document) statement(index int, n node) {
	if n.kind == 'h' {
		d.Statements = append(d.Statements, Statement{Index: index, Hole: n.text, Start: n.start, End: n.end})
		return
	}
	if n.kind != '{' {
		d.problem(true, index, n.start, n.end, "a statement is an object, this is %s", n.describe())
		return
	}
	s := Statement{Index: index, Start: n.start, End: n.end}
	seen := map[string]bool{}
	for _, m := range n.members {
		if m.val.kind == 'n' {
			continue // Terraform writes an argument that is not given as null
		}
		if seen[m.name.S] {
			d.problem(true, index, m.name.Start, m.val.end, "the element %q is repeated", m.name.S)
		}
		seen[m.name.S] = true
		d.element(&s, m)
	}
	d.Statements = append(d.Statements, s)
}

func (d *Document) element(s *Statement, m member) {
	name := m.name.S
	switch name {
	case "Sid":
		s.Sid = d.leaf(s.Index, name, m.val)
	case "Effect":
		s.Effect = d.leaf(s.Index, name, m.val)
	case "Principal":
		s.Principal = d.principals(s.Index, name, m.val, s.Principal)
	case "NotPrincipal":
		s.NotPrincipal = d.principals(s.Index, name, m.val, s.NotPrincipal)
	case "Action":
		s.Action = d.list(s.Index, name, m.val, s.Action)
	case "NotAction":
		s.NotAction = d.list(s.Index, name, m.val, s.NotAction)
	case "Resource":
		s.Resource = d.list(s.Index, name, m.val, s.Resource)
	case "NotResource":
		s.NotResource = d.list(s.Index, name, m.val, s.NotResource)
	case "Condition":
		d.conditions(s, m.val)
	default:
		if !m.name.Known() {
			// A member of which not even the name is known may be any element, so it may be the condition.
			s.ConditionHole = firstHole(name)
			s.more = String{S: s.ConditionHole, Start: m.val.start, End: m.val.end, Set: true, Bare: true}
			return
		}
		d.problem(true, s.Index, m.name.Start, m.val.end, "a statement has no element %q", name)
	}
}

// firstHole is the first token of a text.
func firstHole(s string) string {
	for _, p := range unknown.Parts(s) {
		if p.Hole >= 0 {
			return unknown.Hole(p.Hole)
		}
	}
	return ""
}

// leaf reads a string. Wrong types are reported and leave the leaf unset.
func (d *Document) leaf(statement int, name string, n node) String {
	switch n.kind {
	case '"', 'h':
		return n.leaf()
	case 'n':
		return String{}
	}
	d.problem(true, statement, n.start, n.end, "%s is %s, not a string", name, n.describe())
	return String{}
}

// list reads a string or a list of strings, and adds to what an earlier element of the same name held.
func (d *Document) list(statement int, name string, n node, to *List) *List {
	if to == nil {
		to = &List{Start: n.start, End: n.end, Single: n.kind != '['}
	}
	elems := n.elems
	if n.kind != '[' {
		elems = []node{n}
	}
	to.Items = slices.Grow(to.Items, len(elems))
	for _, e := range elems {
		switch e.kind {
		case '"', 'h', '0', 't':
			to.Items = append(to.Items, e.leaf())
			if e.kind != '0' && e.kind != 't' || name == "" {
				continue
			}
		}
		d.problem(true, statement, e.start, e.end, "%s holds %s, not a string", cmp.Or(name, "a condition"), e.describe())
	}
	return to
}

func (d *Document) principals(statement int, name string, n node, to *Principals) *Principals {
	if to == nil {
		to = &Principals{Start: n.start, End: n.end}
	}
	switch n.kind {
	case '"', 'h':
		to.Text = n.leaf()
	case '{':
		seen := map[string]bool{}
		to.Entries = slices.Grow(to.Entries, len(n.members))
		for _, m := range n.members {
			if m.val.kind == 'n' {
				continue
			}
			if seen[m.name.S] && m.name.Known() {
				d.problem(true, statement, m.name.Start, m.val.end, "the kind of principals %q is repeated", m.name.S)
			}
			seen[m.name.S] = true
			list := d.list(statement, name+"."+m.name.S, m.val, nil)
			to.Entries = append(to.Entries, Entry{Type: m.name, Values: *list})
		}
	default:
		d.problem(true, statement, n.start, n.end, "%s is %s, not an object", name, n.describe())
	}
	return to
}

func (d *Document) conditions(s *Statement, n node) {
	switch n.kind {
	case 'h':
		s.ConditionHole = n.text
		return
	case '{':
	default:
		d.problem(true, s.Index, n.start, n.end, "Condition is %s, not an object", n.describe())
		return
	}
	type slot struct{ op, key string }
	at := map[slot]int{}
	ops := map[string]bool{}
	for _, op := range n.members {
		if ops[op.name.S] {
			d.problem(true, s.Index, op.name.Start, op.val.end, "the operator %q is repeated", op.name.S)
		}
		ops[op.name.S] = true
		switch op.val.kind {
		case '{':
		case 'n':
			continue
		case 'h':
			s.Conditions = append(s.Conditions, Condition{Operator: op.name, Key: op.val.leaf(), Start: op.name.Start, End: op.val.end})
			continue
		default:
			d.problem(true, s.Index, op.val.start, op.val.end, "the operator %q holds %s, not an object of condition keys", op.name.S, op.val.describe())
			continue
		}
		s.Conditions = slices.Grow(s.Conditions, len(op.val.members))
		for _, key := range op.val.members {
			if i, ok := at[slot{op.name.S, key.name.S}]; ok {
				d.problem(true, s.Index, key.name.Start, key.val.end, "the condition key %q is repeated under %q", key.name.S, op.name.S)
				d.list(s.Index, "", key.val, &s.Conditions[i].Values)
				continue
			}
			at[slot{op.name.S, key.name.S}] = len(s.Conditions)
			c := Condition{Operator: op.name, Key: key.name, Start: key.name.Start, End: key.val.end}
			c.Values = *d.list(s.Index, "", key.val, nil)
			s.Conditions = append(s.Conditions, c)
		}
	}
}

func (n node) leaf() String {
	return String{S: n.text, Start: n.start, End: n.end, Set: true, Bare: n.kind == 'h', Quoted: n.kind == '"'}
}

func (n node) describe() string {
	switch n.kind {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"', 'h':
		return "a string"
	case '0':
		return "a number"
	case 't':
		return "a boolean"
	}
	return "null"
}
