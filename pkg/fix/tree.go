package fix

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// node is a value in a text, in JSON or HCL syntax, with its place. Offsets count in the text of its view.
type node struct {
	kind       nodeKind
	start, end int // end is -1 where it is not known
	// block says that it is written in YAML's block style, with a line for each part.
	block bool
	// text is the value of a string without parts that are put in.
	text    string
	members []member
	elems   []*node
}

// member is one member of an object; start and end are those of its name, quotes included.
type member struct {
	name       string
	start, end int
	val        *node
}

// piece is where a member of an object, or an element of a list, is.
type piece struct{ start, end int }

// pieces are those of an object or list.
func (n *node) pieces() []piece {
	var out []piece
	for _, m := range n.members {
		out = append(out, piece{m.start, m.val.end})
	}
	for _, e := range n.elems {
		out = append(out, piece{e.start, e.end})
	}
	return out
}

// inner are the elements of a list, or the values of an object's members.
func (n *node) inner() []*node {
	out := slices.Clip(n.elems)
	for _, m := range n.members {
		out = append(out, m.val)
	}
	return out
}

type nodeKind byte

const (
	objectNode nodeKind = '{'
	listNode   nodeKind = '['
	stringNode nodeKind = '"'
	otherNode  nodeKind = 'x' // a number, a literal name, or an expression
)

func (n *node) member(name string) *member {
	if n == nil {
		return nil
	}
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i]
		}
	}
	return nil
}

// find returns the innermost object or list that starts at the offset, and the way to it from the root, itself last.
func (n *node) find(at int, kind nodeKind) []*node {
	if at < n.start || n.end >= 0 && at >= n.end {
		return nil
	}
	for _, e := range n.inner() {
		if way := e.find(at, kind); way != nil {
			return append([]*node{n}, way...)
		}
	}
	if n.start == at && n.kind == kind {
		return []*node{n}
	}
	return nil
}

// stringAround is the innermost string that holds a byte.
func (n *node) stringAround(at int) *node {
	if at < n.start || n.end >= 0 && at >= n.end || n.kind == stringNode && n.end < 0 {
		return nil
	}
	if n.kind == stringNode {
		return n
	}
	for _, e := range n.inner() {
		if s := e.stringAround(at); s != nil {
			return s
		}
	}
	return nil
}

// wayTo leads to the node of a kind that begins at an offset, or to the string around it; nil where there is none.
func (n *node) wayTo(at int, kind nodeKind) []*node {
	if kind == stringNode {
		in := n.stringAround(at)
		if in == nil {
			return nil
		}
		at = in.start
	}
	return n.find(at, kind)
}

// masked stands for each byte of what is put into a template.
const masked = 0x01

// mask blanks the interpolations and directives of a template, so that what is left reads as JSON: directives are white space.
func mask(text []byte) []byte {
	out := slices.Clone(text)
	for i := 0; i+1 < len(out); i++ {
		if out[i] != '$' && out[i] != '%' || out[i+1] != '{' {
			continue
		}
		if i > 0 && out[i-1] == out[i] {
			continue // an escape: $${ or %%{
		}
		end := interpolationEnd(text, i+2)
		with := byte(masked)
		if out[i] == '%' {
			with = ' '
		}
		for k := i; k < end; k++ {
			out[k] = with
		}
		i = end - 1
	}
	return out
}

// interpolationEnd is the offset behind the brace that closes what starts at i.
func interpolationEnd(text []byte, i int) int {
	depth, quoted := 1, false
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// scanner reads JSON of which parts are masked, or are tokens of unknown values.
type scanner struct {
	src  []byte
	at   int
	fail bool
}

// scanJSON reads the JSON value that starts at from, nil where there is none. What follows it is not looked at.
func scanJSON(src []byte, from int) *node {
	s := &scanner{src: src, at: from}
	n := s.value(0)
	if s.fail {
		return nil
	}
	return n
}

const maxDepth = 100

func (s *scanner) space() {
	for s.at < len(s.src) && strings.IndexByte(" \t\r\n", s.src[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	s.fail = true
	return 0
}

func (s *scanner) value(depth int) *node {
	s.space()
	n := &node{start: s.at, kind: otherNode}
	if depth > maxDepth {
		s.fail = true
		return n
	}
	switch c := s.peek(); c {
	case '{':
		n.kind = objectNode
		s.list('}', func() {
			m := member{start: s.at}
			name := s.str()
			m.name, m.end = name.text, s.at
			s.space()
			if s.peek() != ':' {
				s.fail = true
				return
			}
			s.at++
			m.val = s.value(depth + 1)
			n.members = append(n.members, m)
		})
	case '[':
		n.kind = listNode
		s.list(']', func() { n.elems = append(n.elems, s.value(depth+1)) })
	case '"':
		return s.str()
	default:
		for s.at < len(s.src) && strings.IndexByte(" \t\r\n,:[]{}\"", s.src[s.at]) < 0 {
			s.at++
		}
		s.fail = s.fail || s.at == n.start
	}
	n.end = s.at
	return n
}

// list reads the elements between two brackets. Directives of a template may decide which commas are left.
func (s *scanner) list(end byte, item func()) {
	s.at++
	for !s.fail {
		s.space()
		switch s.peek() {
		case end:
			s.at++
			return
		case ',':
			s.at++
		default:
			item()
		}
	}
}

func (s *scanner) str() *node {
	n := &node{kind: stringNode, start: s.at}
	if s.peek() != '"' {
		s.fail = true
		return n
	}
	for s.at++; s.at < len(s.src); s.at++ {
		switch s.src[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			n.end = s.at
			if err := json.Unmarshal(s.src[n.start:n.end], &n.text); err != nil {
				n.text = string(s.src[n.start+1 : n.end-1]) // parts are masked
			}
			return n
		}
	}
	s.fail = true
	return n
}

// nodeOf is an HCL expression as a node.
func nodeOf(x hclsyntax.Expression) *node {
	r := x.Range()
	n := &node{kind: otherNode, start: r.Start.Byte, end: r.End.Byte}
	switch x := x.(type) {
	case *hclsyntax.ObjectConsExpr:
		n.kind = objectNode
		for _, item := range x.Items {
			at := item.KeyExpr.Range()
			n.members = append(n.members, member{name: keyName(item.KeyExpr), start: at.Start.Byte, end: at.End.Byte, val: nodeOf(item.ValueExpr)})
		}
	case *hclsyntax.TupleConsExpr:
		n.kind = listNode
		for _, e := range x.Exprs {
			n.elems = append(n.elems, nodeOf(e))
		}
	case *hclsyntax.TemplateExpr:
		n.kind = stringNode
		for _, p := range x.Parts {
			if l, ok := p.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type() == cty.String && l.Val.IsKnown() && !l.Val.IsNull() {
				n.text += l.Val.AsString()
			} else {
				n.text += unknown.Hole(0)
			}
		}
	}
	return n
}

// keyName is the name of an object's member, "" where it is an expression.
func keyName(x hclsyntax.Expression) string {
	k, ok := x.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return ""
	}
	v, diags := k.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}
