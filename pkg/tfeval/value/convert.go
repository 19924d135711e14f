package value

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// ConvertTo converts like Terraform does, but never gives up structure: a collection that would become unknown because
// an element is stays as it is.
func ConvertTo(v cty.Value, ty cty.Type) (cty.Value, error) {
	if ty == cty.DynamicPseudoType || v.Type().Equals(ty) {
		return v, nil
	}
	raw, marks := v.Unmark()
	if raw.IsKnown() && !raw.IsNull() && ty.IsSetType() && (raw.Type().IsTupleType() || raw.Type().IsListType() || raw.Type().IsSetType()) {
		return convertToSet(v, ty)
	}
	out, err := collected(raw, ty)
	if err != nil {
		return cty.NilVal, err
	}
	if raw.IsKnown() && !out.IsKnown() {
		if parts := convertParts(raw, ty); parts != cty.NilVal {
			return parts.WithMarks(marks).Mark(Typeless), nil
		}
		return v, nil
	}
	if !ty.HasDynamicTypes() {
		marks = withoutMark(marks, Typeless)
	}
	outRaw, _ := out.Unmark()
	switch {
	case IsString(outRaw) && !IsString(raw):
		_, marks = without[unknown.Origin](raw.WithMarks(marks)).Unmark()
		return Located(outRaw, firstOrigin(v)).WithMarks(marks), nil
	case IsString(raw) && !IsString(outRaw):
		if at, ok := Origin(v); ok {
			out = out.Mark(unknown.Origin{Range: at})
		}
	}
	return out.WithMarks(marks), nil
}

func firstOrigin(v cty.Value) hcl.Range { r, _ := Origin(v); return r }

// convertParts converts element by element where the collection as a whole would become unknown.
func convertParts(raw cty.Value, ty cty.Type) cty.Value {
	if !raw.CanIterateElements() {
		return cty.NilVal
	}
	var elem func(key string) cty.Type
	switch {
	case ty.IsCollectionType():
		elem = func(string) cty.Type { return ty.ElementType() }
	case ty.IsObjectType():
		elem = func(k string) cty.Type {
			if ty.HasAttribute(k) {
				return ty.AttributeType(k)
			}
			return cty.NilType
		}
	default:
		return cty.NilVal
	}
	if raw.Type().IsObjectType() || raw.Type().IsMapType() {
		out := map[string]cty.Value{}
		for k, v := range raw.AsValueMap() {
			if t := elem(k); t != cty.NilType {
				if c, err := ConvertTo(v, t); err == nil {
					out[k] = c
				} else {
					out[k] = v
				}
			}
		}
		return Object(out)
	}
	var out []cty.Value
	for _, e := range Elements(raw) {
		if c, err := ConvertTo(e.Value, elem("")); err == nil {
			out = append(out, c)
		} else {
			out = append(out, e.Value)
		}
	}
	return Sequence(out, false)
}

// convertToSet keeps the elements as a loose list where some are not known.
func convertToSet(v cty.Value, ty cty.Type) (cty.Value, error) {
	_, marks := v.Unmark()
	var vals []cty.Value
	known := true
	for _, e := range Elements(v) {
		c, err := ConvertTo(e.Value, ty.ElementType())
		if err != nil {
			return cty.NilVal, err
		}
		known = known && WithoutTokens(WithoutMarks(c)).IsWhollyKnown()
		vals = append(vals, c)
	}
	if !known || v.HasMark(Open) {
		vals, _ = Unique(vals)
		return without[ends](Sequence(vals, false).WithMarks(marks)).Mark(Loose), nil
	}
	list, _ := Sequence(vals, false).Unmark()
	out, err := collected(list, ty)
	if err != nil {
		return cty.NilVal, err
	}
	return out.WithMarks(marks), nil
}

// Typed gives a result the type that Terraform gives it, unless too little is known of what it holds.
func Typed(v cty.Value, ty cty.Type) cty.Value {
	if out, err := ConvertTo(v, ty); err == nil {
		return out
	}
	return v.Mark(Typeless)
}

// AnyList is the type of a list of anything.
var AnyList = cty.List(cty.DynamicPseudoType)
