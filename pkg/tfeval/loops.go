package tfeval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// loop is a for expression while it runs.
type loop struct {
	e       *Evaluator
	s       *scope
	x       *hclsyntax.ForExpr
	open    bool // not all elements are known
	loose   bool // their number or order is not
	secret  bool
	tuple   []cty.Value
	members map[string]cty.Value
	groups  map[string][]cty.Value
}

func (e *Evaluator) forExpr(s *scope, x *hclsyntax.ForExpr) (cty.Value, *hcl.Diagnostic) {
	coll, f := e.eval(s, x.CollExpr)
	if f != nil {
		return coll, f
	}
	raw, _ := coll.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return cty.DynamicVal, value.Fault(x.CollExpr.Range(), "Iteration over null", "The collection of the for expression is null.")
	}
	l := &loop{e: e, s: s, x: x, open: value.IsOpen(coll) && !coll.HasMark(value.Loose) || coll.HasMark(value.Open), loose: coll.HasMark(value.Loose), members: map[string]cty.Value{}, groups: map[string][]cty.Value{}}
	l.secret = coll.HasMark(unknown.Sensitive)
	var items []value.Element
	switch {
	case raw.Type() == value.LazyType:
		items = e.Forced(raw)
	case !raw.IsKnown():
		if v := l.anyMembers(coll); v != cty.NilVal {
			return v, nil
		}
		if items = l.unknownItems(coll); items == nil {
			return l.undecided(coll), nil
		}
	case !raw.CanIterateElements():
		return cty.DynamicVal, value.Fault(x.CollExpr.Range(), "Iteration over a value that is no collection", fmt.Sprintf("A for expression cannot iterate over a %s.", raw.Type().FriendlyName()))
	default:
		items = value.Elements(coll)
	}
	for _, it := range items {
		if !e.Step(1) {
			return l.undecided(coll), nil
		}
		if stop, f := l.item(l.vars(it, coll)); stop != cty.NilVal || f != nil {
			return stop, f
		}
	}
	return l.result(), nil
}

// vars is the scope of the loop's body for one element.
func (l *loop) vars(it value.Element, coll cty.Value) *scope {
	vars := map[string]cty.Value{l.x.ValVar: it.Value}
	if l.x.KeyVar != "" {
		vars[l.x.KeyVar] = l.e.iterated(it.Key, coll.HasMark(unknown.Sensitive))
		if key, _ := it.Key.Unmark(); key.Type() == cty.Number && value.IsOpen(coll) {
			vars[l.x.KeyVar] = l.e.Derived(cty.Number, "index", coll, it.Value) // its place is not known
		}
	}
	return l.s.with(vars)
}

// iterated is a key as a loop or a dynamic block sees it. A collection bears the mark of its keys, which have none themselves.
func (e *Evaluator) iterated(key cty.Value, secret bool) cty.Value {
	v := e.Untoken(key)
	if secret {
		v = value.Secret(v)
	}
	return v
}

// undecided is the result of a loop of which not everything is known. The loop is told apart by its text and by the
// values of the names around it.
func (l *loop) undecided(because cty.Value) cty.Value {
	s := value.NewSigner(l.e.Source(l.x.SrcRange))
	for _, t := range l.x.Variables() {
		if v, ok := l.s.bound(t.RootName()); ok {
			s.Value(v)
		}
	}
	return l.e.Derived(cty.DynamicPseudoType, fmt.Sprint("for ", l.x.SrcRange, l.s.inst.address(), s.Variant()), because)
}

// unknownItems stands in for a collection that is not known: it is empty, or has elements of which one is looked at.
func (l *loop) unknownItems(coll cty.Value) []value.Element {
	raw, m := unknown.Unmark(coll)
	switch l.e.Decide(*l.e.anyElement(coll, l.x.CollExpr)) {
	case value.Undecided:
		return nil
	case value.No:
		return []value.Element{}
	}
	l.open = true
	return []value.Element{l.e.Sample(raw, m)}
}

// anyMembers is the object that a loop makes of a collection that is not known, where neither the names nor the values of its
// members are: any members, or none. It is NilVal where something is known of them.
func (l *loop) anyMembers(coll cty.Value) cty.Value {
	if l.x.KeyExpr == nil || l.x.Group || l.x.CondExpr != nil {
		return cty.NilVal
	}
	raw, m := unknown.Unmark(coll)
	s := l.vars(l.e.Sample(raw, m), coll)
	k, f := l.e.eval(s, l.x.KeyExpr)
	if f != nil || k.IsKnown() {
		return cty.NilVal
	}
	v, f := l.e.eval(s, l.x.ValExpr)
	if f != nil || v.IsKnown() || typed(v) {
		return cty.NilVal
	}
	key, f := l.e.KeyText(k, l.x.KeyExpr.Range())
	if f != nil {
		return cty.NilVal
	}
	l.members[key], l.open, l.secret = v, true, l.secret || value.IsSecret(k)
	return l.result()
}

// typed says whether something is known of an unknown value.
func typed(v cty.Value) bool {
	_, m := unknown.Unmark(v)
	return value.NeverNull(m)
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
		l.secret = l.secret || value.IsSecret(cond)
		switch take {
		case value.No:
			return cty.NilVal, nil
		case value.Undecided:
			return l.undecided(cond), nil
		}
	}
	v, f := l.e.eval(s, l.x.ValExpr)
	if f != nil {
		return v, f
	}
	v = value.Located(v, l.x.ValExpr.Range())
	if l.x.KeyExpr == nil {
		l.tuple = append(l.tuple, v)
		return cty.NilVal, nil
	}
	k, f := l.e.eval(s, l.x.KeyExpr)
	if f != nil {
		return k, f
	}
	key, f := l.e.KeyText(k, l.x.KeyExpr.Range())
	if f != nil {
		return cty.DynamicVal, f
	}
	l.secret = l.secret || value.IsSecret(k)
	if l.x.Group {
		l.groups[key] = append(l.groups[key], v)
		return cty.NilVal, nil
	}
	if _, twice := l.members[key]; twice {
		return cty.DynamicVal, value.Fault(l.x.KeyExpr.Range(), "Duplicate key", "Two elements of the for expression have the same key.")
	}
	l.members[key] = v
	return cty.NilVal, nil
}

func (l *loop) result() cty.Value {
	var v cty.Value
	switch {
	case l.x.KeyExpr == nil:
		v = value.Sequence(l.tuple, l.open)
		if l.loose {
			v = v.Mark(value.Loose)
		}
	default:
		for k, g := range l.groups {
			l.members[k] = value.Sequence(g, l.open)
		}
		v = value.Object(l.members)
		if l.open {
			v = v.Mark(value.Open)
		}
	}
	v = v.Mark(unknown.Origin{Range: l.x.SrcRange})
	if l.secret {
		v = value.Secret(v)
	}
	return v
}

// splat applies a traversal to each element of a sequence; any other value counts as a sequence of one, null as none.
func (e *Evaluator) splat(s *scope, x *hclsyntax.SplatExpr) (cty.Value, *hcl.Diagnostic) {
	src, f := e.eval(s, x.Source)
	if f != nil {
		return src, f
	}
	raw, m := unknown.Unmark(src)
	seq := value.IsSequence(raw.Type())
	if raw.IsKnown() && raw.IsNull() {
		if seq {
			return cty.DynamicVal, value.Fault(x.Source.Range(), "Splat of null", "The sequence in front of [*] is null.")
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
		v, f := each(e.Sample(raw, m).Value)
		if f != nil {
			return e.Derived(cty.DynamicPseudoType, e.Source(x.Range()), src), nil
		}
		vals, isOpenList = append(vals, v), true
	case !seq:
		v, f := each(src)
		if f != nil {
			return v, f
		}
		vals = append(vals, v)
	default:
		for _, el := range value.Elements(src) {
			v, f := each(el.Value)
			if f != nil {
				return v, f
			}
			vals = append(vals, v)
			if !e.Step(1) {
				return e.Derived(cty.DynamicPseudoType, e.Source(x.Range()), src), nil
			}
		}
		isOpenList = src.HasMark(value.Open)
	}
	out := value.Sequence(vals, isOpenList).Mark(unknown.Origin{Range: x.Range()})
	if src.HasMark(value.Loose) {
		out = out.Mark(value.Loose)
	}
	if m.Sensitive {
		out = value.Secret(out)
	}
	if raw.Type().IsListType() || raw.Type().IsSetType() {
		out = value.Typed(out, value.AnyList)
	}
	return out, nil
}
