package function

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// list is argument i as a sequence. known is false if nothing is known of it, or the call fails; isOpen that it has other elements,
// too.
func (c *call) list(i int) (els []value.Element, known, isOpenList bool) {
	raw, _ := c.args[i].Unmark()
	switch {
	case !raw.IsKnown():
		return nil, false, true
	case raw.IsNull():
		c.fault("an argument is null.")
	case !value.IsSequence(raw.Type()):
		c.fault("an argument must be a list.")
	default:
		return value.Elements(c.args[i]), true, c.args[i].HasMark(value.Open)
	}
	return nil, false, false
}

// rest stands for the elements of a list that is not known: one unknown element in an open list.
func (c *call) rest(v cty.Value) cty.Value {
	raw, m := unknown.Unmark(v)
	return c.e.Sample(raw, m).Value
}

func values(els []value.Element) []cty.Value {
	out := make([]cty.Value, len(els))
	for i, el := range els {
		out[i] = el.Value
	}
	return out
}

// made is a list that a function put together. The elements of a list that are all made in one way are so in the other one, in
// whatever order.
func (c *call) made(vals []cty.Value, isOpenList bool) cty.Value {
	v := value.Sequence(vals, isOpenList).Mark(unknown.Origin{Range: c.at})
	if len(vals) == 1 {
		for _, a := range c.args {
			if m := value.MakingOf(a); m != nil {
				v = value.MadeBy(v, value.Alike(vals[0], m.Perhaps))
			}
		}
	}
	for _, a := range c.args {
		if a.HasMark(value.Loose) {
			v = v.Mark(value.Loose)
		}
		v = value.SecretIf(a.HasMark(unknown.Sensitive), v)
	}
	return v
}

// toList gives argument i the type of a list, as a function does whose parameter is one.
func (c *call) toList(i int, elem cty.Type) {
	if raw, _ := c.args[i].Unmark(); !raw.IsKnown() || raw.IsNull() || !value.IsSequence(raw.Type()) {
		return
	}
	v, err := value.ConvertTo(c.args[i], cty.List(elem))
	switch {
	case err == nil:
		c.args[i] = v
	case value.Exact(c.args[i]):
		c.fault(tfsource.Sentence(err))
	}
}

// listType is the type of a list that holds the elements of argument i.
func (c *call) listType(i int) cty.Type {
	if ty := c.args[i].Type(); ty.IsCollectionType() {
		return cty.List(ty.ElementType())
	}
	return value.AnyList
}

// isTuple says whether argument i has elements of different types.
func (c *call) isTuple(i int) bool {
	raw, _ := c.args[i].Unmark()
	return raw.Type().IsTupleType()
}

func concat(c *call) cty.Value {
	if len(c.args) == 0 {
		return c.wrongCount()
	}
	var vals []cty.Value
	isOpenList, hidden := false, false
	var first, last int // elements in front of the first that is not known, and behind the last one
	for i := range c.args {
		els, known, more := c.list(i)
		if !known {
			vals = append(vals, c.rest(c.args[i]))
		}
		head, tail := value.Ends(c.args[i])
		if !hidden {
			first += head
		}
		if last += tail; !known || value.IsOpen(c.args[i]) {
			last, hidden = tail, true
		}
		if c.args[i].Type().IsSetType() {
			return c.fault("an argument is a set, which has no order.")
		}
		vals = append(vals, values(els)...)
		isOpenList = isOpenList || more
	}
	if len(c.args) == 1 && len(vals) == 1 && isOpenList {
		if raw, _ := c.args[0].Unmark(); !raw.IsKnown() {
			return c.args[0]
		}
	}
	v := c.made(vals, isOpenList)
	if m := value.MakingOf(c.args[0]); m != nil && !m.Perhaps && len(vals) > 1 {
		v = value.MadeBy(v, firstOf(m))
	}
	v = value.WithEnds(v, first, last)
	types := make([]cty.Type, len(c.args))
	for i := range c.args {
		if types[i] = c.listType(i); c.isTuple(i) {
			return v
		}
	}
	if ty, ok := value.Unify(types); ok && ty != cty.NilType {
		return value.Typed(v, ty)
	}
	return v.Mark(value.Typeless)
}

// firstOf is the making of a list of which only the first element is known to be made that way.
func firstOf(m *value.Making) *value.Making {
	return &value.Making{At: func(key cty.Value) (cty.Value, bool) {
		if raw, _ := key.Unmark(); raw.RawEquals(cty.Zero) {
			return m.At(key)
		}
		return cty.NilVal, false
	}}
}

func merge(c *call) cty.Value {
	if len(c.args) == 0 {
		return cty.EmptyObjectVal
	}
	vals := map[string]cty.Value{}
	isOpenMap, sensitive := false, false
	var made []*value.Making // of those of which not all is shown
	for _, a := range c.args {
		raw, _ := a.Unmark()
		if raw.Type() == value.LazyType {
			a = c.e.Force(a, cty.DynamicPseudoType)
			raw, _ = a.Unmark()
		}
		sensitive = sensitive || a.HasMark(unknown.Sensitive)
		switch {
		case !raw.IsKnown():
			// Any member may come from here, with any name.
			isOpenMap = true
			_, m := unknown.Unmark(a)
			for k := range vals {
				vals[k] = value.UnknownOf(cty.DynamicPseudoType, m.Refs...)
			}
			made = append(made, nil)
			token := c.e.Holes.Add(c.e.Unknown(a))
			vals[token] = value.UnknownOf(cty.DynamicPseudoType, m.Refs...)
			continue
		case raw.IsNull():
			continue
		case value.IsSequence(raw.Type()) || !raw.CanIterateElements():
			return c.fault("an argument is neither a map nor an object.")
		}
		named := value.Elements(a)
		if a.HasMark(value.Open) {
			isOpenMap, made = true, append(made, value.MakingOf(a))
			if !slices.ContainsFunc(named, func(el value.Element) bool { return unknown.HasHole(el.Key.AsString()) }) {
				for k := range vals { // it may have a member of that name, of which nothing is known
					vals[k] = c.e.Derived(cty.DynamicPseudoType, "merge", vals[k], a)
				}
			}
		}
		for _, el := range named {
			c.e.Put(c.lib.env.Decide, vals, el.Key.AsString(), el.Value)
		}
	}
	v := value.Object(vals)
	if isOpenMap {
		v = v.Mark(value.Open)
	}
	if len(made) == 1 && made[0] != nil {
		v = value.MadeBy(v, besides(made[0], len(vals) > 1))
	}
	v = value.SecretIf(sensitive, v)
	if ty := c.args[0].Type(); ty.IsMapType() && !slices.ContainsFunc(c.args, func(a cty.Value) bool { return !a.Type().Equals(ty) }) {
		v = value.Typed(v, ty)
	}
	return v
}

// besides is the making of a map that has other members, too, whose names are known.
func besides(m *value.Making, others bool) *value.Making {
	if !others {
		return m
	}
	return &value.Making{At: func(key cty.Value) (cty.Value, bool) {
		if raw, _ := key.Unmark(); value.IsString(raw) && !unknown.HasHole(raw.AsString()) {
			return m.At(key)
		}
		return cty.NilVal, false
	}}
}

func flatten(c *call) cty.Value {
	_, known, isOpenList := c.list(0)
	if !known {
		return c.unknown(cty.DynamicPseudoType)
	}
	var vals []cty.Value
	var made *value.Making
	first, hidden := 0, false // how many stand in front of what is not known
	var walk func(list cty.Value)
	walk = func(list cty.Value) {
		head, _ := value.Ends(list)
		for i, el := range value.Elements(list) {
			raw, _ := el.Value.Unmark()
			hidden = hidden || i >= head
			switch {
			case !raw.IsKnown() && (raw.Type() == cty.DynamicPseudoType || value.IsSequence(raw.Type())):
				vals, isOpenList, hidden = append(vals, c.rest(el.Value)), true, true
			case raw.IsKnown() && !raw.IsNull() && value.IsSequence(raw.Type()):
				isOpenList = isOpenList || el.Value.HasMark(value.Open)
				made = cmp.Or(made, value.MakingOf(el.Value))
				walk(el.Value)
			default:
				if vals = append(vals, el.Value); !hidden {
					first = len(vals)
				}
			}
		}
		hidden = hidden || value.IsOpen(list)
	}
	walk(c.args[0])
	v := c.made(vals, isOpenList)
	if made != nil && len(vals) == 1 {
		v = value.MadeBy(v, value.Alike(vals[0], made.Perhaps))
	}
	return value.WithEnds(v, first, 0)
}

func elementAt(c *call) cty.Value {
	els, known, _ := c.list(0)
	raw, _ := c.args[1].Unmark()
	n, err := convert.Convert(raw, cty.Number)
	head, tail := value.Ends(c.args[0])
	switch {
	case err != nil || n.IsKnown() && n.IsNull():
		return c.fault("the index must be a number.")
	case !known:
		return c.unknown(cty.DynamicPseudoType)
	case value.IsOpen(c.args[0]):
		at := c.args[1]
		if i, ok := c.number(1); ok && -tail <= i && i < head {
			c.certain = true
			return els[(i+len(els))%len(els)].Value
		}
		if n.IsKnown() && !n.RawEquals(cty.Zero) {
			at = value.UnknownOf(cty.Number) // it begins anew behind the last one
		}
		return c.e.Example(c.args[0], at, cty.DynamicPseudoType)
	case !n.IsKnown():
		return c.unknown(cty.DynamicPseudoType)
	case len(els) == 0:
		return c.fault("the list is empty.")
	}
	i, _ := n.AsBigFloat().Int64()
	return els[((i%int64(len(els)))+int64(len(els)))%int64(len(els))].Value
}

func coalesce(c *call) cty.Value {
	types := make([]cty.Type, len(c.args))
	for i, a := range c.args {
		types[i] = a.Type()
	}
	ty, ok := value.Unify(types)
	if ok && ty == cty.NilType && !slices.ContainsFunc(c.args, func(a cty.Value) bool { return !value.Exact(a) }) {
		return c.fault("the arguments have no type in common.")
	}
	for i, a := range c.args {
		if ty == cty.NilType {
			break
		}
		if v, err := value.ConvertTo(a, ty); err == nil {
			c.args[i] = v
		}
	}
	for i, a := range c.args {
		raw, m := unknown.Unmark(a)
		if !raw.IsKnown() {
			if i == len(c.args)-1 || value.NeverNull(m) {
				return a
			}
			return c.unknown(raw.Type())
		}
		if raw.IsNull() || value.IsString(raw) && raw.AsString() == "" {
			continue
		}
		return a
	}
	return c.fault("every argument is null or empty.")
}

func coalesceList(c *call) cty.Value {
	for i, a := range c.args {
		raw, _ := a.Unmark()
		if raw.IsKnown() && raw.IsNull() {
			continue
		}
		if !raw.IsKnown() || value.IsOpen(a) {
			head, tail := value.Ends(a)
			if i == len(c.args)-1 || head+tail > 0 {
				return a
			}
			return c.unknown(cty.DynamicPseudoType)
		}
		if value.IsSequence(raw.Type()) && raw.LengthInt() > 0 {
			return a
		}
	}
	return c.fault("every argument is null or empty.")
}

func compact(c *call) cty.Value {
	c.toList(0, cty.String)
	els, known, isOpenList := c.list(0)
	if !known {
		return c.unknown(cty.List(cty.String))
	}
	var vals []cty.Value
	first, _ := value.Ends(c.args[0])
	for _, el := range els {
		raw, m := unknown.Unmark(el.Value)
		empty := raw.IsKnown() && (raw.IsNull() || value.IsString(raw) && raw.AsString() == "")
		if !raw.IsKnown() && !value.NeverNull(m) {
			is := c.isEmpty(el.Value)
			empty = is == value.Yes
			if is == value.Undecided {
				isOpenList, first = true, min(first, len(vals))
			}
		}
		if !empty {
			vals = append(vals, el.Value)
		} else if len(vals) < first {
			first--
		}
	}
	return value.Typed(value.WithEnds(c.made(vals, isOpenList), first, 0), cty.List(cty.String))
}

// isEmpty asks whether an unknown element is the empty string.
func (c *call) isEmpty(v cty.Value) value.Outcome {
	return c.lib.env.Decide(value.Choice{Key: "empty" + value.Signature(v), Condition: strings.Join(value.RefNames(v), ", ") + ` == ""`, Waits: value.RefNames(v)})
}

// inexact is a list of which the number or order of elements may not be known.
func (c *call) inexact(vals []cty.Value, isOpenList, unsure bool) cty.Value {
	v := c.made(vals, isOpenList)
	if unsure {
		v = v.Mark(value.Loose)
	}
	return value.Typed(v, c.listType(0))
}

// distinct drops equal elements. Elements that may be equal stay: to name something twice does not change a policy, but
// the number of elements is not known then.
func distinct(c *call) cty.Value {
	c.toList(0, cty.DynamicPseudoType)
	els, known, isOpenList := c.list(0)
	if !known {
		return c.args[0]
	}
	vals, maybe := value.Unique(values(els))
	head, _ := value.Ends(c.args[0])
	return value.WithEnds(c.inexact(vals, isOpenList, maybe), min(head, 1), 0)
}
