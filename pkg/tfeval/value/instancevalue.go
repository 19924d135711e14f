package value

import (
	"maps"
	"slices"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Forced returns the attributes of a lazy value that are known to exist.
func (e *Run) Forced(raw cty.Value) []Element {
	l := lazyOf(raw)
	if l == nil {
		return nil
	}
	names := l.Names()
	slices.Sort(names)
	var out []Element
	for _, n := range slices.Compact(names) {
		v, f := l.Attr(n)
		if f != nil {
			e.Note(f)
			continue
		}
		out = append(out, Element{cty.StringVal(n), v})
	}
	return out
}

// Force turns lazy values inside v into objects. With a type, attributes that it asks for are among them, and what it takes
// of any type stays as it is.
func (e *Run) Force(v cty.Value, ty cty.Type) cty.Value {
	raw, marks := v.Unmark()
	if raw.Type() == LazyType {
		if !raw.IsKnown() || raw.IsNull() {
			return cty.DynamicVal.WithMarks(marks)
		}
		vals := map[string]cty.Value{}
		if ty.IsObjectType() {
			for _, n := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
				if a, f := lazyOf(raw).Attr(n); f == nil {
					vals[n] = e.Force(a, ty.AttributeType(n))
				}
			}
		} else {
			for _, el := range e.Forced(raw) {
				vals[el.Key.AsString()] = el.Value
			}
		}
		return Object(vals).WithMarks(marks)
	}
	if !holdsLazy(raw.Type()) || !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return v
	}
	part := func(k string, el cty.Value) cty.Value {
		var t cty.Type
		switch {
		case ty.IsCollectionType():
			t = ty.ElementType()
		case ty.IsObjectType() && ty.HasAttribute(k):
			t = ty.AttributeType(k)
		default:
			return e.Force(el, cty.DynamicPseudoType)
		}
		if t == cty.DynamicPseudoType {
			return el
		}
		return e.Force(el, t)
	}
	return Remade(v, part)
}

// Plain is the value without marks; texts with tokens and lazy values are unknown.
func (e *Run) Plain(v cty.Value) cty.Value {
	raw, _ := e.Force(v, cty.DynamicPseudoType).UnmarkDeep()
	return WithoutTokens(raw)
}

// WithoutTokens is an unmarked value in which texts with tokens, and instances, are unknown.
func WithoutTokens(raw cty.Value) cty.Value {
	out, err := cty.Transform(raw, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.Type() == LazyType {
			return cty.DynamicVal, nil
		}
		if IsString(v) && unknown.HasHole(v.AsString()) {
			return cty.UnknownVal(cty.String), nil
		}
		return v, nil
	})
	if err != nil {
		return cty.DynamicVal
	}
	return out
}
