package iam

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
)

type treeKind byte

const (
	kindObject treeKind = '{'
	kindList   treeKind = '['
	kindString treeKind = '"'
	kindBare   treeKind = 'h' // a token for any JSON value
	kindScalar treeKind = '0' // a number, a boolean or null, as it is written
)

// tree is JSON on its way to text.
type tree struct {
	kind    treeKind
	text    piece
	members []treeMember
	elems   []tree
	// at is where the whole was written, if that says more than the places of its parts.
	at hcl.Range
}

type treeMember struct {
	name piece
	val  tree
	// at is where name and value were written.
	at hcl.Range
}

func (t *tree) add(name string, val tree) {
	t.members = append(t.members, treeMember{name: piece{s: name}, val: val})
}

// piece is a string with the places that it comes from.
type piece struct {
	s         string
	spans     []unknown.Span
	at        hcl.Range
	sensitive bool
}

func (p piece) hasHole() bool { return unknown.HasHole(p.s) }

func (p piece) tree() tree { return tree{kind: kindString, text: p} }

// optional is p as a string, or no tree for "".
func (p piece) optional() tree {
	if p.s == "" {
		return tree{}
	}
	return p.tree()
}

// bare is the first token of p, as a value of which nothing is known.
func (p piece) bare() tree {
	for _, part := range unknown.Parts(p.s) {
		if part.Hole >= 0 {
			return tree{kind: kindBare, text: piece{s: unknown.Hole(part.Hole), at: p.at, sensitive: p.sensitive}}
		}
	}
	return p.tree()
}

// quote is p for messages.
func (p piece) quote() string {
	if p.sensitive {
		return "(sensitive)"
	}
	return `"` + p.s + `"`
}

// treeWriter writes JSON as encoding/json does with an indent of two spaces, and notes where everything comes from.
type treeWriter struct {
	b     strings.Builder
	spans []unknown.Span
}

func (w *treeWriter) value(t tree, depth int) {
	defer w.span(t.at, false)()
	switch t.kind {
	case kindObject:
		w.list('{', '}', len(t.members), depth, func(i int) {
			m := t.members[i]
			defer w.span(m.at, m.name.sensitive)()
			w.text(m.name)
			w.b.WriteString(": ")
			w.value(m.val, depth+1)
		})
	case kindList:
		w.list('[', ']', len(t.elems), depth, func(i int) { w.value(t.elems[i], depth+1) })
	case kindString:
		w.text(t.text)
	default:
		defer w.span(t.text.at, t.text.sensitive)()
		w.b.WriteString(t.text.s)
	}
}

func (w *treeWriter) list(open, end byte, n, depth int, item func(i int)) {
	w.b.WriteByte(open)
	for i := range n {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.newline(depth + 1)
		item(i)
	}
	if n > 0 {
		w.newline(depth)
	}
	w.b.WriteByte(end)
}

func (w *treeWriter) newline(depth int) {
	w.b.WriteByte('\n')
	for range depth {
		w.b.WriteString("  ")
	}
}

// span notes that what is written until the result is called comes from at.
func (w *treeWriter) span(at hcl.Range, sensitive bool) func() {
	if at == (hcl.Range{}) && !sensitive {
		return func() {}
	}
	i := len(w.spans)
	w.spans = append(w.spans, unknown.Span{Start: w.b.Len(), Range: at, Sensitive: sensitive})
	return func() { w.spans[i].End = w.b.Len() }
}

// text writes a string. The spans of its parts stay linear as long as escaping leaves their length alone.
func (w *treeWriter) text(p piece) {
	defer w.span(p.at, p.sensitive)()
	start := w.b.Len()
	if len(p.spans) == 0 {
		w.b.WriteString(escapeJSON(p.s, `"`))
		return
	}
	at := func(offset int) int { return start + 1 + len(escapeJSON(p.s[:offset], "")) }
	for _, s := range p.spans {
		s.Sensitive = s.Sensitive || p.sensitive
		width := s.End - s.Start
		s.Start, s.End = at(s.Start), at(s.End)
		s.Linear = s.Linear && s.End-s.Start == width
		w.spans = append(w.spans, s)
	}
	w.b.WriteString(escapeJSON(p.s, `"`))
}

// escapeJSON is s as encoding/json writes it, between two quotes.
func escapeJSON(s, quote string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return quote + quote // a string always marshals
	}
	return quote + string(b[1:len(b)-1]) + quote
}
