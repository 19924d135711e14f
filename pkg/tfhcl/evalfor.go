package tfhcl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// loop is a for expression while it runs.
type loop struct {
	e       *evaluator
	s       *scope
	x       *hclsyntax.ForExpr
	open    bool // not all elements are known
	loose   bool // their number or order is not
	secret  bool
	tuple   []cty.Value
	members map[string]cty.Value
	groups  map[string][]cty.Value
}

func (e *evaluator) forExpr(s *scope, x *hclsyntax.ForExpr) (cty.Value, *hcl.Diagnostic) {
	coll, f := e.eval(s, x.CollExpr)
	if f != nil {
		return coll, f
	}
	raw, _ := coll.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return cty.DynamicVal, fault(x.CollExpr.Range(), "Iteration over null", "The collection of the for expression is null.")
	}
	l := &loop{e: e, s: s, x: x, open: isOpen(coll) && !coll.HasMark(loose) || coll.HasMark(open), loose: coll.HasMark(loose), members: map[string]cty.Value{}, groups: map[string][]cty.Value{}}
	l.secret = coll.HasMark(unknown.Sensitive)
	var items []element
	switch {
	case raw.Type() == lazyType:
		items = e.forced(raw)
	case !raw.IsKnown():
		if items = l.unknownItems(coll); items == nil {
			return l.undecided(coll), nil
		}
	case !raw.CanIterateElements():
		return cty.DynamicVal, fault(x.CollExpr.Range(), "Iteration over a value that is no collection", fmt.Sprintf("A for expression cannot iterate over a %s.", raw.Type().FriendlyName()))
	default:
		items = elements(coll)
	}
	for _, it := range items {
		if !e.step(1) {
			return l.undecided(coll), nil
		}
		vars := map[string]cty.Value{x.ValVar: it.value}
		if x.KeyVar != "" {
			vars[x.KeyVar] = e.untoken(it.key)
			if key, _ := it.key.Unmark(); key.Type() == cty.Number && isOpen(coll) {
				vars[x.KeyVar] = e.derived(cty.Number, "index", coll, it.value) // its place is not known
			}
		}
		if stop, f := l.item(s.with(vars)); stop != cty.NilVal || f != nil {
			return stop, f
		}
	}
	return l.result(), nil
}

// undecided is the result of a loop of which not everything is known. The loop is told apart by its text and by the
// values of the names around it.
func (l *loop) undecided(because cty.Value) cty.Value {
	s := newSigner(l.e.source(l.x.SrcRange))
	for _, t := range l.x.Variables() {
		if v, ok := l.s.bound(t.RootName()); ok {
			s.value(v)
		}
	}
	return l.e.derived(cty.DynamicPseudoType, fmt.Sprint("for ", l.x.SrcRange, l.s.inst.address(), s.variant()), because)
}

// unknownItems stands in for a collection that is not known: it is empty, or has elements of which one is looked at.
func (l *loop) unknownItems(coll cty.Value) []element {
	raw, m := unknown.Unmark(coll)
	c := choice{key: l.e.conditionKey(coll) + "\x00elements", waits: refNames(coll)}
	c.condition = "length(" + l.e.source(l.x.CollExpr.Range()) + ") > 0"
	switch l.e.decide(c) {
	case undecided:
		return nil
	case no:
		return []element{}
	}
	l.open = true
	return []element{l.e.sample(raw, m)}
}

// sample is an element of a collection that is not known.
func (e *evaluator) sample(raw cty.Value, m unknown.Marks) element {
	ty := cty.DynamicPseudoType
	key := cty.DynamicPseudoType
	switch t := raw.Type(); {
	case t.IsCollectionType():
		ty = t.ElementType()
		if t.IsMapType() {
			key = cty.String
		}
	}
	v, k := unknownOf(ty, variants("element", m.Refs)...), unknownOf(key, variants("key", m.Refs)...)
	if m.Sensitive {
		v, k = secret(v), secret(k)
	}
	if raw.Type().IsSetType() {
		k = v
	}
	return element{k, v}
}

// item evaluates the loop for one element. A value that is not nil ends the loop.
func (l *loop) item(s *scope) (cty.Value, *hcl.Diagnostic) {
	if l.x.CondExpr != nil {
		cond, f := l.e.eval(s, l.x.CondExpr)
		if f != nil {
			return cond, f
		}
		take, f := l.e.truth(s, cond, l.x.CondExpr)
		if f != nil {
			return cty.DynamicVal, f
		}
		l.secret = l.secret || isSecret(cond)
		switch take {
		case no:
			return cty.NilVal, nil
		case undecided:
			return l.undecided(cond), nil
		}
	}
	v, f := l.e.eval(s, l.x.ValExpr)
	if f != nil {
		return v, f
	}
	v = located(v, l.x.ValExpr.Range())
	if l.x.KeyExpr == nil {
		l.tuple = append(l.tuple, v)
		return cty.NilVal, nil
	}
	k, f := l.e.eval(s, l.x.KeyExpr)
	if f != nil {
		return k, f
	}
	key, f := l.e.keyText(k, l.x.KeyExpr.Range())
	if f != nil {
		return cty.DynamicVal, f
	}
	l.secret = l.secret || isSecret(k)
	if l.x.Group {
		l.groups[key] = append(l.groups[key], v)
		return cty.NilVal, nil
	}
	if _, twice := l.members[key]; twice {
		return cty.DynamicVal, fault(l.x.KeyExpr.Range(), "Duplicate key", "Two elements of the for expression have the same key.")
	}
	l.members[key] = v
	return cty.NilVal, nil
}

func (l *loop) result() cty.Value {
	var v cty.Value
	switch {
	case l.x.KeyExpr == nil:
		v = sequence(l.tuple, l.open)
		if l.loose {
			v = v.Mark(loose)
		}
	default:
		for k, g := range l.groups {
			l.members[k] = sequence(g, l.open)
		}
		v = object(l.members)
		if l.open {
			v = v.Mark(open)
		}
	}
	v = v.Mark(unknown.Origin{Range: l.x.SrcRange})
	if l.secret {
		v = secret(v)
	}
	return v
}

// splat applies a traversal to each element of a sequence; any other value counts as a sequence of one, null as none.
func (e *evaluator) splat(s *scope, x *hclsyntax.SplatExpr) (cty.Value, *hcl.Diagnostic) {
	src, f := e.eval(s, x.Source)
	if f != nil {
		return src, f
	}
	raw, m := unknown.Unmark(src)
	seq := isSequence(raw.Type())
	if raw.IsKnown() && raw.IsNull() {
		if seq {
			return cty.DynamicVal, fault(x.Source.Range(), "Splat of null", "The sequence in front of [*] is null.")
		}
		return cty.EmptyTupleVal, nil
	}
	each := func(v cty.Value) (cty.Value, *hcl.Diagnostic) {
		child := &scope{inst: s.inst, parent: s, splat: map[*hclsyntax.AnonSymbolExpr]cty.Value{x.Item: v}}
		return e.eval(child, x.Each)
	}
	var vals []cty.Value
	isOpenList := false
	switch {
	case !raw.IsKnown() && (seq || raw.Type() == cty.DynamicPseudoType):
		// How many elements there are is not known; what they look like may be.
		v, f := each(e.sample(raw, m).value)
		if f != nil {
			return e.derived(cty.DynamicPseudoType, e.source(x.Range()), src), nil
		}
		vals, isOpenList = append(vals, v), true
	case !seq:
		v, f := each(src)
		if f != nil {
			return v, f
		}
		vals = append(vals, v)
	default:
		for _, el := range elements(src) {
			v, f := each(el.value)
			if f != nil {
				return v, f
			}
			vals = append(vals, v)
			if !e.step(1) {
				return e.derived(cty.DynamicPseudoType, e.source(x.Range()), src), nil
			}
		}
		isOpenList = src.HasMark(open)
	}
	out := sequence(vals, isOpenList).Mark(unknown.Origin{Range: x.Range()})
	if src.HasMark(loose) {
		out = out.Mark(loose)
	}
	if m.Sensitive {
		out = secret(out)
	}
	if raw.Type().IsListType() || raw.Type().IsSetType() {
		out = typed(out, anyList)
	}
	return out, nil
}
