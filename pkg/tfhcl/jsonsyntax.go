package tfhcl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Sources in JSON syntax become the syntax tree of the native syntax, so that one evaluator serves both.

// parseJSONBody reads a .tf.json file.
func parseJSONBody(f *files, src []byte, name string) (*hclsyntax.Body, *hcl.Diagnostic) {
	root, err := scanJSON(src)
	c := jsonSource{files: f, src: src, name: name}
	if err == nil && root.kind != jsonObject {
		err = &jsonError{at: root.start, what: "the file must hold one object"}
	}
	if err != nil {
		return nil, c.diagnose(err)
	}
	body := c.body(root)
	for _, m := range root.members {
		switch m.key {
		case "resource", "data":
			c.labelled(body, m, 2)
		case "variable", "output", "module", "provider":
			c.labelled(body, m, 1)
		case "locals", "terraform":
			c.labelled(body, m, 0)
		}
	}
	return body, nil
}

// parseJSONValues reads a .tfvars.json file: its strings are no templates.
func parseJSONValues(f *files, src []byte, name string) (*hclsyntax.Body, *hcl.Diagnostic) {
	root, err := scanJSON(src)
	c := jsonSource{files: f, src: src, name: name, plain: true}
	if err == nil && root.kind != jsonObject {
		err = &jsonError{at: root.start, what: "the file must hold one object"}
	}
	if err != nil {
		return nil, c.diagnose(err)
	}
	body := c.body(root)
	for _, m := range root.members {
		c.attribute(body, m)
	}
	return body, nil
}

type jsonSource struct {
	files *files
	src   []byte
	name  string
	plain bool // strings are no templates
}

func (c *jsonSource) diagnose(err *jsonError) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid JSON", Detail: strings.ToUpper(err.what[:1]) + err.what[1:] + ".",
		Subject: c.span(err.at, min(err.at+1, len(c.src))).Ptr()}
}

func (c *jsonSource) span(start, end int) hcl.Range {
	return hcl.Range{Filename: c.name, Start: c.files.pos(c.name, c.src, start), End: c.files.pos(c.name, c.src, end)}
}

func (c *jsonSource) rangeOf(n *jsonNode) hcl.Range { return c.span(n.start, n.end) }

func (c *jsonSource) body(n *jsonNode) *hclsyntax.Body {
	return &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: c.rangeOf(n), EndRange: c.span(n.end, n.end)}
}

func (c *jsonSource) attribute(b *hclsyntax.Body, m jsonMember) {
	name := c.span(m.start, m.end)
	b.Attributes[m.key] = &hclsyntax.Attribute{Name: m.key, NameRange: name, Expr: c.expr(m.value), SrcRange: hcl.RangeBetween(name, c.rangeOf(m.value))}
}

// labelled adds the blocks of one type: labels are nested object keys, and a list repeats.
func (c *jsonSource) labelled(b *hclsyntax.Body, m jsonMember, labels int) {
	var walk func(n *jsonNode, header hcl.Range, path []string, ranges []hcl.Range)
	walk = func(n *jsonNode, header hcl.Range, path []string, ranges []hcl.Range) {
		switch {
		case n.kind == jsonArray:
			for _, item := range n.items {
				walk(item, header, path, ranges)
			}
		case n.kind != jsonObject:
		case len(path) < labels:
			for _, l := range n.members {
				at := c.span(l.start, l.end)
				walk(l.value, at, append(slices.Clone(path), l.key), append(slices.Clone(ranges), at))
			}
		default:
			b.Blocks = append(b.Blocks, c.block(m.key, path, ranges, header, n))
		}
	}
	walk(m.value, c.span(m.start, m.end), nil, nil)
}

func (c *jsonSource) block(typ string, labels []string, ranges []hcl.Range, header hcl.Range, n *jsonNode) *hclsyntax.Block {
	body := c.body(n)
	for _, m := range n.members {
		switch {
		case m.key == "//":
		case m.key == "dynamic" && m.value.kind != jsonString:
			c.labelled(body, m, 1)
		case nestedBlock(typ, m.key) && (m.value.kind == jsonObject || m.value.kind == jsonArray):
			c.labelled(body, m, 0)
		case typ == "variable" && m.key == "default":
			plain := *c // a default refers to nothing: its strings are no templates
			plain.plain = true
			plain.attribute(body, m)
		default:
			c.attribute(body, m)
		}
	}
	return &hclsyntax.Block{Type: typ, Labels: labels, Body: body, TypeRange: header, LabelRanges: ranges, OpenBraceRange: header, CloseBraceRange: body.EndRange}
}

// nestedBlock says which members of an object are blocks. JSON does not tell blocks from arguments; these are the ones
// whose content is looked at.
func nestedBlock(parent, name string) bool {
	switch parent {
	case "resource", "data":
		return slices.Contains([]string{"lifecycle", "statement", "inline_policy", "constraints", "filter"}, name)
	case "statement":
		return slices.Contains([]string{"principals", "not_principals", "condition"}, name)
	case "dynamic":
		return name == "content"
	case "content":
		return slices.Contains([]string{"principals", "not_principals", "condition"}, name)
	}
	return false
}

func (c *jsonSource) expr(n *jsonNode) hclsyntax.Expression {
	rng := c.rangeOf(n)
	literal := func(v cty.Value) hclsyntax.Expression { return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: rng} }
	switch n.kind {
	case jsonString:
		return c.template(n, rng)
	case jsonNumber:
		v, err := cty.ParseNumberVal(n.text)
		if err != nil {
			v = cty.DynamicVal
		}
		return literal(v)
	case jsonTrue:
		return literal(cty.True)
	case jsonFalse:
		return literal(cty.False)
	case jsonArray:
		t := &hclsyntax.TupleConsExpr{SrcRange: rng, OpenRange: c.span(n.start, n.start+1)}
		for _, item := range n.items {
			t.Exprs = append(t.Exprs, c.expr(item))
		}
		return t
	case jsonObject:
		o := &hclsyntax.ObjectConsExpr{SrcRange: rng, OpenRange: c.span(n.start, n.start+1)}
		for _, m := range n.members {
			key := &jsonNode{kind: jsonString, start: m.start, end: m.end, text: m.key, offsets: m.offsets}
			o.Items = append(o.Items, hclsyntax.ObjectConsItem{
				KeyExpr:   &hclsyntax.ObjectConsKeyExpr{Wrapped: c.template(key, c.rangeOf(key)), ForceNonLiteral: true},
				ValueExpr: c.expr(m.value),
			})
		}
		return o
	}
	return literal(cty.NullVal(cty.DynamicPseudoType))
}

// template parses a string as a template. Escapes move its bytes, so positions go through a table (see files.unfold).
func (c *jsonSource) template(n *jsonNode, rng hcl.Range) hclsyntax.Expression {
	name := c.files.fold(c.name, n.text, n.offsets)
	inner := hcl.Range{Filename: name, Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: 1, Byte: len(n.text)}}
	if c.plain || !strings.Contains(n.text, "${") && !strings.Contains(n.text, "%{") {
		return &hclsyntax.TemplateExpr{Parts: []hclsyntax.Expression{&hclsyntax.LiteralValueExpr{Val: cty.StringVal(n.text), SrcRange: inner}}, SrcRange: rng}
	}
	if tooDeep([]byte(n.text)) {
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: rng}
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(n.text), name, inner.Start)
	if diags.HasErrors() {
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: rng}
	}
	return expr
}

func (e *jsonError) Error() string { return fmt.Sprintf("%s at byte %d", e.what, e.at) }
