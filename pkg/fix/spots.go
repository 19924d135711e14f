package fix

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
)

// spots are the nodes of a kind that may be written at a byte of a file, the likeliest first: an object or statement block that
// begins there, or a string around it.
func (s *sources) spots(file string, at int, kind nodeKind, t *terms) []*spot {
	switch {
	case !s.editable(file):
		return nil
	case native(file):
		return s.nativeSpots(file, at, kind, t)
	case jsonSyntax(file):
		return s.jsonSpots(file, at, kind, t)
	}
	return documentSpots(&view{file: file, text: mask(s.files[file]), literal: plainJSON(t, file)}, at, kind, t)
}

func (s *sources) nativeSpots(file string, at int, kind nodeKind, t *terms) []*spot {
	body := s.body(file)
	if body == nil {
		return nil
	}
	f := &finder{at: at}
	_ = hclsyntax.Walk(body, f)
	v := s.nativeView(file, at, t)
	switch {
	case kind == objectNode && f.statement != nil:
		return []*spot{{view: v, block: f.statement, data: f.outer}}
	case kind == objectNode && f.root != nil:
		return spotsOn(v, nodeOf(f.root).find(at, kind))
	case f.template == nil:
		return nil
	}
	in := documentSpots(templateView(file, s.files[file], f.template.Range(), t), at, kind, t)
	if kind == stringNode {
		return append(spotsOn(v, f.wayTo(f.template)), in...)
	}
	return in
}

// jsonSpots are nodes of a .tf.json file: its own, and those of an expression or document in a string.
func (s *sources) jsonSpots(file string, at int, kind nodeKind, t *terms) []*spot {
	root := s.jsonRoot(file)
	if root == nil {
		return nil
	}
	out := spotsOn(&view{file: file, text: s.files[file], literal: templateJSON(t)}, root.wayTo(at, kind))
	str := root.stringAround(at)
	if str == nil || kind == objectNode && len(out) > 0 {
		return out
	}
	text, offsets := decode(s.files[file], str.start+1, str.end-1, simpleEscape)
	v := view{file: file, text: text, at: offsets, outer: jsonInner}
	inner, ok := v.find(at)
	if !ok || tf.TooDeep(text) {
		return out
	}
	if x, diags := hclsyntax.ParseTemplate(text, file, hcl.InitialPos); !diags.HasErrors() {
		f := &finder{at: inner}
		_ = hclsyntax.Walk(x, f)
		expression := v
		expression.hcl, expression.literal = true, nativeString(t)
		switch {
		case kind == objectNode && f.root != nil:
			return spotsOn(&expression, nodeOf(f.root).find(inner, kind))
		case kind == stringNode && f.template != nil && f.template != x:
			out = append(out, spotsOn(&expression, f.wayTo(f.template))...)
		}
	}
	v.text, v.literal = mask(text), templateJSON(t)
	return append(out, documentSpots(&v, at, kind, t)...)
}

// documentSpots are nodes of a document, in YAML or JSON.
func documentSpots(v *view, at int, kind nodeKind, t *terms) []*spot {
	inner, ok := v.find(at)
	if !ok {
		return nil
	}
	if root := v.yamlRoot(); root != nil {
		own := *v
		own.yaml, own.literal = true, v.yamlString(t)
		if out := spotsOn(&own, root.wayTo(inner, kind)); out != nil {
			return out
		}
	}
	start := bytes.IndexAny(v.text[min(v.from, len(v.text)):], "{[")
	if start < 0 {
		return nil
	}
	if root := scanJSON(v.text, v.from+start); root != nil {
		return spotsOn(v, root.wayTo(inner, kind))
	}
	return nil
}

// spotsOn is the spot that a way leads to, none where there is no way.
func spotsOn(v *view, way []*node) []*spot {
	if way == nil {
		return nil
	}
	return []*spot{{view: v, way: way}}
}

// wayTo leads from the list around a template, if it is in one, to the template.
func (f *finder) wayTo(x *hclsyntax.TemplateExpr) []*node {
	n := nodeOf(x)
	if f.list != nil {
		l := nodeOf(f.list)
		for _, e := range l.elems {
			if e.start == n.start {
				return []*node{l, e}
			}
		}
	}
	return []*node{n}
}
