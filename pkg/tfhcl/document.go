package tfhcl

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// documentJSON is the attribute json of a data.aws_iam_policy_document, rendered from its blocks.
func (e *evaluator) documentJSON(r *resourceInstance, name string) cty.Value {
	block := e.ranged(e.force(e.block(r.scope(), r.res.body), cty.DynamicPseudoType))
	t, diags := iam.RenderDocument(block, &e.holes)
	for _, d := range diags {
		e.note(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: d.Summary, Detail: d.Detail, Subject: subject(d, r)})
	}
	if diags.HasErrors() {
		return unknownOf(cty.String, unknown.Symbol{Ref: r.ref() + "." + name})
	}
	return e.adopt(t, r.res.block.DefRange())
}

func subject(d *hcl.Diagnostic, r *resourceInstance) *hcl.Range {
	if d.Subject != nil {
		return d.Subject
	}
	at := r.res.block.DefRange()
	return &at
}

// ranged gives strings the mark Origin, which tells where the literal as a whole is.
func (e *evaluator) ranged(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	switch {
	case isString(raw):
		if at, ok := origin(v); ok {
			v = v.WithMarks(cty.NewValueMarks(unknown.Origin{Range: at}))
		}
		return e.untoken(v)
	case raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements():
		return v
	case isSequence(raw.Type()):
		var vals []cty.Value
		for _, el := range elements(v) {
			vals = append(vals, e.ranged(el.value))
		}
		return sequence(vals, false).WithMarks(marks)
	}
	vals := map[string]cty.Value{}
	for _, el := range elements(v) {
		k, _ := el.key.Unmark()
		vals[k.AsString()] = e.ranged(el.value)
	}
	return object(vals).WithMarks(marks)
}

// adopt makes a value of a text with holes of its own.
func (e *evaluator) adopt(t unknown.Text, at hcl.Range) cty.Value {
	b := e.newBuilder(at)
	// moved[i] is where byte i of the text goes.
	moved := make([]int, len(t.S)+1)
	in := 0
	for _, p := range unknown.Parts(t.S) {
		n, out := len(p.Text), p.Text
		if p.Hole >= 0 {
			n = len(unknown.Hole(p.Hole))
			u := unknown.Symbol{}
			if p.Hole < len(t.Holes) {
				u = t.Holes[p.Hole]
			}
			out = e.holes.Add(u)
		}
		for k := range n {
			if p.Hole >= 0 {
				moved[in+k] = b.s.Len()
			} else {
				moved[in+k] = b.s.Len() + k
			}
		}
		in += n
		b.raw(out)
	}
	moved[in] = b.s.Len()
	for _, sp := range t.Spans {
		sp.Start, sp.End = moved[sp.Start], moved[sp.End]
		b.spans = append(b.spans, sp)
	}
	return e.untoken(b.result())
}
