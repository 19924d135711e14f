package tfhcl

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// list is argument i as a sequence. known is false if nothing is known of it; isOpen that it has other elements, too.
func (c *call) list(i int) (els []element, known, isOpenList bool, f *hcl.Diagnostic) {
	if i >= len(c.args) {
		_, f = c.wrongCount()
		return nil, false, false, f
	}
	raw, _ := c.args[i].Unmark()
	switch {
	case !raw.IsKnown():
		return nil, false, true, nil
	case raw.IsNull():
		_, f = c.fault("an argument is null.")
		return nil, false, false, f
	case !isSequence(raw.Type()):
		_, f = c.fault("an argument must be a list.")
		return nil, false, false, f
	}
	return elements(c.args[i]), true, c.args[i].HasMark(open), nil
}

// rest stands for the elements of a list that is not known: one unknown element in an open list.
func (c *call) rest(v cty.Value) cty.Value {
	raw, m := unknown.Unmark(v)
	return c.e.sample(raw, m).value
}

func values(els []element) []cty.Value {
	out := make([]cty.Value, len(els))
	for i, el := range els {
		out[i] = el.value
	}
	return out
}

// made is a list that a function put together.
func (c *call) made(vals []cty.Value, isOpenList bool) cty.Value {
	v := sequence(vals, isOpenList).Mark(unknown.Origin{Range: c.at})
	for _, a := range c.args {
		if a.HasMark(loose) {
			v = v.Mark(loose)
		}
		if a.HasMark(unknown.Sensitive) {
			v = secret(v)
		}
	}
	return v
}

// toList gives argument i the type of a list, as a function does whose parameter is one.
func (c *call) toList(i int, elem cty.Type) *hcl.Diagnostic {
	if i >= len(c.args) {
		_, f := c.wrongCount()
		return f
	}
	if raw, _ := c.args[i].Unmark(); !raw.IsKnown() || raw.IsNull() || !isSequence(raw.Type()) {
		return nil
	}
	v, err := convertTo(c.args[i], cty.List(elem))
	switch {
	case err == nil:
		c.args[i] = v
	case exact(c.args[i]):
		_, f := c.fault(sentence(err))
		return f
	}
	return nil
}

// typed gives a result the type that Terraform gives it, unless too little is known of what it holds.
func typed(v cty.Value, ty cty.Type) cty.Value {
	if out, err := convertTo(v, ty); err == nil {
		return out
	}
	return v.Mark(typeless)
}

var anyList = cty.List(cty.DynamicPseudoType)

// listType is the type of a list that holds the elements of argument i.
func (c *call) listType(i int) cty.Type {
	if ty := c.args[i].Type(); ty.IsCollectionType() {
		return cty.List(ty.ElementType())
	}
	return anyList
}

// isTuple says whether argument i has elements of different types.
func (c *call) isTuple(i int) bool {
	raw, _ := c.args[i].Unmark()
	return raw.Type().IsTupleType()
}

func concat(c *call) (cty.Value, *hcl.Diagnostic) {
	var vals []cty.Value
	isOpenList := false
	for i := range c.args {
		els, known, more, f := c.list(i)
		if f != nil {
			return cty.DynamicVal, f
		}
		if !known {
			vals = append(vals, c.rest(c.args[i]))
		}
		if c.args[i].Type().IsSetType() {
			return c.fault("an argument is a set, which has no order.")
		}
		vals = append(vals, values(els)...)
		isOpenList = isOpenList || more
	}
	if len(c.args) == 1 && len(vals) == 1 && isOpenList {
		if raw, _ := c.args[0].Unmark(); !raw.IsKnown() {
			return c.args[0], nil
		}
	}
	v := c.made(vals, isOpenList)
	types := make([]cty.Type, len(c.args))
	for i := range c.args {
		if types[i] = c.listType(i); c.isTuple(i) {
			return v, nil
		}
	}
	if ty, _ := convert.UnifyUnsafe(types); ty != cty.NilType {
		return typed(v, ty), nil
	}
	return v.Mark(typeless), nil
}

func merge(c *call) (cty.Value, *hcl.Diagnostic) {
	if len(c.args) == 0 {
		return object(nil).Mark(unknown.Origin{Range: c.at}), nil
	}
	vals := map[string]cty.Value{}
	isOpenMap, sensitive := false, false
	for _, a := range c.args {
		raw, _ := a.Unmark()
		if raw.Type() == lazyType {
			a = c.e.force(a, cty.DynamicPseudoType)
			raw, _ = a.Unmark()
		}
		sensitive = sensitive || a.HasMark(unknown.Sensitive)
		switch {
		case !raw.IsKnown():
			// Any member may come from here, with any name.
			isOpenMap = true
			_, m := unknown.Unmark(a)
			for k := range vals {
				vals[k] = unknownOf(cty.DynamicPseudoType, m.Refs...)
			}
			token := c.e.holes.Add(c.e.unknown(a))
			vals[token] = unknownOf(cty.DynamicPseudoType, m.Refs...)
			continue
		case raw.IsNull():
			continue
		case isSequence(raw.Type()) || !raw.CanIterateElements():
			return c.fault("an argument is neither a map nor an object.")
		}
		isOpenMap = isOpenMap || a.HasMark(open)
		for _, el := range elements(a) {
			vals[el.key.AsString()] = el.value
		}
	}
	v := object(vals).Mark(unknown.Origin{Range: c.at})
	if isOpenMap {
		v = v.Mark(open)
	}
	if sensitive {
		v = secret(v)
	}
	if ty := c.args[0].Type(); ty.IsMapType() && !slices.ContainsFunc(c.args, func(a cty.Value) bool { return !a.Type().Equals(ty) }) {
		v = typed(v, ty)
	}
	return v, nil
}

func flatten(c *call) (cty.Value, *hcl.Diagnostic) {
	els, known, isOpenList, f := c.list(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known {
		return c.unknown(cty.DynamicPseudoType), nil
	}
	var vals []cty.Value
	var walk func(els []element)
	walk = func(els []element) {
		for _, el := range els {
			raw, _ := el.value.Unmark()
			switch {
			case !raw.IsKnown() && (raw.Type() == cty.DynamicPseudoType || isSequence(raw.Type())):
				vals, isOpenList = append(vals, c.rest(el.value)), true
			case raw.IsKnown() && !raw.IsNull() && isSequence(raw.Type()):
				isOpenList = isOpenList || el.value.HasMark(open)
				walk(elements(el.value))
			default:
				vals = append(vals, el.value)
			}
		}
	}
	walk(els)
	return c.made(vals, isOpenList), nil
}

func elementAt(c *call) (cty.Value, *hcl.Diagnostic) {
	els, known, _, f := c.list(0)
	if f != nil || len(c.args) != 2 {
		return c.wrongCount()
	}
	raw, _ := c.args[1].Unmark()
	n, err := convert.Convert(raw, cty.Number)
	switch {
	case err != nil || n.IsKnown() && n.IsNull():
		return c.fault("the index must be a number.")
	case !known || !n.IsKnown():
		return c.unknown(cty.DynamicPseudoType), nil
	case isOpen(c.args[0]):
		return c.e.example(c.args[0], cty.DynamicPseudoType), nil
	case len(els) == 0:
		return c.fault("the list is empty.")
	}
	i, _ := n.AsBigFloat().Int64()
	return els[((i%int64(len(els)))+int64(len(els)))%int64(len(els))].value, nil
}

func coalesce(c *call) (cty.Value, *hcl.Diagnostic) {
	types := make([]cty.Type, len(c.args))
	for i, a := range c.args {
		types[i] = a.Type()
	}
	ty, _ := convert.UnifyUnsafe(types)
	if ty == cty.NilType && !slices.ContainsFunc(c.args, func(a cty.Value) bool { return !exact(a) }) {
		return c.fault("the arguments have no type in common.")
	}
	for i, a := range c.args {
		if ty == cty.NilType {
			break
		}
		if v, err := convertTo(a, ty); err == nil {
			c.args[i] = v
		}
	}
	for i, a := range c.args {
		raw, m := unknown.Unmark(a)
		if !raw.IsKnown() {
			if i == len(c.args)-1 || neverNull(m) {
				return a, nil
			}
			return c.unknown(raw.Type()), nil
		}
		if raw.IsNull() || isString(raw) && raw.AsString() == "" {
			continue
		}
		return a, nil
	}
	return c.fault("every argument is null or empty.")
}

func coalesceList(c *call) (cty.Value, *hcl.Diagnostic) {
	for i, a := range c.args {
		raw, _ := a.Unmark()
		if raw.IsKnown() && raw.IsNull() {
			continue
		}
		if !raw.IsKnown() || isOpen(a) {
			if i == len(c.args)-1 {
				return a, nil
			}
			return c.unknown(cty.DynamicPseudoType), nil
		}
		if isSequence(raw.Type()) && raw.LengthInt() > 0 {
			return a, nil
		}
	}
	return c.fault("every argument is null or empty.")
}

func compact(c *call) (cty.Value, *hcl.Diagnostic) {
	if f := c.toList(0, cty.String); f != nil {
		return cty.DynamicVal, f
	}
	els, known, isOpenList, f := c.list(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known {
		return c.unknown(cty.List(cty.String)), nil
	}
	var vals []cty.Value
	for _, el := range els {
		raw, m := unknown.Unmark(el.value)
		if raw.IsKnown() && (raw.IsNull() || isString(raw) && raw.AsString() == "") {
			continue
		}
		if !raw.IsKnown() && !neverNull(m) {
			is := c.isEmpty(el.value)
			if is == yes {
				continue
			}
			isOpenList = isOpenList || is == undecided
		}
		vals = append(vals, el.value)
	}
	return typed(c.made(vals, isOpenList), cty.List(cty.String)), nil
}

// isEmpty asks whether an unknown element is the empty string.
func (c *call) isEmpty(v cty.Value) outcome {
	return c.e.decide(choice{key: "empty" + signature(v), condition: strings.Join(refNames(v), ", ") + ` == ""`, waits: refNames(v)})
}

// inexact is a list of which the number or order of elements may not be known.
func (c *call) inexact(vals []cty.Value, isOpenList, unsure bool) cty.Value {
	v := c.made(vals, isOpenList)
	if unsure {
		v = v.Mark(loose)
	}
	return typed(v, c.listType(0))
}

// distinct drops equal elements. Elements that may be equal stay: to name something twice does not change a policy, but
// the number of elements is not known then.
func distinct(c *call) (cty.Value, *hcl.Diagnostic) {
	if f := c.toList(0, cty.DynamicPseudoType); f != nil {
		return cty.DynamicVal, f
	}
	els, known, isOpenList, f := c.list(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known {
		return c.args[0], nil
	}
	vals, maybe := unique(values(els))
	return c.inexact(vals, isOpenList, maybe), nil
}

func unique(in []cty.Value) (out []cty.Value, maybe bool) {
	seen := map[string]bool{}
	plain := true
	for _, v := range in {
		raw, _ := v.Unmark()
		if isString(raw) && !unknown.HasHole(raw.AsString()) {
			if seen[raw.AsString()] {
				continue
			}
			seen[raw.AsString()] = true
			if plain || len(out) > 1000 {
				out = append(out, v)
				continue
			}
		}
		plain = false
		twice := false
		if len(out) <= 1000 {
			for _, o := range out {
				is := same(o, v)
				twice = twice || is == yes
				maybe = maybe || is == undecided
			}
		}
		if !twice {
			out = append(out, v)
		}
	}
	return out, maybe
}
