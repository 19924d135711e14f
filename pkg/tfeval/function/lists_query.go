package function

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func containsValue(c *call) cty.Value {
	els, known, isOpenList := c.list(0)
	result := value.No
	if !known || isOpenList {
		result = value.Undecided
	}
	m := value.MakingOf(c.args[0])
	for _, el := range els {
		if m != nil && !m.Perhaps && value.OfSameKeys(el.Value, c.args[1]) {
			return cty.True // it is all the keys
		}
		switch c.e.Same(el.Value, c.args[1]) {
		case value.Yes:
			return cty.True
		case value.Undecided:
			result = value.Undecided
		}
	}
	if result == value.Undecided {
		return c.unknown(cty.Bool)
	}
	return cty.False
}

func indexOf(c *call) cty.Value {
	els, known, _ := c.list(0)
	for i, el := range els {
		switch c.e.Same(el.Value, c.args[1]) {
		case value.Yes:
			if value.IsOpen(c.args[0]) {
				return c.unknown(cty.Number)
			}
			return cty.NumberIntVal(int64(i))
		case value.Undecided:
			return c.unknown(cty.Number)
		}
	}
	if !known || value.IsOpen(c.args[0]) {
		return c.unknown(cty.Number)
	}
	return c.fault("the list does not hold the value.")
}

func length(c *call) cty.Value {
	raw, _ := c.args[0].Unmark()
	switch {
	case !raw.IsKnown() && raw.Type().IsTupleType():
		return cty.NumberIntVal(int64(len(raw.Type().TupleElementTypes())))
	case value.IsOpen(c.args[0]):
		head, tail := value.Ends(c.args[0])
		return c.atLeast(head + tail)
	case value.IsString(raw) && unknown.HasHole(raw.AsString()), !raw.IsKnown() && raw.Type() == cty.String:
		return c.lengthOfText()
	case !raw.IsKnown(), raw.Type() == value.LazyType:
		return c.unknown(cty.Number)
	case raw.IsNull():
		return c.fault("the argument is null.")
	case raw.Type() == cty.String:
		n, err := stdlib.Strlen(raw)
		if err != nil {
			return c.fault(tfsource.Sentence(err))
		}
		return value.SecretIf(value.IsSecret(c.args[0]), n)
	case !raw.CanIterateElements():
		return c.fault("the argument is neither a collection nor a string.")
	}
	v := cty.NumberIntVal(int64(raw.LengthInt()))
	return value.SecretIf(c.args[0].HasMark(unknown.Sensitive), v)
}

// lengthOfText is how many characters a text has of which some are not known.
func (c *call) lengthOfText() cty.Value {
	t, known := c.textArg(0)
	if !known {
		return c.unknown(cty.Number)
	}
	least, exact, simple := 0, true, true
	for _, p := range t.pieces {
		switch {
		case !p.vague:
			n, err := stdlib.Strlen(cty.StringVal(p.text))
			if err != nil {
				return c.unknown(cty.Number)
			}
			i, _ := n.AsBigFloat().Int64()
			least += int(i)
			simple = simple && ascii(p.text)
		case p.kind.Length() > 0:
			least += p.kind.Length()
		default:
			exact = false
			if !p.mayBeEmpty() {
				least += max(1, len(p.kind.Prefix()))
			}
		}
	}
	if !simple {
		return c.atLeast(1) // characters of two parts may be one together
	}
	if exact {
		return cty.NumberIntVal(int64(least)).WithMarks(secrecy(c))
	}
	return c.atLeast(least)
}

// atLeast is a number of which it is only known that it is not smaller.
func (c *call) atLeast(n int) cty.Value {
	raw, marks := c.unknown(cty.Number).Unmark()
	return raw.Refine().NotNull().NumberRangeLowerBound(cty.NumberIntVal(int64(n)), true).NewValue().WithMarks(marks)
}

func keysOf(c *call) cty.Value { return c.mapParts(true) }

func valuesOf(c *call) cty.Value { return c.mapParts(false) }

func (c *call) mapParts(keys bool) cty.Value {
	v := c.args[0]
	raw, _ := v.Unmark()
	if raw.Type() == value.LazyType {
		v = c.e.Force(v, cty.DynamicPseudoType)
		raw, _ = v.Unmark()
	}
	switch {
	case !raw.IsKnown():
		return c.unknown(cty.DynamicPseudoType)
	case raw.IsNull() || value.IsSequence(raw.Type()) || !raw.CanIterateElements():
		return c.fault("the argument is neither a map nor an object.")
	}
	var vals []cty.Value
	for _, el := range value.Elements(v) {
		if keys {
			key := c.e.Untoken(value.Located(el.Key, c.at))
			if m := value.MakingOf(v); m != nil {
				key = value.WithKeys(key, m.Key)
			}
			vals = append(vals, key)
		} else {
			vals = append(vals, el.Value)
		}
	}
	out := c.made(vals, value.IsOpen(v))
	if m := value.MakingOf(v); m != nil && len(vals) == 0 && !keys {
		el, _ := m.At(cty.UnknownVal(cty.String))
		out = value.MadeBy(out, value.Alike(el, m.Perhaps))
	}
	switch {
	case !raw.Type().IsMapType():
		return out
	case keys:
		return value.Typed(out, cty.List(cty.String))
	}
	return value.Typed(out, c.listType(0))
}

func lookup(c *call) cty.Value {
	if len(c.args) != 2 && len(c.args) != 3 {
		return c.wrongCount()
	}
	raw, _ := c.args[0].Unmark()
	key, _ := c.args[1].Unmark()
	if len(c.args) == 3 {
		if picked, ok := c.e.Pick(c.lib.env.Decide, c.args[0], c.args[1], c.args[2]); ok {
			return picked
		}
	}
	if v, ok := c.lookupAlike(); ok {
		return v
	}
	if !raw.IsKnown() || !key.IsKnown() || value.IsString(key) && unknown.HasHole(key.AsString()) || value.IsOpen(c.args[0]) {
		return c.unknown(cty.DynamicPseudoType)
	}
	v, f := c.e.Index(c.args[0], c.args[1], c.at)
	if f != nil && len(c.args) == 3 && !raw.IsNull() {
		if raw.Type().IsMapType() {
			v, err := value.ConvertTo(c.args[2], raw.Type().ElementType())
			switch {
			case err == nil:
				return v
			case value.Exact(c.args[0]) && value.Exact(c.args[2]):
				return c.fault("the default has another type than the elements of the map.")
			}
		}
		return c.args[2]
	}
	c.fails(f)
	return v
}

// lookupAlike looks for an element of a map whose elements are all made in one way: it may be there, or not.
func (c *call) lookupAlike() (cty.Value, bool) {
	m := value.MakingOf(c.args[0])
	if m == nil {
		return cty.NilVal, false
	}
	raw, _ := c.args[0].Unmark()
	if key, _ := c.args[1].Unmark(); value.IsString(key) && raw.Type().IsObjectType() && raw.Type().HasAttribute(key.AsString()) {
		return cty.NilVal, false
	}
	el, there := m.At(c.args[1])
	if el == cty.NilVal || there || len(c.args) == 2 {
		c.certain = there
		return el, el != cty.NilVal
	}
	found := value.Choice{Key: "has" + value.Signature(c.args[:2]...), Condition: c.e.Source(c.at) + " finds one", Waits: c.e.Waits(c.at, c.args[:2]...)}
	switch c.lib.env.Decide(found) {
	case value.Yes:
		return el, true
	case value.No:
		return c.args[2], true
	}
	return cty.NilVal, false
}

func one(c *call) cty.Value {
	els, known, isOpenList := c.list(0)
	m := value.MakingOf(c.args[0])
	head, tail := value.Ends(c.args[0])
	switch {
	case !known:
		return c.rest(c.args[0])
	case len(els) == 0 && !isOpenList:
		return cty.NullVal(cty.DynamicPseudoType)
	case m != nil && m.Perhaps:
		el, _ := m.At(cty.UnknownVal(cty.Number))
		return c.oneOrNone(el)
	case len(els) == 1:
		return els[0].Value
	case max(head, tail) > 1:
	case head == 1:
		return els[0].Value
	case tail == 1:
		return els[len(els)-1].Value
	case value.IsOpen(c.args[0]):
		return c.unknown(cty.DynamicPseudoType)
	}
	return c.fault("the list has more than one element.")
}

// oneOrNone is the element of a list that may have none.
func (c *call) oneOrNone(el cty.Value) cty.Value {
	list := c.args[0]
	some := value.Choice{Key: "some" + value.Signature(list), Condition: "length(" + c.e.Source(value.FirstRange(list, c.at)) + ") > 0", Waits: c.e.Waits(c.at, list)}
	switch c.lib.env.Decide(some) {
	case value.Yes:
		if el != cty.NilVal {
			return el
		}
	case value.No:
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return c.unknown(cty.DynamicPseudoType)
}

func reverse(c *call) cty.Value {
	els, known, isOpenList := c.list(0)
	if !known {
		return c.args[0]
	}
	vals := values(els)
	slices.Reverse(vals)
	head, tail := value.Ends(c.args[0])
	return c.like(0, value.WithEnds(c.made(vals, isOpenList), tail, head))
}

func slice(c *call) cty.Value {
	els, known, _ := c.list(0)
	from, ok1 := c.number(1)
	to, ok2 := c.number(2)
	head, _ := value.Ends(c.args[0])
	if !known || !ok1 || !ok2 || to > head && value.IsOpen(c.args[0]) {
		return c.unknown(cty.DynamicPseudoType)
	}
	c.certain = value.IsOpen(c.args[0])
	if from < 0 || to < from || to > len(els) {
		return c.fault("the bounds lie outside of the list.")
	}
	return c.like(0, c.made(values(els)[from:to], false))
}

// like makes a list of the elements of a list, and leaves those of a tuple a tuple.
func (c *call) like(i int, v cty.Value) cty.Value {
	if c.isTuple(i) {
		return v
	}
	return value.Typed(v, c.listType(i))
}

// sortStrings sorts what is known; where the rest would stand is not known.
func sortStrings(c *call) cty.Value {
	c.toList(0, cty.String)
	els, known, isOpenList := c.list(0)
	if slices.ContainsFunc(els, func(el value.Element) bool { return value.IsNull(el.Value) }) {
		return c.fault("a null string cannot be sorted.")
	}
	if !known {
		return c.args[0]
	}
	type sorted struct {
		v     cty.Value
		begin string // how it begins
		whole bool   // and that is all
	}
	list := make([]sorted, len(els))
	for i, el := range els {
		list[i].v = el.Value
		s := ""
		if raw, _ := el.Value.Unmark(); value.IsString(raw) {
			s = c.textOf(raw.AsString(), nil).spelled
		} else if text, ok := c.e.Spell(el.Value); ok {
			s = text
		} else {
			s = unknown.Hole(0)
		}
		list[i].begin, _, _ = unknown.Edges(s)
		list[i].whole = !unknown.HasHole(s)
	}
	slices.SortStableFunc(list, func(a, b sorted) int {
		if a.begin == b.begin && a.whole != b.whole {
			if a.whole {
				return -1
			}
			return 1
		}
		return strings.Compare(a.begin, b.begin)
	})
	vals := make([]cty.Value, len(list))
	unsure := false
	for i, el := range list {
		vals[i] = el.v
		// What begins like another one that is not known in full may stand in front of it, or behind.
		unsure = unsure || i > 0 && !list[i-1].whole && strings.HasPrefix(el.begin, list[i-1].begin)
	}
	return c.inexact(vals, isOpenList, unsure)
}

func chunkList(c *call) cty.Value {
	c.toList(0, cty.DynamicPseudoType)
	els, known, _ := c.list(0)
	n, ok := c.number(1)
	isOpen := value.IsOpen(c.args[0])
	if head, _ := value.Ends(c.args[0]); known && ok && isOpen && n > 0 {
		els = els[:head/n*n]
	} else if isOpen {
		known = false
	}
	switch {
	case !known || !ok:
		return c.unknown(cty.DynamicPseudoType)
	case n < 0:
		return c.fault("the size is negative.")
	case n == 0:
		n = max(1, len(els))
	}
	var vals []cty.Value
	for chunk := range slices.Chunk(values(els), n) {
		vals = append(vals, value.Typed(c.made(chunk, false), c.listType(0)))
	}
	certain := len(vals)
	if isOpen {
		vals = append(vals, c.unknown(c.listType(0)))
	}
	return value.Typed(value.WithEnds(c.made(vals, isOpen), certain, 0), cty.List(c.listType(0)))
}
