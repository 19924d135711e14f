package value

import (
	"errors"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// fewTypes is how many types cty may compare, each with each.
const fewTypes = 64

// Unify is the type that all have in common, cty.NilType if there is none. False means that there are too many different
// ones to tell.
func Unify(types []cty.Type) (cty.Type, bool) {
	var different []cty.Type
	for _, t := range types {
		if slices.ContainsFunc(different, t.Equals) {
			continue
		}
		if different = append(different, t); len(different) > fewTypes {
			return cty.NilType, false
		}
	}
	if len(different) == 1 {
		return different[0], true
	}
	ty, _ := convert.UnifyUnsafe(different)
	return ty, true
}

// collected converts a value. A long tuple or object that becomes a collection is converted part by part; of parts whose
// type is not known the result is unknown.
func collected(raw cty.Value, to cty.Type) (cty.Value, error) {
	from := raw.Type()
	parts := from.IsTupleType() || from.IsObjectType() && to.IsMapType()
	if !parts || !to.IsCollectionType() || !raw.IsKnown() || raw.IsNull() || raw.LengthInt() <= fewTypes {
		return convert.Convert(raw, to)
	}
	elem := to.ElementType()
	if elem == cty.DynamicPseudoType {
		var types []cty.Type
		for it := raw.ElementIterator(); it.Next(); {
			_, el := it.Element()
			if ty := el.Type(); ty != cty.DynamicPseudoType || !el.IsKnown() {
				types = append(types, ty)
			}
		}
		var ok bool
		if elem, ok = Unify(types); !ok || elem == cty.NilType {
			return cty.NilVal, errors.New("all elements must have the same type")
		}
	}
	if elem.HasDynamicTypes() {
		return cty.UnknownVal(to), nil
	}
	return partByPart(raw, elem, to)
}

func partByPart(raw cty.Value, elem, to cty.Type) (cty.Value, error) {
	var list []cty.Value
	named := map[string]cty.Value{}
	for it := raw.ElementIterator(); it.Next(); {
		k, el := it.Element()
		el, err := convert.Convert(el, elem)
		if err != nil {
			return cty.NilVal, err
		}
		if list = append(list, el); to.IsMapType() {
			named[k.AsString()] = el
		}
	}
	switch {
	case to.IsListType():
		return cty.ListVal(list), nil
	case to.IsSetType():
		return cty.SetVal(list), nil
	}
	return cty.MapVal(named), nil
}
