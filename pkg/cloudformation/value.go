package cloudformation

import (
	"encoding/json"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/keyproof/keyproof/pkg/yamltext"
)

// value is a property after the functions of the template: a scalar, an object, a list, or left out.
type value struct {
	kind    valueKind
	text    unknown.Text // of a scalar; one hole for a value of which nothing is known
	members []namedValue
	elems   []value
	node    *yaml.Node // where it is written
}

type valueKind int

const (
	absent valueKind = iota // AWS::NoValue
	scalar                  // a text, a number or a truth value, as a text
	null                    // a null
	unread                  // any value: text is its hole
	object
	list
)

type namedValue struct {
	name  unknown.Text
	node  *yaml.Node
	value value
}

// at is the value behind a path of names; false where there is none.
func (v value) at(path ...string) (value, bool) {
	for _, name := range path {
		if v.kind == unread {
			return v, true
		}
		found := false
		for _, m := range v.members {
			if m.name.S == name {
				v, found = m.value, true
			}
		}
		if !found {
			return value{}, false
		}
	}
	return v, v.kind != absent
}

// present are the elements of a list without those that are left out.
func (v value) present() []value {
	return slices.DeleteFunc(slices.Clone(v.elems), func(e value) bool { return e.kind == absent })
}

// secretText says whether nothing of a text, or of what it decides, may be shown.
func secretText(t unknown.Text) bool { return t.SensitiveAt(0, len(t.S)) }

// hiddenWhere is the value, of which nothing may be shown where it is secret.
func (v value) hiddenWhere(secret bool) value {
	if !secret {
		return v
	}
	return v.hidden()
}

func (v value) hidden() value {
	v.text.Spans = []unknown.Span{{End: len(v.text.S), Sensitive: true}}
	v.elems, v.members = slices.Clone(v.elems), slices.Clone(v.members)
	for i := range v.elems {
		v.elems[i] = v.elems[i].hidden()
	}
	for i := range v.members {
		v.members[i].name.Spans = []unknown.Span{{End: len(v.members[i].name.S), Sensitive: true}}
		v.members[i].value = v.members[i].value.hidden()
	}
	return v
}

// writer writes values as JSON, with the places of their parts.
type writer struct {
	template *Template
	b        strings.Builder
	holes    unknown.Holes
	spans    []unknown.Span
}

// json is the value as the text of a JSON document.
func (t *Template) json(v value) unknown.Text {
	w := &writer{template: t}
	if v.kind == scalar {
		// A policy in quotes: the text is the document.
		w.embed(v.text, false)
		w.place(nil, 0, v.text)
	} else {
		w.value(v)
	}
	if t.secret() {
		w.spans = append([]unknown.Span{{End: w.b.Len(), Sensitive: true}}, w.spans...)
	}
	return w.holes.Text(w.b.String(), w.spans)
}

// secret says whether nothing of the body may be shown, the names in it neither.
func (t *Template) secret() bool {
	return slices.ContainsFunc(t.body.Spans, func(s unknown.Span) bool { return s.Sensitive && s.Start == 0 && s.End >= len(t.body.S) })
}

func (w *writer) value(v value) {
	start := w.b.Len()
	switch v.kind {
	case object:
		members := slices.DeleteFunc(slices.Clone(v.members), func(m namedValue) bool { return m.value.kind == absent })
		w.list('{', '}', len(members), func(i int) {
			start := w.b.Len()
			w.quoted(members[i].name)
			w.place(members[i].node, start, members[i].name)
			w.b.WriteByte(':')
			w.value(members[i].value)
		})
	case list:
		elems := v.present()
		w.list('[', ']', len(elems), func(i int) { w.value(elems[i]) })
	case scalar:
		w.quoted(v.text)
	case unread:
		w.embed(v.text, false)
	default:
		w.b.WriteString("null")
	}
	w.place(v.node, start, v.text)
}

// list writes the parts of an object or a list.
func (w *writer) list(open, end byte, n int, part func(i int)) {
	w.b.WriteByte(open)
	for i := range n {
		if i > 0 {
			w.b.WriteByte(',')
		}
		part(i)
	}
	w.b.WriteByte(end)
}

func (w *writer) quoted(t unknown.Text) {
	w.b.WriteByte('"')
	w.embed(t, true)
	w.b.WriteByte('"')
}

// embed writes a text with its holes, escaped for the inside of a string.
func (w *writer) embed(t unknown.Text, escaped bool) {
	for _, p := range unknown.Parts(t.S) {
		switch {
		case p.Hole < 0 && escaped:
			quoted, _ := json.Marshal(p.Text) // a string always has a JSON form
			w.b.Write(quoted[1 : len(quoted)-1])
		case p.Hole < 0:
			w.b.WriteString(p.Text)
		case p.Hole < len(t.Holes):
			w.b.WriteString(w.holes.Add(t.Holes[p.Hole]))
		default:
			w.b.WriteString(w.holes.Add(unknown.Symbol{Ref: w.template.owner}))
		}
	}
}

// place notes where what was written since start comes from.
func (w *writer) place(n *yaml.Node, start int, t unknown.Text) {
	span := unknown.Span{Start: start, End: w.b.Len(), Sensitive: secretText(t)}
	if n != nil {
		from, to := w.template.offset(n)
		span.Sensitive = span.Sensitive || w.template.body.SensitiveAt(from, to)
		span.Range, _ = w.template.body.At(from, to)
	}
	if span.Sensitive || !span.Range.Empty() {
		w.spans = append(w.spans, span)
	}
}

// offset is where a node is written in the body. The end is that of a scalar; for others it is the start of what they hold.
func (t *Template) offset(n *yaml.Node) (from, to int) {
	from = t.doc.Start(n)
	to = from + max(len(n.Value), 1)
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		to += 2
	}
	return from, min(to, len(t.body.S))
}

// scalarValue is a scalar as it is written: numbers and truth values are texts, as IAM takes them.
func (t *Template) scalarValue(n *yaml.Node) value {
	if n.Tag == "!!null" {
		return value{kind: null, node: n}
	}
	text := t.textOf(n)
	if _, bare := unknown.OneHole(text.S); bare && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return value{kind: unread, text: text, node: n}
	}
	return value{kind: scalar, text: text, node: n}
}

// textOf is the text of a scalar with the holes of the body, and those of dynamic references ({{resolve:…}}).
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
func (t *Template) textOf(n *yaml.Node) unknown.Text {
	var holes unknown.Holes
	var b strings.Builder
	for _, p := range unknown.Parts(n.Value) {
		if p.Hole >= 0 {
			u := unknown.Symbol{Ref: t.owner}
			if p.Hole < len(t.body.Holes) {
				u = t.body.Holes[p.Hole]
			}
			b.WriteString(holes.Add(u))
			continue
		}
		rest := p.Text
		for {
			before, behind, opens := strings.Cut(rest, "{{resolve:")
			reference, after, ends := strings.Cut(behind, "}}")
			if !opens || !ends {
				break
			}
			b.WriteString(before)
			b.WriteString(holes.Add(unknown.Symbol{Ref: "{{resolve:" + reference + "}}"}))
			rest = after
		}
		b.WriteString(rest)
	}
	from, to := t.offset(n)
	var spans []unknown.Span
	if t.body.SensitiveAt(from, to) {
		spans = []unknown.Span{{End: b.Len(), Sensitive: true}}
	}
	return holes.Text(b.String(), spans)
}

// Template is a template that was read. The zero value has no resources.
type Template struct {
	// Resources are in the order of the template.
	Resources []Resource
	// Unread are the parts of the template that make resources in ways this package does not follow, in words.
	Unread []string

	body       unknown.Text
	doc        *yamltext.Doc
	owner      string
	types      map[string]string
	parameters map[string]*yaml.Node
	given      map[string]unknown.Text
	mappings   *yaml.Node
	conditions map[string]*yaml.Node
	hidden     []string // names that must not be shown, see symbol
}

// Resource is one resource of a template.
type Resource struct {
	// Name is the logical id in the template, "" for a resource of Cloud Control.
	Name string
	// Type is the resource type: AWS::KMS::Key.
	Type string
	// Perhaps says that a condition of the template decides whether the resource is there at all.
	Perhaps bool

	template   *Template
	name       *yaml.Node
	properties *yaml.Node
}

// joined puts texts together.
type joined struct {
	b         strings.Builder
	holes     unknown.Holes
	sensitive bool
}

func (j *joined) add(t unknown.Text) {
	j.sensitive = j.sensitive || t.SensitiveAt(0, len(t.S))
	for _, p := range unknown.Parts(t.S) {
		switch {
		case p.Hole < 0:
			j.b.WriteString(p.Text)
		case p.Hole < len(t.Holes):
			j.b.WriteString(j.holes.Add(t.Holes[p.Hole]))
		}
	}
}

// value adds a value that must be a text; what stands for one that is none is otherwise.
func (j *joined) value(v value, otherwise unknown.Text) {
	if v.kind != scalar && v.kind != unread {
		j.add(otherwise)
		return
	}
	j.add(v.text)
}

func (j *joined) text(sensitive bool) unknown.Text {
	var spans []unknown.Span
	if sensitive || j.sensitive {
		spans = []unknown.Span{{End: j.b.Len(), Sensitive: true}}
	}
	return j.holes.Text(j.b.String(), spans)
}
