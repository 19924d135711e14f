package extract

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// elementsOf are the elements of a set; one unknown element for a set of which nothing is known.
func elementsOf(v cty.Value) []cty.Value {
	raw, marks := v.Unmark()
	switch {
	case !raw.IsKnown():
		return []cty.Value{v}
	case raw.IsNull() || !raw.CanIterateElements():
		return nil
	}
	out := raw.AsValueSlice()
	for i, e := range out {
		out[i] = e.WithMarks(marks)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// knownString is a known string without its marks, "" and false for everything else.
func knownString(v cty.Value) (string, bool) {
	v, _ = v.Unmark()
	if v == cty.NilVal || v.Type() != cty.String || v.IsNull() || !v.IsKnown() {
		return "", false
	}
	return v.AsString(), true
}

// knownText is a known string as a text, with the parts of it that are sensitive; all of it is, if its value is.
func knownText(v cty.Value) (unknown.Text, bool) {
	s, ok := knownString(v)
	if !ok {
		return unknown.Text{}, false
	}
	_, m := unknown.Unmark(v)
	t := unknown.Known(s)
	for _, b := range m.Built {
		if b.S == t.S {
			t.Spans = append(t.Spans, *b.Spans...)
		}
	}
	return secretText(t, m.Sensitive), true
}

// secretText marks all of a text as sensitive.
func secretText(t unknown.Text, sensitive bool) unknown.Text {
	if sensitive {
		t.Spans = append([]unknown.Span{{End: len(t.S), Sensitive: true}}, t.Spans...)
	}
	return t
}

// secretValue marks a value as sensitive.
func secretValue(v cty.Value, sensitive bool) cty.Value {
	if sensitive {
		return v.Mark(unknown.Sensitive)
	}
	return v
}

func withRef(v cty.Value, u unknown.Symbol) cty.Value { return v.Mark(unknown.Ref{Symbol: u}) }
