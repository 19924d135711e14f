package value

import "github.com/zclconf/go-cty/cty"

// WithEnds says of an open sequence how many of the elements that it shows stand at its very beginning, and how many at its end.
func WithEnds(v cty.Value, head, tail int) cty.Value {
	if !IsOpen(v) || head+tail == 0 {
		return v
	}
	return without[ends](v).Mark(ends{head, tail})
}

// Ends are how many elements of a sequence are known to stand at its beginning and at its end, one behind the other: all of them
// where none is hidden.
func Ends(v cty.Value) (head, tail int) {
	raw, marks := v.Unmark()
	switch {
	case !raw.IsKnown() || raw.IsNull() || !IsSequence(raw.Type()):
		return 0, 0
	case !IsOpen(v):
		return raw.LengthInt(), raw.LengthInt()
	}
	for m := range marks {
		if e, ok := m.(ends); ok {
			return e.head, e.tail
		}
	}
	return 0, 0
}
