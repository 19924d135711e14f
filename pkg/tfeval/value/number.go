package value

import "github.com/zclconf/go-cty/cty"

// maxExponent bounds numbers, as a power of two: a number like 1e99999999 is quickly computed, and has as many digits as
// it says once it is written down.
const maxExponent = 1 << 14

// TooLong says whether a number in the value has more digits than keyproof writes down.
func TooLong(v cty.Value) bool {
	if v.Type() == cty.String || v.Type() == cty.Bool {
		return false // to take the marks off copies them
	}
	raw, _ := v.Unmark()
	switch {
	case raw == cty.NilVal || !raw.IsKnown() || raw.IsNull():
		return false
	case raw.Type() == cty.Number:
		n := raw.AsBigFloat()
		exp := n.MantExp(nil)
		return n.IsInf() || exp > maxExponent || exp < -maxExponent
	case !raw.CanIterateElements():
		return false
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, el := it.Element(); TooLong(el) {
			return true
		}
	}
	return false
}
