package tfsource

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Sources in JSON syntax become the syntax tree of the native syntax, so that one evaluator serves both.

// parseJSONBody reads a .tf.json file.
func parseJSONBody(f *files, src []byte, name string) (*hclsyntax.Body, *hcl.Diagnostic) {
	c := jsonSource{files: f, src: src, name: name}
	body, members := c.root()
	for _, m := range members {
		switch m.Key {
		case "resource", "data":
			c.labelled(body, m, 2)
		case "variable", "output", "module", "provider":
			c.labelled(body, m, 1)
		case "locals", "terraform":
			c.labelled(body, m, 0)
		case "check":
			for _, checks := range objects(m.Value) {
				for _, check := range checks.Members {
					for _, inner := range objects(check.Value) {
						for _, in := range inner.Members {
							if in.Key == "data" {
								c.labelled(body, in, 2)
							}
						}
					}
				}
			}
		}
	}
	return body, c.wrong
}

// objects are the objects that stand for blocks: one, or a list of them.
func objects(n *unknown.JSON) []*unknown.JSON {
	if n.Kind == unknown.JSONArray {
		return n.Items
	}
	return []*unknown.JSON{n}
}

// parseJSONValues reads a .tfvars.json file: its strings are no templates.
func parseJSONValues(f *files, src []byte, name string) (*hclsyntax.Body, *hcl.Diagnostic) {
	c := jsonSource{files: f, src: src, name: name, plain: true}
	body, members := c.root()
	for _, m := range members {
		c.attribute(body, m)
	}
	return body, c.wrong
}

type jsonSource struct {
	files *files
	src   []byte
	name  string
	plain bool            // strings are no templates
	wrong *hcl.Diagnostic // why there is no body, or the first argument that is given twice, which Terraform refuses
}

// root is a body for the file, and what it is to hold; nil and wrong where the file is none.
func (c *jsonSource) root() (*hclsyntax.Body, []unknown.JSONMember) {
	root, err := unknown.ParseJSON(string(c.src))
	if err == nil && root.Kind != unknown.JSONObject {
		err = &unknown.JSONError{At: root.Start, What: "the file must hold one object"}
	}
	if err != nil {
		c.wrong = &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid JSON", Detail: strings.ToUpper(err.What[:1]) + err.What[1:] + ".",
			Subject: c.span(err.At, min(err.At+1, len(c.src))).Ptr()}
		return nil, nil
	}
	return c.body(root), root.Members
}

func (c *jsonSource) span(start, end int) hcl.Range {
	return hcl.Range{Filename: c.name, Start: c.files.pos(c.name, c.src, start), End: c.files.pos(c.name, c.src, end)}
}

func (c *jsonSource) rangeOf(n *unknown.JSON) hcl.Range { return c.span(n.Start, n.End) }

func (c *jsonSource) body(n *unknown.JSON) *hclsyntax.Body {
	return &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: c.rangeOf(n), EndRange: c.span(n.End, n.End)}
}

func (c *jsonSource) attribute(b *hclsyntax.Body, m unknown.JSONMember) {
	name := c.span(m.Start, m.End)
	if b.Attributes[m.Key] != nil {
		c.twice(name)
	}
	b.Attributes[m.Key] = &hclsyntax.Attribute{Name: m.Key, NameRange: name, Expr: c.expr(m.Value), SrcRange: hcl.RangeBetween(name, c.rangeOf(m.Value))}
}

func (c *jsonSource) twice(at hcl.Range) {
	if c.wrong == nil {
		c.wrong = &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Duplicate argument", Subject: &at,
			Detail: "The argument is given twice, so Terraform refuses the file. It was left out."}
		if c.plain {
			c.wrong.Extra = unknown.HiddenSource{} // values may be secret
		}
	}
}

// compound says whether a value may stand for a block, of which there may be several.
func compound(n *unknown.JSON) bool {
	return n.Kind == unknown.JSONObject || n.Kind == unknown.JSONArray
}

// labelled adds the blocks of one type: labels are nested object keys, and a list repeats.
func (c *jsonSource) labelled(b *hclsyntax.Body, m unknown.JSONMember, labels int) {
	var walk func(n *unknown.JSON, header hcl.Range, path []string, ranges []hcl.Range)
	walk = func(n *unknown.JSON, header hcl.Range, path []string, ranges []hcl.Range) {
		switch {
		case n.Kind == unknown.JSONArray:
			for _, item := range n.Items {
				walk(item, header, path, ranges)
			}
		case n.Kind != unknown.JSONObject:
		case len(path) < labels:
			for _, l := range n.Members {
				at := c.span(l.Start, l.End)
				walk(l.Value, at, append(slices.Clone(path), l.Key), append(slices.Clone(ranges), at))
			}
		default:
			b.Blocks = append(b.Blocks, c.block(m.Key, path, ranges, header, n))
		}
	}
	walk(m.Value, c.span(m.Start, m.End), nil, nil)
}

func (c *jsonSource) block(typ string, labels []string, ranges []hcl.Range, header hcl.Range, n *unknown.JSON) *hclsyntax.Block {
	body := c.body(n)
	for _, m := range n.Members {
		switch {
		case m.Key == "//":
		case m.Key == "dynamic" && m.Value.Kind != unknown.JSONString:
			c.labelled(body, m, 1)
		case nestedBlock(typ, m.Key) && compound(m.Value):
			c.labelled(body, m, 0)
		case typ == "variable" && m.Key == "default":
			plain := *c // a default refers to nothing: its strings are no templates
			plain.plain = true
			plain.attribute(body, m)
			c.wrong = plain.wrong
		case body.Attributes[m.Key] != nil && compound(m.Value) && !slices.Contains([]string{"locals", "module", "output"}, typ):
			c.attribute(&hclsyntax.Body{Attributes: hclsyntax.Attributes{}}, m)                                          // for what is wrong in it
			body.Attributes[m.Key].Expr = &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: c.rangeOf(m.Value)} // two blocks, or an argument that Terraform refuses
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

func (c *jsonSource) expr(n *unknown.JSON) hclsyntax.Expression {
	rng := c.rangeOf(n)
	literal := func(v cty.Value) hclsyntax.Expression { return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: rng} }
	switch n.Kind {
	case unknown.JSONString:
		return c.Template(n, rng)
	case unknown.JSONNumber:
		v, err := cty.ParseNumberVal(n.Text)
		if err != nil {
			v = cty.DynamicVal
		}
		return literal(v)
	case unknown.JSONTrue:
		return literal(cty.True)
	case unknown.JSONFalse:
		return literal(cty.False)
	case unknown.JSONArray:
		t := &hclsyntax.TupleConsExpr{SrcRange: rng, OpenRange: c.span(n.Start, n.Start+1)}
		for _, item := range n.Items {
			t.Exprs = append(t.Exprs, c.expr(item))
		}
		return t
	case unknown.JSONObject:
		o := &hclsyntax.ObjectConsExpr{SrcRange: rng, OpenRange: c.span(n.Start, n.Start+1)}
		seen := map[string]bool{}
		for _, m := range n.Members {
			if seen[m.Key] && m.Key != "//" && !compound(m.Value) {
				c.twice(c.span(m.Start, m.End))
			}
			seen[m.Key] = true
			key := m.Name()
			o.Items = append(o.Items, hclsyntax.ObjectConsItem{
				KeyExpr:   &hclsyntax.ObjectConsKeyExpr{Wrapped: c.Template(key, c.rangeOf(key)), ForceNonLiteral: true},
				ValueExpr: c.expr(m.Value),
			})
		}
		return o
	}
	return literal(cty.NullVal(cty.DynamicPseudoType))
}

// Template parses a string as a template. Escapes move its bytes, so positions go through a table (see files.unfold).
func (c *jsonSource) Template(n *unknown.JSON, rng hcl.Range) hclsyntax.Expression {
	name := c.files.fold(c.name, n)
	inner := hcl.Range{Filename: name, Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: 1, Byte: len(n.Text)}}
	if c.plain || !strings.Contains(n.Text, "${") && !strings.Contains(n.Text, "%{") {
		return &hclsyntax.TemplateExpr{Parts: []hclsyntax.Expression{&hclsyntax.LiteralValueExpr{Val: cty.StringVal(n.Text), SrcRange: inner}}, SrcRange: rng}
	}
	if c.files.readable([]byte(n.Text)) != "" {
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: rng}
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(n.Text), name, inner.Start)
	if diags.HasErrors() {
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: rng}
	}
	return expr
}
