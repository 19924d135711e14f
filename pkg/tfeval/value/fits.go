package value

import (
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Fits says that a value is known, or will surely do where one of the type is asked for: it can be converted to it, and is not null.
// Numbers and truth values that an operation makes are never null, and others are taken not to be.
func Fits(v cty.Value, want cty.Type) bool {
	raw, m := unknown.Unmark(v)
	ty := raw.Type()
	switch {
	case raw.IsKnown():
		return true
	case want == cty.Number || want == cty.Bool:
		return ty == want
	case want == cty.String && !ty.IsPrimitiveType(), ty == cty.DynamicPseudoType:
		return false
	}
	return NeverNull(m) || ty == cty.Number || ty == cty.Bool || raw.Range().DefinitelyNotNull()
}

// FitsDeep says that of all that a value holds.
func FitsDeep(v cty.Value) bool {
	raw, _ := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || raw.Type() == LazyType || !raw.CanIterateElements() {
		return Fits(v, cty.NilType)
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, el := it.Element(); !FitsDeep(el) {
			return false
		}
	}
	return true
}
