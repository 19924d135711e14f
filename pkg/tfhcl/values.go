package tfhcl

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// private marks never leave this package.
type private string

const (
	// partly is on strings of which some spans are sensitive; unknown.Sensitive is on values that are sensitive as a whole.
	partly private = "partly sensitive"
	// open is on collections of which not all elements, or not their order, are known: what is there is an example.
	open private = "open"
	// loose is on sequences whose elements are all there, but may be named twice or in another order. Texts that are made
	// of them keep the elements, because neither changes what a policy means.
	loose private = "loose"
	// typeless is on collections of which Terraform knows the type and keyproof does not: a list may be a tuple here, and a
	// map an object.
	typeless private = "typeless"
)

// unknownOf makes an unknown value that is decided by refs.
func unknownOf(ty cty.Type, refs ...unknown.Symbol) cty.Value {
	v := cty.UnknownVal(ty)
	for _, r := range refs {
		v = v.Mark(unknown.Ref{Symbol: r})
	}
	return v
}

// located says where a value was written, unless it knows already.
func located(v cty.Value, at hcl.Range) cty.Value {
	raw, marks := v.Unmark()
	for m := range marks {
		switch m := m.(type) {
		case unknown.Origin:
			return v
		case unknown.Built:
			if isString(raw) && raw.AsString() == m.S {
				return v
			}
		}
	}
	if isString(raw) {
		return v.Mark(wholly(raw.AsString(), at, false))
	}
	return v.Mark(unknown.Origin{Range: at})
}

// relocated says where a value was made, and forgets where its parts came from.
func relocated(v cty.Value, at hcl.Range) cty.Value {
	raw, marks := v.Unmark()
	for m := range marks {
		switch m.(type) {
		case unknown.Origin, unknown.Built:
			continue
		}
		raw = raw.Mark(m)
	}
	return located(raw, at)
}

func wholly(s string, at hcl.Range, sensitive bool) unknown.Built {
	return unknown.Built{S: s, Spans: &[]unknown.Span{{End: len(s), Range: at, Sensitive: sensitive}}}
}

func isString(raw cty.Value) bool {
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

// text returns a known string with its spans. Of several marks that fit, the one that says most wins.
func text(v cty.Value) (string, []unknown.Span, bool) {
	raw, marks := v.Unmark()
	if !isString(raw) {
		return "", nil, false
	}
	s := raw.AsString()
	var best []unknown.Span
	for m := range marks {
		if b, ok := m.(unknown.Built); ok && b.S == s && b.Spans != nil && better(*b.Spans, best) {
			best = *b.Spans
		}
	}
	_, whole := marks[unknown.Sensitive]
	_, part := marks[partly]
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

func better(a, b []unknown.Span) bool {
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

// origin is where the value was written.
func origin(v cty.Value) (hcl.Range, bool) {
	if _, spans, ok := text(v); ok && len(spans) > 0 {
		return spans[0].Range, true
	}
	_, m := unknown.Unmark(v)
	if len(m.Origins) > 0 {
		return m.Origins[0], true
	}
	return hcl.Range{}, false
}

// secret marks the value as sensitive as a whole.
func secret(v cty.Value) cty.Value { return v.Mark(unknown.Sensitive) }

func isSecret(v cty.Value) bool { return v.HasMark(unknown.Sensitive) || v.HasMark(partly) }

// inherit gives an element the marks of its collection that hold for it, too.
func inherit(child cty.Value, marks cty.ValueMarks, set bool) cty.Value {
	for m := range marks {
		switch m := m.(type) {
		case unknown.Built:
			if raw, _ := child.Unmark(); set && isString(raw) && raw.AsString() == m.S {
				child = child.Mark(m)
			}
		case unknown.Origin:
			if raw, _ := child.Unmark(); set && !isString(raw) {
				child = child.Mark(m)
			}
		case unknown.Ref:
			if raw, _ := child.Unmark(); !raw.IsKnown() && !child.HasMark(m) {
				child = child.Mark(m)
			}
		case private:
			if m == partly && set || m == typeless && child.CanIterateElements() {
				child = child.Mark(m)
			}
		default:
			child = child.Mark(m)
		}
	}
	return child
}

type element struct{ key, value cty.Value }

// elements returns what a known collection holds, each element with the marks that hold for it. Keys are numbers for
// sequences and the elements themselves for sets.
func elements(v cty.Value) []element {
	raw, marks := v.Unmark()
	if raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements() {
		return nil
	}
	set := raw.Type().IsSetType()
	out := make([]element, 0, raw.LengthInt())
	for it := raw.ElementIterator(); it.Next(); {
		k, e := it.Element()
		e = inherit(e, marks, set)
		if set {
			k = e
		}
		out = append(out, element{k, e})
	}
	return out
}

// isOpen says whether a collection may hold other elements than it shows, or in another order.
func isOpen(v cty.Value) bool { return v.HasMark(open) || v.HasMark(loose) }

// object makes an object. A name that is a token may be any name, so the object is open then.
func object(vals map[string]cty.Value) cty.Value {
	v := cty.ObjectVal(vals)
	for k := range vals {
		if unknown.HasHole(k) {
			return v.Mark(open)
		}
	}
	return v
}

// sequence makes a tuple; elements that are hidden make it open.
func sequence(vals []cty.Value, isOpen bool) cty.Value {
	v := cty.EmptyTupleVal
	if len(vals) > 0 {
		v = cty.TupleVal(vals)
	}
	if isOpen {
		v = v.Mark(open)
	}
	return v
}

func without(marks cty.ValueMarks, m private) cty.ValueMarks {
	if _, ok := marks[m]; !ok {
		return marks
	}
	marks = maps.Clone(marks)
	delete(marks, m)
	return marks
}

// exact says that the value, and all that it holds, has the very type that Terraform gives it.
func exact(v cty.Value) bool {
	raw, _ := v.Unmark()
	switch {
	case v.HasMark(typeless) || isOpen(v) || raw.Type() == lazyType || !raw.IsKnown() && raw.Type().HasDynamicTypes():
		return false
	case !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements():
		return true
	}
	for it := raw.ElementIterator(); it.Next(); {
		if _, el := it.Element(); !exact(el) {
			return false
		}
	}
	return true
}

// convertTo converts like Terraform does, but never gives up structure: a collection that would become unknown because
// an element is stays as it is.
func convertTo(v cty.Value, ty cty.Type) (cty.Value, error) {
	if ty == cty.DynamicPseudoType || v.Type().Equals(ty) {
		return v, nil
	}
	raw, marks := v.Unmark()
	if raw.IsKnown() && !raw.IsNull() && ty.IsSetType() && (raw.Type().IsTupleType() || raw.Type().IsListType() || raw.Type().IsSetType()) {
		return convertToSet(v, ty)
	}
	out, err := convert.Convert(raw, ty)
	if err != nil {
		return cty.NilVal, err
	}
	if raw.IsKnown() && !out.IsKnown() {
		if parts := convertParts(raw, ty); parts != cty.NilVal {
			return parts.WithMarks(marks).Mark(typeless), nil
		}
		return v, nil
	}
	if !ty.HasDynamicTypes() {
		marks = without(marks, typeless)
	}
	outRaw, _ := out.Unmark()
	if isString(outRaw) && !isString(raw) {
		return located(outRaw, firstOrigin(v)).WithMarks(withoutOrigins(marks)), nil
	}
	return out.WithMarks(marks), nil
}

func firstOrigin(v cty.Value) hcl.Range { r, _ := origin(v); return r }

func withoutOrigins(marks cty.ValueMarks) cty.ValueMarks {
	out := cty.NewValueMarks(partly)
	delete(out, partly)
	for m := range marks {
		if _, ok := m.(unknown.Origin); !ok {
			out[m] = struct{}{}
		}
	}
	return out
}

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
				if c, err := convertTo(v, t); err == nil {
					out[k] = c
				} else {
					out[k] = v
				}
			}
		}
		return object(out)
	}
	var out []cty.Value
	for _, e := range elements(raw) {
		if c, err := convertTo(e.value, elem("")); err == nil {
			out = append(out, c)
		} else {
			out = append(out, e.value)
		}
	}
	return sequence(out, false)
}

// convertToSet keeps the elements as a loose list where some are not known.
func convertToSet(v cty.Value, ty cty.Type) (cty.Value, error) {
	_, marks := v.Unmark()
	var vals []cty.Value
	known := true
	for _, e := range elements(v) {
		c, err := convertTo(e.value, ty.ElementType())
		if err != nil {
			return cty.NilVal, err
		}
		known = known && withoutTokens(withoutMarks(c)).IsWhollyKnown()
		vals = append(vals, c)
	}
	if !known || v.HasMark(open) {
		vals, _ = unique(vals)
		return sequence(vals, false).WithMarks(marks).Mark(loose), nil
	}
	list := sequence(vals, false).WithMarks(marks)
	return convert.Convert(list, ty)
}

// size counts the values inside v up to limit.
func size(v cty.Value, limit int) int {
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
		n += size(e, limit-n)
	}
	return n
}

func sortedUnknowns(in map[unknown.Symbol]bool) []unknown.Symbol {
	out := make([]unknown.Symbol, 0, len(in))
	for u := range in {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b unknown.Symbol) int {
		return cmp.Or(strings.Compare(a.Ref, b.Ref), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Of, b.Of))
	})
	return out
}
