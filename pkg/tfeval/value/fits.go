package value

import (
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Fits says that a value is known, or will surely do where one of the type is asked for: it can be converted to it, and is not null.
func Fits(v cty.Value, want cty.Type) bool {
	raw, m := unknown.Unmark(v)
	ty := raw.Type()
	switch {
	case raw.IsKnown():
		return true
	case (want == cty.Number || want == cty.Bool) && ty != want:
		return false
	case want == cty.String && !ty.IsPrimitiveType(), ty == cty.DynamicPseudoType:
		return false
	}
	return NeverNull(m) || raw.Range().DefinitelyNotNull()
}

// NotNull says of an unknown value that an operation makes that it is not null.
func NotNull(v cty.Value) cty.Value {
	if raw, marks := v.Unmark(); !raw.IsKnown() && raw.Type() != cty.DynamicPseudoType {
		return raw.RefineNotNull().WithMarks(marks)
	}
	return v
}

// FitsDeep says that of all that a value holds.
func FitsDeep(v cty.Value) bool {
	return !Holds(v, func(v cty.Value) bool { return !Fits(v, cty.NilType) })
}
