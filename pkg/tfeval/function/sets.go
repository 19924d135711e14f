package function

import (
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	cf "github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// setUnion keeps all elements. Where some are not known the result is an open list.
func setUnion(c *call) cty.Value {
	if len(c.args) == 0 {
		return c.wrongCount()
	}
	var vals []cty.Value
	isOpenSet := false
	for i := range c.args {
		els, known, more := c.list(i)
		if !known {
			vals = append(vals, c.rest(c.args[i]))
		}
		vals = append(vals, values(els)...)
		isOpenSet = isOpenSet || more
	}
	v := c.made(vals, isOpenSet)
	if isOpenSet {
		return v
	}
	out, err := value.ConvertTo(v, cty.Set(cty.DynamicPseudoType))
	if err != nil {
		return c.fault(tfsource.Sentence(err))
	}
	return out
}

// setOperation is an operation whose result depends on which elements are equal.
func setOperation(fn cf.Function) function {
	return func(c *call) cty.Value {
		for i, a := range c.args {
			raw, _ := a.Unmark()
			if value.IsOpen(a) || !c.e.Plain(a).IsWhollyKnown() {
				return c.unknown(cty.DynamicPseudoType)
			}
			if value.IsSequence(raw.Type()) && !raw.Type().IsSetType() {
				set, err := value.ConvertTo(a, cty.Set(cty.DynamicPseudoType))
				if err != nil {
					return c.fault(tfsource.Sentence(err))
				}
				c.args[i] = set
			}
		}
		v, err := fn.Call(c.args)
		if err != nil {
			return c.fault(tfsource.Sentence(err))
		}
		return v
	}
}

// setProduct refuses products that would be too large before it makes them.
func setProduct(c *call) cty.Value {
	total := 1
	for _, a := range c.args {
		raw, _ := a.Unmark()
		if !raw.IsKnown() || value.IsOpen(a) || raw.IsNull() || !raw.CanIterateElements() {
			return c.unknown(cty.DynamicPseudoType)
		}
		if total *= raw.LengthInt(); total > value.MaxValues/10 {
			return c.tooLarge(cty.DynamicPseudoType, "Value is too large", "The product has too many elements.")
		}
	}
	v, err := stdlib.SetProductFunc.Call(c.args)
	if err != nil {
		return c.fault(tfsource.Sentence(err))
	}
	if raw, _ := v.Unmark(); !raw.IsKnown() {
		return c.unknown(raw.Type())
	}
	return value.Relocated(v, c.at)
}

func zipMap(c *call) cty.Value {
	keys, knownKeys, openKeys := c.list(0)
	vals, knownVals, openVals := c.list(1)
	m := value.MakingOf(c.args[1])
	if knownVals && !openVals && len(vals) == 0 && (!knownKeys || openKeys) {
		return cty.EmptyObjectVal // there are as many keys
	}
	if openVals && m != nil && len(vals) == 1 && (!knownKeys || openKeys) {
		// Whatever the keys are, each value is made in the same way.
		k := c.e.Holes.Add(c.e.Unknown(c.e.Derived(cty.String, "key", c.args[0])))
		return value.MadeBy(value.Object(map[string]cty.Value{k: vals[0].Value}), value.Alike(vals[0].Value, m.Perhaps))
	}
	if !knownKeys || !knownVals || openKeys || openVals {
		return c.unknown(cty.DynamicPseudoType)
	}
	if len(keys) != len(vals) {
		return c.fault("the lists have different lengths.")
	}
	out := map[string]cty.Value{}
	named := false // by something sensitive
	for i := range keys {
		k, f := c.e.KeyText(keys[i].Value, c.at)
		if f != nil {
			return c.fails(f)
		}
		c.e.Put(c.lib.env.Decide, out, k, vals[i].Value)
		named = named || value.IsSecret(keys[i].Value)
	}
	v := value.Object(out)
	v = value.SecretIf(named, v)
	if !c.isTuple(1) {
		v = value.Typed(v, cty.Map(c.listType(1).ElementType()))
	}
	return v
}

// transpose turns a map of lists of strings around.
func transpose(c *call) cty.Value {
	in := c.e.Plain(c.args[0])
	if !in.IsWhollyKnown() || value.IsOpen(c.args[0]) {
		return c.unknown(cty.Map(cty.List(cty.String)))
	}
	in, err := convert.Convert(in, cty.Map(cty.List(cty.String)))
	if err != nil || in.IsNull() {
		return c.fault("the argument must be a map of lists of strings.")
	}
	out := map[string][]cty.Value{}
	for it := in.ElementIterator(); it.Next(); {
		k, list := it.Element()
		if list.IsNull() {
			return c.fault("a list is null.")
		}
		for e := list.ElementIterator(); e.Next(); {
			_, s := e.Element()
			if s.IsNull() {
				return c.fault("an element is null.")
			}
			out[s.AsString()] = append(out[s.AsString()], k)
		}
	}
	if len(out) == 0 {
		return cty.MapValEmpty(cty.List(cty.String))
	}
	vals := map[string]cty.Value{}
	for k, v := range out {
		vals[k] = cty.ListVal(v)
	}
	return cty.MapVal(vals)
}

func matchKeys(c *call) cty.Value {
	for i := range c.args {
		c.toList(i, cty.DynamicPseudoType)
	}
	// The keys, and the keys that are looked for, have one type.
	if ty, _ := convert.UnifyUnsafe([]cty.Type{c.args[1].Type(), c.args[2].Type()}); ty != cty.NilType {
		c.args[1], c.args[2] = value.Typed(c.args[1], ty), value.Typed(c.args[2], ty)
	}
	vals, ok1, open1 := c.list(0)
	keys, ok2, open2 := c.list(1)
	search, ok3, open3 := c.list(2)
	if !ok1 || !ok2 || !ok3 || open1 || open2 || open3 {
		return c.unknown(cty.DynamicPseudoType)
	}
	if len(vals) != len(keys) {
		return c.fault("the lists have different lengths.")
	}
	var out []cty.Value
	for i, k := range keys {
		found := value.No
		for _, s := range search {
			if o := c.e.Same(k.Value, s.Value); o == value.Yes {
				found = value.Yes
				break
			} else if o == value.Undecided {
				found = value.Undecided
			}
		}
		switch found {
		case value.Yes:
			out = append(out, vals[i].Value)
		case value.Undecided:
			return c.unknown(cty.DynamicPseudoType)
		}
	}
	return value.Typed(c.made(out, false), c.listType(0))
}

func listOf(c *call) cty.Value { return c.made(c.args, false) }

func allTrue(c *call) cty.Value { return c.quantified(true) }

func anyTrue(c *call) cty.Value { return c.quantified(false) }

func (c *call) quantified(all bool) cty.Value {
	els, known, isOpenList := c.list(0)
	unsure := !known || isOpenList
	for _, el := range els {
		raw, _ := el.Value.Unmark()
		if !raw.IsKnown() {
			unsure = true
			continue
		}
		b, err := convert.Convert(raw, cty.Bool)
		if err != nil {
			return c.fault("the list must hold bools.")
		}
		if isTrue := !b.IsNull() && b.True(); isTrue != all {
			return cty.BoolVal(!all)
		}
	}
	if unsure {
		return c.unknown(cty.Bool)
	}
	return cty.BoolVal(all)
}

func sum(c *call) cty.Value {
	els, known, isOpenList := c.list(0)
	if !known || isOpenList {
		return c.unknown(cty.Number)
	}
	if len(els) == 0 {
		return c.fault("the list is empty.")
	}
	total := cty.NumberIntVal(0)
	for _, el := range els {
		n, err := convert.Convert(c.e.Plain(el.Value), cty.Number)
		if err != nil || n.IsKnown() && n.IsNull() {
			return c.fault("the list must hold numbers.")
		}
		if !n.IsKnown() {
			return c.unknown(cty.Number)
		}
		total = total.Add(n)
	}
	return total
}

// convertCall is one of the functions tostring, tolist, toset, …
func convertCall(ty cty.Type) function {
	return func(c *call) cty.Value {
		v := c.e.Force(c.args[0], cty.DynamicPseudoType)
		raw, _ := v.Unmark()
		if !raw.IsKnown() && raw.Type() == cty.DynamicPseudoType && !ty.HasDynamicTypes() {
			_, m := unknown.Unmark(v)
			out := value.UnknownOf(ty, m.Refs...)
			return value.SecretIf(m.Sensitive, out)
		}
		if ty.IsMapType() && raw.Type().IsObjectType() {
			out, err := value.ConvertTo(v, ty)
			switch {
			case err == nil:
				return out
			case value.Exact(v):
				return c.fault(tfsource.Sentence(err))
			}
			return v.Mark(value.Typeless)
		}
		if value.IsString(raw) && unknown.HasHole(raw.AsString()) && ty != cty.String {
			return c.unknown(ty)
		}
		if ty == cty.Number && !raw.IsKnown() && raw.Type() == cty.String {
			t, known := c.textArg(0)
			c.certain = known && len(t.pieces) == 1 && (t.pieces[0].kind == unknown.OwnAccount || t.pieces[0].kind == unknown.AccountID)
		}
		out, err := value.ConvertTo(v, ty)
		if err != nil {
			return c.fault(tfsource.Sentence(err))
		}
		return out
	}
}

func makeSensitive(c *call) cty.Value {
	return value.Secret(c.args[0])
}

func nonSensitive(c *call) cty.Value {
	raw, marks := c.args[0].Unmark()
	s, spans, isText := "", []unknown.Span(nil), false
	if value.IsString(raw) {
		s, isText = raw.AsString(), true
	}
	for m := range marks {
		switch m := m.(type) {
		case unknown.Built:
			if isText && m.S == s && value.Better(*m.Spans, spans) {
				spans = *m.Spans
			}
			continue
		}
		if m != unknown.Sensitive && m != value.Partly {
			raw = raw.Mark(m)
		}
	}
	if isText {
		shown := make([]unknown.Span, len(spans))
		for i, sp := range spans {
			sp.Sensitive = false
			shown[i] = sp
		}
		raw = raw.Mark(unknown.Built{S: s, Spans: &shown})
	}
	return raw
}

func isSensitive(c *call) cty.Value {
	raw, _ := c.args[0].Unmark()
	if !raw.IsKnown() && !value.IsSecret(c.args[0]) {
		return value.UnknownOf(cty.Bool, unknown.Symbol{Ref: c.e.Source(c.at)})
	}
	return cty.BoolVal(value.IsSecret(c.args[0]))
}
