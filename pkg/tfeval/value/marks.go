package value

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// private marks never leave this package.
type private string

const (
	// Partly is on strings of which some spans are sensitive; unknown.Sensitive is on values that are sensitive as a whole.
	Partly private = "partly sensitive"
	// Open is on collections of which not all elements, or not their order, are known, and on their text in JSON: what is there
	// is an example.
	Open private = "open"
	// Loose is on sequences whose elements are all there, but may be named twice or in another order. Texts that are made
	// of them keep the elements, because neither changes what a policy means.
	Loose private = "loose"
	// Typeless is on collections of which Terraform knows the type and keyproof does not: a list may be a tuple here, and a
	// map an object.
	Typeless private = "typeless"
)

// Making is how the elements of an open collection come about that are all made in one way: the instances of a resource whose
// keys are not known, or what a loop makes of each of them.
type Making struct {
	// At is the element with that key, which need not be known, cty.NilVal where it cannot be told; there says that there surely
	// is one.
	At func(key cty.Value) (el cty.Value, there bool)
	// Key is one of the keys, which says what collection they are of, cty.NilVal where nothing is known of them.
	Key cty.Value
	// Perhaps says that there may be no element though what they are made of has some.
	Perhaps bool
}

// made is the mark of a collection whose elements are all made in one way.
type made struct{ *Making }

// ends is the mark of an open sequence of which the first elements that it shows are its first ones, and the last ones its last.
type ends struct{ head, tail int }

// keyOf is the mark of an unknown key of a collection, of which it bears the signature.
type keyOf string

// UnknownOf makes an unknown value that is decided by refs.
func UnknownOf(ty cty.Type, refs ...unknown.Symbol) cty.Value {
	v := cty.UnknownVal(ty)
	for _, r := range refs {
		v = v.Mark(unknown.Ref{Symbol: r})
	}
	return v
}

// Located says where a value was written, unless it knows already.
func Located(v cty.Value, at hcl.Range) cty.Value {
	raw, marks := v.Unmark()
	for m := range marks {
		switch m := m.(type) {
		case unknown.Origin:
			return v
		case unknown.Built:
			if IsString(raw) && raw.AsString() == m.S {
				return v
			}
		}
	}
	if IsString(raw) {
		return v.Mark(wholly(raw.AsString(), at, false))
	}
	return v.Mark(unknown.Origin{Range: at})
}

// Relocated says where a value was made, and forgets where its parts came from.
func Relocated(v cty.Value, at hcl.Range) cty.Value {
	return Located(remarked(v, func(m any) any {
		switch m.(type) {
		case unknown.Origin, unknown.Built:
			return nil
		}
		return m
	}), at)
}

// remarked is a value with other marks: what becomes of each, nil where it goes.
func remarked(v cty.Value, to func(mark any) any) cty.Value {
	raw, marks := v.Unmark()
	for m := range marks {
		if m = to(m); m != nil {
			raw = raw.Mark(m)
		}
	}
	return raw
}

// without is a value without the marks of a kind.
func without[T any](v cty.Value) cty.Value {
	return remarked(v, func(m any) any {
		if _, is := m.(T); is {
			return nil
		}
		return m
	})
}

func wholly(s string, at hcl.Range, sensitive bool) unknown.Built {
	return unknown.Built{S: s, Spans: &[]unknown.Span{{End: len(s), Range: at, Sensitive: sensitive}}}
}

// IsString says whether an unmarked value is a known string that is not null.
func IsString(raw cty.Value) bool {
	return raw.Type() == cty.String && raw.IsKnown() && !raw.IsNull()
}

// plainString is a known primitive value as a string. Whole numbers do not go through the decimals of large floats, which
// is slow and comes to the same.
func plainString(raw cty.Value) (string, error) {
	if raw.Type() == cty.Number && raw.IsKnown() && !raw.IsNull() {
		if n, exact := raw.AsBigFloat().Int64(); exact == big.Exact {
			return strconv.FormatInt(n, 10), nil
		}
	}
	s, err := convert.Convert(raw, cty.String)
	if err != nil {
		return "", err
	}
	return s.AsString(), nil
}

// Text returns a known string with its spans. Of several marks that fit, the one that says most wins.
func Text(v cty.Value) (string, []unknown.Span, bool) {
	raw, marks := v.Unmark()
	if !IsString(raw) {
		return "", nil, false
	}
	s := raw.AsString()
	var best []unknown.Span
	for m := range marks {
		if b, ok := m.(unknown.Built); ok && b.S == s && b.Spans != nil && Better(*b.Spans, best) {
			best = *b.Spans
		}
	}
	_, whole := marks[unknown.Sensitive]
	_, part := marks[Partly]
	switch {
	case whole && best != nil:
		hidden := make([]unknown.Span, len(best))
		for i, sp := range best {
			sp.Sensitive = true
			hidden[i] = sp
		}
		return s, hidden, true
	case whole, part && best == nil:
		return s, []unknown.Span{{End: len(s), Sensitive: true}}, true
	}
	return s, best, true
}

// Better says whether the spans a say more than b.
func Better(a, b []unknown.Span) bool {
	if b == nil || len(a) != len(b) {
		return len(a) > len(b)
	}
	for i := range a {
		if c := compareRanges(a[i].Range, b[i].Range); c != 0 {
			return c < 0
		}
	}
	return false
}

func compareRanges(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte), cmp.Compare(a.End.Byte, b.End.Byte))
}

// Origin is where the value was written.
func Origin(v cty.Value) (hcl.Range, bool) {
	if _, spans, ok := Text(v); ok && len(spans) > 0 {
		return spans[0].Range, true
	}
	_, m := unknown.Unmark(v)
	if len(m.Origins) > 0 {
		return m.Origins[0], true
	}
	return hcl.Range{}, false
}

// Secret marks the value as sensitive as a whole.
func Secret(v cty.Value) cty.Value { return v.Mark(unknown.Sensitive) }

// SecretIf is the value, marked as sensitive where it is so.
func SecretIf(is bool, v cty.Value) cty.Value {
	if is {
		return Secret(v)
	}
	return v
}

// IsSecret says whether a value is sensitive, as a whole or in a part of its text.
func IsSecret(v cty.Value) bool { return v.HasMark(unknown.Sensitive) || v.HasMark(Partly) }

// Holds says whether something is so of the value, or of a part of it.
func Holds(v cty.Value, is func(part cty.Value) bool) bool {
	if is(v) {
		return true
	}
	if v.Type().IsPrimitiveType() {
		return false // to take the marks off copies them
	}
	raw, _ := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return false
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, el := it.Element(); Holds(el, is) {
			return true
		}
	}
	return false
}

// HoldsSecret says whether the value or a part of it is sensitive.
func HoldsSecret(v cty.Value) bool { return Holds(v, IsSecret) }

// Reason is the text of an error about values. Errors quote values, so one about something sensitive is not told.
func Reason(err error, about ...cty.Value) string {
	if slices.ContainsFunc(about, HoldsSecret) {
		return "It is sensitive, so the reason is not shown."
	}
	return tfsource.Sentence(err)
}

// inherit gives an element the marks of its collection that hold for it, too.
func inherit(child cty.Value, marks cty.ValueMarks, set bool) cty.Value {
	for m := range marks {
		switch m := m.(type) {
		case unknown.Built: // of one text, see [Elements]
		case unknown.Origin:
			if raw, _ := child.Unmark(); set && !IsString(raw) {
				child = child.Mark(m)
			}
		case unknown.Ref:
			if raw, _ := child.Unmark(); !raw.IsKnown() && !child.HasMark(m) {
				child = child.Mark(m)
			}
		case private:
			if m == Partly && set || m == Typeless && child.CanIterateElements() {
				child = child.Mark(m)
			}
		case made, keyOf, ends: // of the collection itself
		default:
			child = child.Mark(m)
		}
	}
	return child
}

// Element is an element of a collection: see [Elements].
type Element struct{ Key, Value cty.Value }

// Elements returns what a known collection holds, each element with the marks that hold for it. Keys are numbers for
// sequences and the elements themselves for sets.
func Elements(v cty.Value) []Element {
	raw, marks := v.Unmark()
	if raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements() {
		return nil
	}
	set := raw.Type().IsSetType()
	texts := map[string]cty.ValueMarks{} // what elements of a set were built from, which is as many as there are elements
	if set {
		marks = maps.Clone(marks)
		for m := range marks {
			if m, ok := m.(unknown.Built); ok {
				if texts[m.S] == nil {
					texts[m.S] = cty.ValueMarks{}
				}
				texts[m.S][m] = struct{}{}
				delete(marks, m)
			}
		}
	}
	out := make([]Element, 0, raw.LengthInt())
	for it := raw.ElementIterator(); it.Next(); {
		k, e := it.Element()
		e = inherit(e, marks, set)
		if set {
			if bare, _ := e.Unmark(); IsString(bare) {
				e = e.WithMarks(texts[bare.AsString()])
			}
			k = e
		}
		out = append(out, Element{k, e})
	}
	return out
}

// IsOpen says whether a collection may hold other elements than it shows, or in another order.
func IsOpen(v cty.Value) bool { return v.HasMark(Open) || v.HasMark(Loose) }

// Object makes an object. A name that is a token may be any name, so the object is open then.
func Object(vals map[string]cty.Value) cty.Value {
	v := cty.ObjectVal(vals)
	for k := range vals {
		if unknown.HasHole(k) {
			return v.Mark(Open)
		}
	}
	return v
}

// Sequence makes a tuple; elements that are hidden make it open.
func Sequence(vals []cty.Value, isOpen bool) cty.Value {
	v := cty.EmptyTupleVal
	if len(vals) > 0 {
		v = cty.TupleVal(vals)
	}
	if isOpen {
		v = v.Mark(Open)
	}
	return v
}

func withoutMark(marks cty.ValueMarks, m private) cty.ValueMarks {
	marks = maps.Clone(marks)
	delete(marks, m)
	return marks
}

// Size counts the values inside v up to limit.
func Size(v cty.Value, limit int) int {
	if v.Type().IsPrimitiveType() {
		return 1 // to take the marks off copies them
	}
	raw, _ := v.Unmark()
	n := 1
	if raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements() {
		return n
	}
	if n += raw.LengthInt(); n > limit {
		return n
	}
	n = 1
	for it := raw.ElementIterator(); it.Next() && n <= limit; {
		_, e := it.Element()
		n += Size(e, limit-n)
	}
	return n
}

// SortedUnknowns are the symbols in a fixed order.
func SortedUnknowns(in map[unknown.Symbol]bool) []unknown.Symbol {
	out := make([]unknown.Symbol, 0, len(in))
	for u := range in {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b unknown.Symbol) int {
		return cmp.Or(strings.Compare(a.Ref, b.Ref), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Of, b.Of), strings.Compare(a.Index, b.Index))
	})
	return out
}

// FirstRange is where a value was written, or where its first part was; fallback where that is not known.
func FirstRange(v cty.Value, fallback hcl.Range) hcl.Range {
	if r, ok := Origin(v); ok {
		return r
	}
	return fallback
}

// IsNull says whether the value is known to be null.
func IsNull(v cty.Value) bool {
	raw, _ := v.Unmark()
	return raw.IsKnown() && raw.IsNull()
}

// WithoutMarks is the value without the marks of it and its parts.
func WithoutMarks(v cty.Value) cty.Value { out, _ := v.UnmarkDeep(); return out }

// IsSequence says whether values of the type have elements without names.
func IsSequence(t cty.Type) bool { return t.IsTupleType() || t.IsListType() || t.IsSetType() }

// Exact says that the value, and all that it holds, has the very type that Terraform gives it.
func Exact(v cty.Value) bool {
	return !Holds(v, func(v cty.Value) bool {
		return v.HasMark(Typeless) || IsOpen(v) || v.Type() == LazyType || !v.IsKnown() && v.Type().HasDynamicTypes()
	})
}
