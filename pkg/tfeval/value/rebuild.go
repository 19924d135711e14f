package value

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// Remade is a known collection with another value in place of each that it holds. The name is that of a member, "" in a sequence.
func Remade(v cty.Value, to func(name string, el cty.Value) cty.Value) cty.Value {
	_, marks := v.Unmark()
	if IsSequence(v.Type()) {
		var vals []cty.Value
		for _, el := range Elements(v) {
			vals = append(vals, to("", el.Value))
		}
		return Sequence(vals, false).WithMarks(marks)
	}
	vals := map[string]cty.Value{}
	for _, el := range Elements(v) {
		name := el.Key.AsString()
		vals[name] = to(name, el.Value)
	}
	return Object(vals).WithMarks(marks)
}

// Ranged gives strings the mark Origin, which tells where the literal as a whole is.
func (e *Run) Ranged(v cty.Value) cty.Value {
	raw, _ := v.Unmark()
	switch {
	case IsString(raw):
		if at, ok := Origin(v); ok {
			v = v.WithMarks(cty.NewValueMarks(unknown.Origin{Range: at}))
		}
		return e.Untoken(v)
	case raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements():
		return v
	}
	return Remade(v, func(_ string, el cty.Value) cty.Value { return e.Ranged(el) })
}

// Adopt makes a value of a text with holes of its own.
func (e *Run) Adopt(t unknown.Text, at hcl.Range) cty.Value {
	b := e.NewBuilder(at)
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
			out = e.Holes.Add(u)
		}
		for k := range n {
			if p.Hole >= 0 {
				moved[in+k] = b.s.Len()
			} else {
				moved[in+k] = b.s.Len() + k
			}
		}
		in += n
		b.Raw(out)
	}
	moved[in] = b.s.Len()
	for _, sp := range t.Spans {
		sp.Start, sp.End = moved[sp.Start], moved[sp.End]
		b.spans = append(b.spans, sp)
	}
	return e.Untoken(b.Result())
}

// UntokenDeep turns strings that are nothing but a token into unknown values of any type.
func (e *Run) UntokenDeep(v cty.Value, at hcl.Range) cty.Value {
	raw, marks := v.Unmark()
	switch {
	case IsString(raw):
		out := e.Untoken(raw)
		if _, m := unknown.Unmark(out); !out.IsKnown() && len(m.Refs) == 1 && m.Refs[0].Kind == unknown.AnyText {
			return UnknownOf(cty.DynamicPseudoType, m.Refs...)
		}
		return Located(out, at).WithMarks(marks)
	case !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements():
		return v
	}
	return Remade(v, func(_ string, el cty.Value) cty.Value { return e.UntokenDeep(el, at) })
}

// Outward is a value as it leaves this package: only the marks Sensitive and Ref remain, and texts with tokens are
// unknown.
func (e *Run) Outward(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	var out cty.Value
	switch {
	case raw.Type() == LazyType:
		refs := map[unknown.Symbol]bool{}
		e.Gather(refs, v)
		out = UnknownOf(cty.DynamicPseudoType, SortedUnknowns(refs)...)
	case IsString(raw) && unknown.HasHole(raw.AsString()):
		out = e.Derived(cty.String, "", v)
	case !raw.IsKnown():
		out = raw
		for m := range marks {
			if r, ok := m.(unknown.Ref); ok {
				out = out.Mark(r)
			}
		}
	case raw.IsNull() || !raw.CanIterateElements():
		out = raw
	case IsOpen(v):
		out = e.Derived(cty.DynamicPseudoType, "", v)
	default:
		out, _ = Remade(v, func(_ string, el cty.Value) cty.Value { return e.Outward(el) }).Unmark()
	}
	return SecretIf(IsSecret(v), out)
}
