package tfeval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// documentJSON is the attribute json or minified_json of a data.aws_iam_policy_document, rendered from its blocks.
func (e *Evaluator) documentJSON(r *resourceInstance, name string) cty.Value {
	block := e.Ranged(e.Force(e.block(r.scope(), withoutMeta(r.res.Body)), cty.DynamicPseudoType))
	if size := sourcesSize(block); size > maxDocument {
		e.Refuse(r.res.Block.DefRange(), "Policy document is too large", fmt.Sprintf("The documents that it is made of have %d bytes, more than the %d that keyproof puts together; it is treated as unknown. AWS accepts no document of that size.", size, maxDocument))
		return value.UnknownOf(cty.String, unknown.Symbol{Ref: r.Ref() + "." + name, Variant: 1})
	}
	t, diags := iam.RenderDocument(block, &e.Holes)
	for _, d := range diags {
		e.Note(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: d.Summary, Detail: d.Detail, Subject: subject(d, r)})
	}
	if diags.HasErrors() {
		return value.UnknownOf(cty.String, unknown.Symbol{Ref: r.Ref() + "." + name})
	}
	if name == "minified_json" {
		t = minified(t)
	}
	return e.Adopt(t, r.res.Block.DefRange())
}

// minified is a text of JSON without the white space around its parts.
func minified(t unknown.Text) unknown.Text {
	out := t
	at := make([]int, len(t.S)+1) // where each byte goes
	b := make([]byte, 0, len(t.S))
	inside := false
	for i := 0; i < len(t.S); i++ {
		at[i] = len(b)
		c := t.S[i]
		switch {
		case !inside && strings.IndexByte(" \n\r\t", c) >= 0:
			continue
		case inside && c == '\\' && i+1 < len(t.S):
			b = append(b, c)
			i++
			at[i], c = len(b), t.S[i]
		case c == '"':
			inside = !inside
		}
		b = append(b, c)
	}
	at[len(t.S)] = len(b)
	out.S, out.Spans = string(b), slices.Clone(t.Spans)
	for i, s := range out.Spans {
		out.Spans[i].Start, out.Spans[i].End = at[s.Start], at[s.End]
		out.Spans[i].Linear = s.Linear && at[s.End]-at[s.Start] == s.End-s.Start
	}
	return out
}

// maxDocument is much more than AWS accepts of any policy.
const maxDocument = 128 << 10

// sourcesSize is how many bytes the documents have that a document is made of.
func sourcesSize(block cty.Value) int {
	n := 0
	for _, name := range []string{"source_policy_documents", "override_policy_documents"} {
		list, _ := unknown.Lookup(block, name)
		for _, el := range value.Elements(list) {
			if raw, _ := el.Value.Unmark(); value.IsString(raw) {
				n += len(raw.AsString())
			}
		}
	}
	return n
}

// withoutMeta is a body without the arguments that every resource has.
func withoutMeta(body *hclsyntax.Body) *hclsyntax.Body {
	out := *body
	out.Attributes = hclsyntax.Attributes{}
	for n, a := range body.Attributes {
		if !MetaArguments[n] {
			out.Attributes[n] = a
		}
	}
	out.Blocks = slices.DeleteFunc(slices.Clone(body.Blocks), func(b *hclsyntax.Block) bool { return MetaArguments[b.Type] })
	return &out
}

func subject(d *hcl.Diagnostic, r *resourceInstance) *hcl.Range {
	if d.Subject != nil {
		return d.Subject
	}
	at := r.res.Block.DefRange()
	return &at
}

// templateData is the attribute rendered of a data.template_file.
func (e *Evaluator) templateData(r *resourceInstance) cty.Value {
	body := r.res.Body
	unknown := value.UnknownOf(cty.String, unknown.Symbol{Ref: r.Ref() + ".rendered"})
	if body.Attributes["template"] == nil {
		return unknown
	}
	at := r.res.Block.DefRange()
	var args []cty.Value
	for _, name := range []string{"template", "vars"} {
		v := cty.EmptyObjectVal
		if a := body.Attributes[name]; a != nil {
			var f *hcl.Diagnostic
			if v, f = e.eval(r.scope(), a.Expr); f != nil {
				e.Note(f)
				return unknown
			}
			at = a.Expr.Range()
		}
		args = append(args, v)
	}
	v, f := e.lib.Call("templatestring", at, at, args, false)
	if f != nil {
		e.Note(f)
		return unknown
	}
	return v
}
