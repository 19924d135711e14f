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
	root, err := unknown.ParseJSON(p.s)
	switch {
	case err != nil && holesDecideShape(p.s), err == nil && root.Kind == unknown.JSONHole:
		return unknownDocument(s.anything(p.s))
	case err != nil:
		s.fail("it is not valid JSON")
	case root.Kind == unknown.JSONNull:
	case root.Kind != unknown.JSONObject:
		s.fail("it is %s where an object is needed", describe(root))
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

func (s *source) document(root *unknown.JSON) rendered {
	var d rendered
	for _, m := range root.Members {
		switch {
		case strings.EqualFold(m.Key, "Version"):
			d.version = s.leaf(m, d.version)
		case strings.EqualFold(m.Key, "Id"):
			d.id = s.leaf(m, d.id.text).optional()
		case strings.EqualFold(m.Key, "Statement"):
			switch m.Value.Kind {
			case unknown.JSONNull:
				d.statements = nil
			case unknown.JSONHole:
				d.statements = []renderedStatement{s.hole(m.Value.Text)}
			case unknown.JSONArray:
				d.statements = nil
				for _, e := range m.Value.Items {
					d.statements = append(d.statements, s.statement(e))
				}
			default:
				s.fail("its Statement is %s where a list is needed", describe(m.Value))
			}
		case !nameOf(m).Known():
			d = unknownDocument(s.anything(m.Key))
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
func (s *source) leaf(m unknown.JSONMember, was piece) piece {
	switch m.Value.Kind {
	case unknown.JSONNull:
		return was
	case unknown.JSONString, unknown.JSONHole:
		return s.piece(m.Value.Text, m.Value.Start, m.Value.End)
	}
	s.fail("its %s is %s where a string is needed", m.Key, describe(m.Value))
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

func (s *source) statement(n *unknown.JSON) renderedStatement {
	switch n.Kind {
	case unknown.JSONHole:
		return s.hole(n.Text)
	case unknown.JSONObject:
	default:
		s.fail("a statement is %s where an object is needed", describe(n))
		return renderedStatement{}
	}
	// The provider reads into fixed fields: a later member of a name wins, null leaves what was there for strings and
	// clears everything else.
	fields := map[string]tree{}
	var more []treeMember
	var out renderedStatement
	for _, m := range n.Members {
		name := statementElement(m.Key)
		switch name {
		case "":
			if !nameOf(m).Known() {
				t := s.anything(m.Key)
				more = append(more, treeMember{name: t.text, val: t})
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
		val, ok := s.element(name, m.Value)
		if delete(fields, name); ok {
			fields[name] = val
		}
	}
	out.tree = tree{kind: kindObject, at: s.piece("", n.Start, n.End).at}
	for _, name := range statementElements {
		if t, ok := fields[name]; ok && (t.kind != kindString || t.text.s != "" || name != "Sid" && name != "Effect") {
			out.tree.add(name, t)
		}
	}
	out.tree.members = append(out.tree.members, more...)
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
func (s *source) element(name string, n *unknown.JSON) (tree, bool) {
	switch name {
	case "Principal", "NotPrincipal":
		return s.principals(name, n)
	case "Condition":
		return s.conditions(n)
	}
	return s.verbatim(n), n.Kind != unknown.JSONNull
}

// verbatim is a value that the provider passes on as it is.
func (s *source) verbatim(n *unknown.JSON) tree {
	switch n.Kind {
	case unknown.JSONString:
		return s.piece(n.Text, n.Start, n.End).tree()
	case unknown.JSONHole:
		return tree{kind: kindBare, text: s.piece(n.Text, n.Start, n.End)}
	case unknown.JSONArray:
		out := tree{kind: kindList}
		for _, e := range n.Items {
			out.elems = append(out.elems, s.verbatim(e))
		}
		return out
	case unknown.JSONObject:
		out := tree{kind: kindObject}
		for _, m := range n.Members {
			out.set(s.piece(m.Key, m.Start, m.End), s.verbatim(m.Value))
		}
		out.sortMembers()
		return out
	}
	return tree{kind: kindScalar, text: s.scalar(n)}
}

func (s *source) scalar(n *unknown.JSON) piece {
	p := s.piece(n.Text, n.Start, n.End)
	switch n.Kind {
	case unknown.JSONNull:
		p.s = "null"
	case unknown.JSONNumber:
		if f, err := strconv.ParseFloat(n.Text, 64); err == nil {
			if b, err := json.Marshal(f); err == nil {
				p.s = string(b)
			}
		} else {
			s.fail("the number %s is too large", n.Text)
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

func (s *source) principals(name string, n *unknown.JSON) (tree, bool) {
	switch n.Kind {
	case unknown.JSONString:
		p := s.piece("*", n.Start, n.End)
		return p.tree(), true
	case unknown.JSONHole:
		return s.anything(n.Text), true // "*" if it is a string
	case unknown.JSONObject:
	default:
		s.fail("its %s is %s where an object is needed", name, describe(n))
		return tree{}, false
	}
	members := tree{kind: kindObject}
	for _, m := range n.Members {
		members.set(s.piece(m.Key, m.Start, m.End), s.identifiers(name, m.Value))
	}
	if len(members.members) == 0 {
		return tree{}, false
	}
	var blocks []principalsBlock
	for _, m := range members.members {
		blocks = append(blocks, principalsBlock{m.name, m.val})
	}
	val := principalsTree(blocks)
	val.at = s.piece("", n.Start, n.End).at
	return val, true
}

func (s *source) identifiers(name string, n *unknown.JSON) tree {
	switch n.Kind {
	case unknown.JSONString:
		return s.piece(n.Text, n.Start, n.End).tree()
	case unknown.JSONHole:
		return tree{kind: kindBare, text: s.piece(n.Text, n.Start, n.End)}
	case unknown.JSONArray:
	default:
		s.fail("its %s holds %s where a string or a list is needed", name, describe(n))
		return tree{kind: kindList}
	}
	out := tree{kind: kindList, elems: s.stringList(name, n)}
	slices.SortStableFunc(out.elems, func(a, b tree) int { return cmp.Compare(b.text.s, a.text.s) })
	return out
}

// stringList are the elements of a list that the provider takes for strings.
func (s *source) stringList(name string, n *unknown.JSON) []tree {
	var out []tree
	for _, e := range n.Items {
		if e.Kind != unknown.JSONString && e.Kind != unknown.JSONHole {
			s.fail("a list in its %s holds %s where a string is needed", name, describe(e))
			continue
		}
		out = append(out, s.piece(e.Text, e.Start, e.End).tree())
	}
	return out
}

func (s *source) conditions(n *unknown.JSON) (tree, bool) {
	switch n.Kind {
	case unknown.JSONHole:
		return s.anything(n.Text), true
	case unknown.JSONNull:
		return tree{}, false
	case unknown.JSONObject:
	default:
		s.fail("its Condition is %s where an object is needed", describe(n))
		return tree{}, false
	}
	out := tree{kind: kindObject}
	for _, op := range n.Members {
		name := s.piece(op.Key, op.Start, op.End)
		switch op.Value.Kind {
		case unknown.JSONNull:
			out.remove(name.s)
		case unknown.JSONHole:
			t := s.anything(op.Value.Text)
			out.set(t.text, t)
		case unknown.JSONObject:
			out.remove(name.s)
			if keys := s.conditionKeys(op.Value); len(keys.members) > 0 {
				s.hoist(&out, &keys)
				if len(keys.members) > 0 {
					out.set(name, keys)
				}
			}
		default:
			s.fail("its Condition has %s under an operator where an object is needed", describe(op.Value))
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

func (s *source) conditionKeys(n *unknown.JSON) tree {
	out := tree{kind: kindObject}
	for _, key := range n.Members {
		name := s.piece(key.Key, key.Start, key.End)
		out.remove(name.s)
		switch key.Value.Kind {
		case unknown.JSONString, unknown.JSONTrue, unknown.JSONFalse:
			out.set(name, s.piece(key.Value.Text, key.Value.Start, key.Value.End).tree())
		case unknown.JSONArray:
			out.set(name, oneOrList(s.stringList("Condition", key.Value)))
		case unknown.JSONHole:
			out.set(name, s.anything(key.Value.Text))
		}
	}
	out.sortMembers()
	return out
}

func (t *tree) remove(name string) {
	t.members = slices.DeleteFunc(t.members, func(m treeMember) bool { return m.name.s == name })
}
