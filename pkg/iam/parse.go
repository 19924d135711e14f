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
	root, err := unknown.ParseJSON(t.S)
	switch {
	case err != nil && holesDecideShape(t.S):
		d.Opaque = true
	case err != nil:
		d.problem(true, -1, 0, len(t.S), "it is not valid JSON: %v", err).Syntax = true
	case root.Kind == unknown.JSONHole:
		d.Opaque = true
	case root.Kind != unknown.JSONObject:
		d.problem(true, -1, root.Start, root.End, "a policy document is a JSON object, this is %s", describe(root)).Syntax = true
	default:
		d.document(root)
		d.reserve()
		if !repeats(root) {
			break
		}
		for _, last := range []bool{false, true} {
			r := &Document{Text: t}
			r.document(reading(root, last))
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

// problem adds a problem; what it returns holds until the next one.
func (d *Document) problem(refused bool, statement, start, end int, format string, args ...any) *Problem {
	d.Problems = append(d.Problems, Problem{Refused: refused, Statement: statement, Start: start, End: end, Message: fmt.Sprintf(format, args...)})
	return &d.Problems[len(d.Problems)-1]
}

func (d *Document) document(root *unknown.JSON) {
	statements := 0
	seen := map[string]bool{}
	for _, m := range root.Members {
		name := m.Key
		if seen[name] {
			d.problem(true, -1, m.Start, m.Value.End, "the element %q is repeated", name)
		}
		seen[name] = true
		switch name {
		case "Version":
			d.Version = d.leaf(-1, name, m.Value)
		case "Id":
			d.ID = d.leaf(-1, name, m.Value)
		case "Statement":
			elems := m.Value.Items
			switch m.Value.Kind {
			case unknown.JSONArray:
			case unknown.JSONObject, unknown.JSONHole:
				elems = []*unknown.JSON{m.Value}
			default:
				d.problem(true, -1, m.Value.Start, m.Value.End, "Statement is %s, not an object or a list of objects", describe(m.Value))
			}
			d.Statements = slices.Grow(d.Statements, len(elems))
			for _, e := range elems {
				d.statement(statements, e)
				statements++
			}
		default:
			if nameOf(m).Known() {
				d.problem(true, -1, m.Start, m.Value.End, "a policy document has no element %q", name)
			} else {
				d.Statements = append(d.Statements, Statement{Index: statements, Hole: m.Key, Start: m.Start, End: m.Value.End})
			}
		}
	}
	if !seen["Statement"] && len(d.Statements) == 0 { // a member whose name is not known may be it
		d.problem(true, -1, root.Start, root.End, "it has no Statement")
	}
}

func (d *Document) statement(index int, n *unknown.JSON) {
	if n.Kind == unknown.JSONHole {
		d.Statements = append(d.Statements, Statement{Index: index, Hole: n.Text, Start: n.Start, End: n.End})
		return
	}
	if n.Kind != unknown.JSONObject {
		d.problem(true, index, n.Start, n.End, "a statement is an object, this is %s", describe(n))
		return
	}
	s := Statement{Index: index, Start: n.Start, End: n.End}
	seen := map[string]bool{}
	for _, m := range n.Members {
		if m.Value.Kind == unknown.JSONNull {
			continue // Terraform writes an argument that is not given as null
		}
		if seen[m.Key] {
			d.problem(true, index, m.Start, m.Value.End, "the element %q is repeated", m.Key)
		}
		seen[m.Key] = true
		d.element(&s, m)
	}
	d.Statements = append(d.Statements, s)
}

func (d *Document) element(s *Statement, m unknown.JSONMember) {
	name := m.Key
	switch name {
	case "Sid":
		s.Sid = d.leaf(s.Index, name, m.Value)
	case "Effect":
		s.Effect = d.leaf(s.Index, name, m.Value)
	case "Principal":
		s.Principal = d.principals(s.Index, name, m.Value, s.Principal)
	case "NotPrincipal":
		s.NotPrincipal = d.principals(s.Index, name, m.Value, s.NotPrincipal)
	case "Action":
		s.Action = d.list(s.Index, name, m.Value, s.Action)
	case "NotAction":
		s.NotAction = d.list(s.Index, name, m.Value, s.NotAction)
	case "Resource":
		s.Resource = d.list(s.Index, name, m.Value, s.Resource)
	case "NotResource":
		s.NotResource = d.list(s.Index, name, m.Value, s.NotResource)
	case "Condition":
		d.conditions(s, m.Value)
	default:
		if !nameOf(m).Known() {
			// A member of which not even the name is known may be any element, so it may be the condition.
			s.ConditionHole = firstHole(name)
			s.more = String{S: s.ConditionHole, Start: m.Value.Start, End: m.Value.End, Set: true, Bare: true}
			return
		}
		d.problem(true, s.Index, m.Start, m.Value.End, "a statement has no element %q", name)
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
func (d *Document) leaf(statement int, name string, n *unknown.JSON) String {
	switch n.Kind {
	case unknown.JSONString, unknown.JSONHole:
		return leaf(n)
	case unknown.JSONNull:
		return String{}
	}
	d.problem(true, statement, n.Start, n.End, "%s is %s, not a string", name, describe(n))
	return String{}
}

// list reads a string or a list of strings, and adds to what an earlier element of the same name held.
func (d *Document) list(statement int, name string, n *unknown.JSON, to *List) *List {
	if to == nil {
		to = &List{Start: n.Start, End: n.End, Single: n.Kind != unknown.JSONArray}
	}
	elems := n.Items
	if n.Kind != unknown.JSONArray {
		elems = []*unknown.JSON{n}
	}
	to.Items = slices.Grow(to.Items, len(elems))
	for _, e := range elems {
		switch e.Kind {
		case unknown.JSONString, unknown.JSONHole:
			to.Items = append(to.Items, leaf(e))
			continue
		case unknown.JSONNumber, unknown.JSONTrue, unknown.JSONFalse:
			if to.Items = append(to.Items, leaf(e)); name == "" {
				continue
			}
		}
		d.problem(true, statement, e.Start, e.End, "%s holds %s, not a string", cmp.Or(name, "a condition"), describe(e))
	}
	return to
}

func (d *Document) principals(statement int, name string, n *unknown.JSON, to *Principals) *Principals {
	if to == nil {
		to = &Principals{Start: n.Start, End: n.End}
	}
	switch n.Kind {
	case unknown.JSONString, unknown.JSONHole:
		to.Text = leaf(n)
	case unknown.JSONObject:
		seen := map[string]bool{}
		to.Entries = slices.Grow(to.Entries, len(n.Members))
		for _, m := range n.Members {
			if m.Value.Kind == unknown.JSONNull {
				continue
			}
			if seen[m.Key] && nameOf(m).Known() {
				d.problem(true, statement, m.Start, m.Value.End, "the kind of principals %q is repeated", m.Key)
			}
			seen[m.Key] = true
			list := d.list(statement, name+"."+m.Key, m.Value, nil)
			to.Entries = append(to.Entries, Entry{Type: nameOf(m), Values: *list})
		}
	default:
		d.problem(true, statement, n.Start, n.End, "%s is %s, not an object", name, describe(n))
	}
	return to
}

func (d *Document) conditions(s *Statement, n *unknown.JSON) {
	switch n.Kind {
	case unknown.JSONHole:
		s.ConditionHole = n.Text
		return
	case unknown.JSONObject:
	default:
		d.problem(true, s.Index, n.Start, n.End, "Condition is %s, not an object", describe(n))
		return
	}
	type slot struct{ op, key string }
	at := map[slot]int{}
	ops := map[string]bool{}
	for _, op := range n.Members {
		if ops[op.Key] {
			d.problem(true, s.Index, op.Start, op.Value.End, "the operator %q is repeated", op.Key)
		}
		ops[op.Key] = true
		switch op.Value.Kind {
		case unknown.JSONObject:
		case unknown.JSONNull:
			continue
		case unknown.JSONHole:
			s.Conditions = append(s.Conditions, Condition{Operator: nameOf(op), Key: leaf(op.Value), Start: op.Start, End: op.Value.End})
			continue
		default:
			d.problem(true, s.Index, op.Value.Start, op.Value.End, "the operator %q holds %s, not an object of condition keys", op.Key, describe(op.Value))
			continue
		}
		s.Conditions = slices.Grow(s.Conditions, len(op.Value.Members))
		for _, key := range op.Value.Members {
			if i, ok := at[slot{op.Key, key.Key}]; ok {
				d.problem(true, s.Index, key.Start, key.Value.End, "the condition key %q is repeated under %q", key.Key, op.Key)
				d.list(s.Index, "", key.Value, &s.Conditions[i].Values)
				continue
			}
			at[slot{op.Key, key.Key}] = len(s.Conditions)
			c := Condition{Operator: nameOf(op), Key: nameOf(key), Start: key.Start, End: key.Value.End}
			c.Values = *d.list(s.Index, "", key.Value, nil)
			s.Conditions = append(s.Conditions, c)
		}
	}
}
