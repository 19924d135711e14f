package iam

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// sourceDocument reads a document that is merged in, with the losses that the provider has on the way: every string
// principal becomes "*", numeric condition values vanish with their key, principals are sorted.
func (r *renderer) sourceDocument(in argument, name string) rendered {
	p, ok := r.text(in)
	switch {
	case !ok || p.s == "":
		return rendered{}
	case in.isUnknown():
		return unknownDocument(r.bareHole(in))
	}
	s := &source{renderer: r, name: name, in: in, text: unknown.Text{S: p.s, Spans: p.spans}}
	root, err := parseTree(p.s)
	switch {
	case err != nil && holesDecideShape(p.s), err == nil && root.kind == 'h':
		return unknownDocument(s.anything(p.s))
	case err != nil:
		s.fail("it is not valid JSON")
	case root.kind == 'n':
	case root.kind != '{':
		s.fail("it is %s where an object is needed", root.describe())
	default:
		return s.document(root)
	}
	return rendered{}
}

// source is a document that is merged in, as text.
type source struct {
	*renderer
	name string
	in   argument
	text unknown.Text
}

func (s *source) fail(format string, args ...any) {
	s.renderer.fail(s.in.origin, "The provider cannot read "+s.name+": "+format+".", args...)
}

func (s *source) document(root node) rendered {
	var d rendered
	for _, m := range root.members {
		switch {
		case strings.EqualFold(m.name.S, "Version"):
			d.version = s.leaf(m, d.version)
		case strings.EqualFold(m.name.S, "Id"):
			d.id = s.leaf(m, d.id.text).optional()
		case strings.EqualFold(m.name.S, "Statement"):
			switch m.val.kind {
			case 'n':
				d.statements = nil
			case 'h':
				d.statements = []renderedStatement{s.hole(m.val.text)}
			case '[':
				d.statements = nil
				for _, e := range m.val.elems {
					d.statements = append(d.statements, s.statement(e))
				}
			default:
				s.fail("its Statement is %s where a list is needed", m.val.describe())
			}
		case !m.name.Known():
			d = unknownDocument(s.anything(m.name.S))
		}
	}
	return d
}

func (s *source) hole(token string) renderedStatement {
	return renderedStatement{tree: s.anything(token)}
}

// anything is a bare token for a value of which nothing is known any more, not even what its unknown was known to be.
func (s *source) anything(text string) tree {
	t := piece{s: text, at: s.in.origin, sensitive: s.in.sensitive}.bare()
	if parts := unknown.Parts(t.text.s); len(parts) == 1 && parts[0].Hole >= 0 {
		u, _ := s.holes.Get(parts[0].Hole)
		u.Kind = unknown.AnyText
		t.text.s = s.holes.Add(u)
	}
	return t
}

// leaf is a member that the provider reads as a string; null leaves it as it was.
func (s *source) leaf(m member, was piece) piece {
	switch m.val.kind {
	case 'n':
		return was
	case '"', 'h':
		return s.piece(m.val.text, m.val.start, m.val.end)
	}
	s.fail("its %s is %s where a string is needed", m.name.S, m.val.describe())
	return was
}

// piece is a string of the source with the place that it comes from.
func (s *source) piece(text string, start, end int) piece {
	p := piece{s: text, at: s.in.origin, sensitive: s.in.sensitive || s.text.SensitiveAt(start, end)}
	if at, ok := s.text.At(start, end); ok {
		p.at = at
	}
	return p
}

func (s *source) statement(n node) renderedStatement {
	switch n.kind {
	case 'h':
		return s.hole(n.text)
	case '{':
	default:
		s.fail("a statement is %s where an object is needed", n.describe())
		return renderedStatement{}
	}
	// The provider reads into fixed fields: a later member of a name wins, null leaves what was there for strings and
	// clears everything else.
	fields := map[string]tree{}
	var unknown []treeMember
	var out renderedStatement
	for _, m := range n.members {
		name := statementElement(m.name.S)
		switch name {
		case "":
			if !m.name.Known() {
				t := s.anything(m.name.S)
				unknown = append(unknown, treeMember{name: t.text, val: t})
			}
			continue
		case "Sid":
			out.sid = s.leaf(m, out.sid)
			fields[name] = out.sid.tree()
			continue
		case "Effect":
			fields[name] = s.leaf(m, fields[name].text).tree()
			continue
		}
		val, ok := s.element(name, m.val)
		if delete(fields, name); ok {
			fields[name] = val
		}
	}
	out.tree = tree{kind: kindObject, at: s.piece("", n.start, n.end).at}
	for _, name := range statementElements {
		if t, ok := fields[name]; ok && (t.kind != kindString || t.text.s != "" || name != "Sid" && name != "Effect") {
			out.tree.add(name, t)
		}
	}
	out.tree.members = append(out.tree.members, unknown...)
	return out
}

// statementElements are the elements of a statement in the provider's order.
var statementElements = [...]string{"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"}

// statementElement is the element that the provider takes a name for: it does not mind the case. "" is none.
func statementElement(name string) string {
	for _, e := range statementElements {
		if strings.EqualFold(e, name) {
			return e
		}
	}
	return ""
}

// element is the value of an element as the provider writes it back, and false if it does not.
func (s *source) element(name string, n node) (tree, bool) {
	switch name {
	case "Principal", "NotPrincipal":
		return s.principals(name, n)
	case "Condition":
		return s.conditions(n)
	}
	return s.verbatim(n), n.kind != 'n'
}

// verbatim is a value that the provider passes on as it is.
func (s *source) verbatim(n node) tree {
	switch n.kind {
	case '"':
		return s.piece(n.text, n.start, n.end).tree()
	case 'h':
		return tree{kind: kindBare, text: s.piece(n.text, n.start, n.end)}
	case '[':
		out := tree{kind: kindList}
		for _, e := range n.elems {
			out.elems = append(out.elems, s.verbatim(e))
		}
		return out
	case '{':
		out := tree{kind: kindObject}
		for _, m := range n.members {
			out.set(s.piece(m.name.S, m.name.Start, m.name.End), s.verbatim(m.val))
		}
		out.sortMembers()
		return out
	}
	return tree{kind: kindScalar, text: s.scalar(n)}
}

func (s *source) scalar(n node) piece {
	p := s.piece(n.text, n.start, n.end)
	switch n.kind {
	case 'n':
		p.s = "null"
	case '0':
		if f, err := strconv.ParseFloat(n.text, 64); err == nil {
			if b, err := json.Marshal(f); err == nil {
				p.s = string(b)
			}
		} else {
			s.fail("the number %s is too large", n.text)
		}
	}
	return p
}

// set gives a member a value; a later one of the same name wins.
func (t *tree) set(name piece, val tree) {
	if m := t.member(name.s); m != nil {
		m.val = val
		return
	}
	t.members = append(t.members, treeMember{name: name, val: val})
}

func (s *source) principals(name string, n node) (tree, bool) {
	switch n.kind {
	case '"':
		p := s.piece("*", n.start, n.end)
		return p.tree(), true
	case 'h':
		return s.anything(n.text), true // "*" if it is a string
	case '{':
	default:
		s.fail("its %s is %s where an object is needed", name, n.describe())
		return tree{}, false
	}
	members := tree{kind: kindObject}
	for _, m := range n.members {
		members.set(s.piece(m.name.S, m.name.Start, m.name.End), s.identifiers(name, m.val))
	}
	if len(members.members) == 0 {
		return tree{}, false
	}
	var blocks []principalsBlock
	for _, m := range members.members {
		blocks = append(blocks, principalsBlock{m.name, m.val})
	}
	val := principalsTree(blocks)
	val.at = s.piece("", n.start, n.end).at
	return val, true
}

func (s *source) identifiers(name string, n node) tree {
	switch n.kind {
	case '"':
		return s.piece(n.text, n.start, n.end).tree()
	case 'h':
		return tree{kind: kindBare, text: s.piece(n.text, n.start, n.end)}
	case '[':
	default:
		s.fail("its %s holds %s where a string or a list is needed", name, n.describe())
		return tree{kind: kindList}
	}
	out := tree{kind: kindList, elems: s.stringList(name, n)}
	slices.SortStableFunc(out.elems, func(a, b tree) int { return cmp.Compare(b.text.s, a.text.s) })
	return out
}

// stringList are the elements of a list that the provider takes for strings.
func (s *source) stringList(name string, n node) []tree {
	var out []tree
	for _, e := range n.elems {
		if e.kind != '"' && e.kind != 'h' {
			s.fail("a list in its %s holds %s where a string is needed", name, e.describe())
			continue
		}
		out = append(out, s.piece(e.text, e.start, e.end).tree())
	}
	return out
}

func (s *source) conditions(n node) (tree, bool) {
	switch n.kind {
	case 'h':
		return s.anything(n.text), true
	case 'n':
		return tree{}, false
	case '{':
	default:
		s.fail("its Condition is %s where an object is needed", n.describe())
		return tree{}, false
	}
	out := tree{kind: kindObject}
	for _, op := range n.members {
		name := s.piece(op.name.S, op.name.Start, op.name.End)
		switch op.val.kind {
		case 'n':
			out.remove(name.s)
		case 'h':
			t := s.anything(op.val.text)
			out.set(t.text, t)
		case '{':
			out.remove(name.s)
			if keys := s.conditionKeys(op.val); len(keys.members) > 0 {
				s.hoist(&out, &keys)
				if len(keys.members) > 0 {
					out.set(name, keys)
				}
			}
		default:
			s.fail("its Condition has %s under an operator where an object is needed", op.val.describe())
		}
	}
	if len(out.members) == 0 {
		return tree{}, false
	}
	out.sortMembers()
	return out, true
}

// hoist moves values that may be dropped, and their keys with them, to the level of the operators: there a token stands
// for any condition, or none.
func (s *source) hoist(to, keys *tree) {
	keys.members = slices.DeleteFunc(keys.members, func(m treeMember) bool {
		if m.val.kind != kindBare {
			return false
		}
		to.set(m.val.text, m.val)
		return true
	})
}

func (s *source) conditionKeys(n node) tree {
	out := tree{kind: kindObject}
	for _, key := range n.members {
		name := s.piece(key.name.S, key.name.Start, key.name.End)
		out.remove(name.s)
		switch key.val.kind {
		case '"', 't':
			out.set(name, s.piece(key.val.text, key.val.start, key.val.end).tree())
		case '[':
			out.set(name, oneOrList(s.stringList("Condition", key.val)))
		case 'h':
			out.set(name, s.anything(key.val.text))
		}
	}
	out.sortMembers()
	return out
}

func (t *tree) remove(name string) {
	t.members = slices.DeleteFunc(t.members, func(m treeMember) bool { return m.name.s == name })
}
