package fix

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// value is what an edit writes: a string, a list of strings or an object. Strings may hold tokens (see unknown.Hole) that
// number the terms of the edit.
type value struct {
	kind nodeKind
	text string
	list []string
	obj  []entry
}

type entry struct {
	name string
	val  value
}

func str(s string) value { return value{kind: stringNode, text: s} }

// strs is a list, or its only element as policies are mostly written.
func strs(s ...string) value {
	if len(s) == 1 {
		return str(s[0])
	}
	return value{kind: listNode, list: s}
}

func object(entries ...entry) value { return value{kind: objectNode, obj: entries} }

func (v value) strings() []string {
	out := append([]string{v.text}, v.list...)
	for _, e := range v.obj {
		out = append(out, e.val.strings()...)
	}
	return out
}

// term is what a token in the strings of an edit stands for.
type term struct {
	// symbol is the value in a document, literal its text where that is known.
	symbol  unknown.Symbol
	literal string
	// ref is how an expression of the module writes it, "" where it cannot.
	ref string
	// dir is the directory of the module whose edit declares ref, "" where it is declared already.
	dir string
	// placeholder is the name of what somebody has to fill in; literal is then what stands for it in the proof.
	placeholder string
}

// terms are those of one edit. The first ones are the holes of the document, by their number.
type terms []term

func (t *terms) add(x term) string {
	for i, known := range *t {
		if known == x {
			return unknown.Hole(i)
		}
	}
	*t = append(*t, x)
	return unknown.Hole(len(*t) - 1)
}

// placeholders are the names that a text leaves to somebody.
func (t terms) placeholders(s string) []string {
	var out []string
	for _, p := range unknown.Parts(s) {
		if p.Hole >= 0 && p.Hole < len(t) && t[p.Hole].placeholder != "" {
			out = append(out, t[p.Hole].placeholder)
		}
	}
	return out
}

// sampled are the terms for a proof: a sample stands for what somebody has to fill in.
func (t terms) sampled() terms {
	out := make(terms, len(t))
	for i, x := range t {
		if x.placeholder != "" {
			if x.literal == "" {
				x.literal = x.placeholder
			}
			x.placeholder = ""
		}
		out[i] = x
	}
	return out
}

// known is the text with every term written out, and false where one is not known.
func (t terms) known(s string) (string, bool) {
	return writeText(s, func(text string) string { return text }, t.literal)
}

// literal is what stands for a term, and false where that is not known.
func (t terms) literal(i int) (string, bool) {
	if i >= len(t) {
		return "", false
	}
	text := cmp.Or(t[i].placeholder, t[i].literal)
	return text, text != ""
}

// sourced is the text for a template: literal parts escaped, terms as references. It is false where a term has none.
func (t terms) sourced(s string, escape func(string) string) (string, bool) {
	return writeText(s, escape, func(i int) (string, bool) {
		if i < len(t) && t[i].ref != "" {
			return "${" + t[i].ref + "}", !several(t[i].ref) || s == unknown.Hole(i)
		}
		text, ok := t.literal(i)
		return escape(text), ok
	})
}

// writeText writes the literal parts of a text escaped, and its terms by their number; false where one cannot be written.
func writeText(s string, escape func(string) string, term func(i int) (string, bool)) (string, bool) {
	var b strings.Builder
	for _, p := range unknown.Parts(s) {
		if p.Hole < 0 {
			b.WriteString(escape(p.Text))
			continue
		}
		text, ok := term(p.Hole)
		if !ok {
			return "", false
		}
		b.WriteString(text)
	}
	return b.String(), true
}

func templateEscape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "${", "$${"), "%{", "%%{")
}

// quoteJSON is s between quotes, without the escapes for HTML.
func quoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func jsonInner(s string) string {
	q := quoteJSON(s)
	return q[1 : len(q)-1]
}

// printer writes values in the syntax of a place.
type printer struct {
	hcl bool
	// compact says that the text around has no white space between its elements (JSON).
	compact bool
	// text writes a string as a literal of the syntax; false where it cannot.
	text func(s string) (string, bool)
	// colon says that members are written with a colon, quoted that their names are in quotes (HCL).
	colon, quoted bool
	failed        bool
}

func (p *printer) string(s string) string {
	out, ok := p.text(s)
	if !ok {
		p.failed = true
	}
	return out
}

// member writes a member of an object; indent is the white space in front of its line, "" to stay on the line.
func (p *printer) member(name string, v value, indent, unit string) string {
	is := " = "
	switch {
	case p.compact:
		is = ":"
	case !p.hcl || p.colon:
		is = ": "
	}
	return p.name(name) + is + p.value(v, indent, unit)
}

// name writes the name of a member.
func (p *printer) name(name string) string {
	if !p.hcl || p.quoted || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return quoteJSON(name)
	}
	return name
}

// value writes a value. With an indent, objects go over several lines where that reads better.
func (p *printer) value(v value, indent, unit string) string {
	switch v.kind {
	case stringNode:
		return p.string(v.text)
	case listNode:
		items := make([]string, len(v.list))
		for i, s := range v.list {
			items[i] = p.string(s)
		}
		if p.hcl {
			if out, ok := joinedLists(items); ok {
				return out
			}
		}
		if one := "[" + strings.Join(items, p.comma()) + "]"; indent == "" || len(one) < 100 {
			return one
		}
		return p.lines('[', ']', items, indent, unit)
	}
	if len(v.obj) == 0 {
		return "{}"
	}
	flat := make([]string, len(v.obj))
	for i, e := range v.obj {
		flat[i] = p.member(e.name, e.val, "", unit)
	}
	if indent == "" || p.hcl && len(v.obj) == 1 && len(flat[0]) < 100 {
		if p.compact {
			return "{" + strings.Join(flat, ",") + "}"
		}
		return "{ " + strings.Join(flat, ", ") + " }"
	}
	items := make([]string, len(v.obj))
	for i, e := range v.obj {
		items[i] = p.member(e.name, e.val, indent+unit, unit)
	}
	return p.lines('{', '}', items, indent, unit)
}

// several says whether an expression is a list of values: those of all instances.
func several(ref string) bool { return !strings.HasPrefix(ref, `"`) && strings.Contains(ref, "[*].") }

// joinedLists is a list of which some elements are lists themselves; false where none is.
func joinedLists(items []string) (string, bool) {
	var single, lists []string
	for _, item := range items {
		if several(item) {
			lists = append(lists, item)
		} else {
			single = append(single, item)
		}
	}
	if len(lists) == 0 {
		return "", false
	}
	if len(single) > 0 {
		lists = append([]string{"[" + strings.Join(single, ", ") + "]"}, lists...)
	}
	if len(lists) == 1 {
		return lists[0], true
	}
	return "concat(" + strings.Join(lists, ", ") + ")", true
}

func (p *printer) comma() string {
	if p.compact {
		return ","
	}
	return ", "
}

func (p *printer) lines(open, end byte, items []string, indent, unit string) string {
	var b strings.Builder
	b.WriteByte(open)
	for i, item := range items {
		b.WriteString("\n" + indent + unit + item)
		if p.hcl && open == '[' || !p.hcl && i < len(items)-1 {
			b.WriteByte(',')
		}
	}
	b.WriteString("\n" + indent)
	b.WriteByte(end)
	return b.String()
}
