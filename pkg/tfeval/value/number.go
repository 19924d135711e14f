package value

import "github.com/zclconf/go-cty/cty"

// maxExponent bounds numbers, as a power of two: a number like 1e99999999 is quickly computed, and has as many digits as
// it says once it is written down.
const maxExponent = 1 << 14

// TooLong says whether a number in the value has more digits than keyproof writes down.
func TooLong(v cty.Value) bool {
	return v != cty.NilVal && Holds(v, func(v cty.Value) bool {
		if v.Type() != cty.Number || !v.IsKnown() || v.IsNull() {
			return false
		}
		raw, _ := v.Unmark()
		n := raw.AsBigFloat()
		exp := n.MantExp(nil)
		return n.IsInf() || exp > maxExponent || exp < -maxExponent
	})
}
