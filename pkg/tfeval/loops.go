package tfeval

import (
	"fmt"
	"maps"
	"slices"

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
	from    *value.Making // the elements of the collection, where they are all made in one way
	perhaps bool          // which of them the condition takes is not known
	like    cty.Value     // what becomes of each
	head    int           // elements that the collection is known to begin and to end with
	tail    int
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
		e.asks(coll, cty.NilType)
		if v := l.anyMembers(coll); v != cty.NilVal {
			return v, nil
		}
		if items = l.unknownItems(coll); items == nil {
			return l.undecided(coll), nil
		}
		l.from = e.MadeOfUnknown(coll)
	case !raw.CanIterateElements():
		return cty.DynamicVal, value.Fault(x.CollExpr.Range(), "Iteration over a value that is no collection", fmt.Sprintf("A for expression cannot iterate over a %s.", raw.Type().FriendlyName()))
	default:
		if raw.Type().IsSetType() && !e.Step(8*raw.LengthInt()) { // it is put into order
			return l.undecided(coll), nil
		}
		items, l.from = value.Elements(coll), value.MakingOf(coll)
		l.head, l.tail = value.Ends(coll)
	}
	if items, f = l.only(items); f != nil {
		return cty.DynamicVal, f
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
		if l.from != nil {
			vars[l.x.KeyVar] = value.WithKeys(vars[l.x.KeyVar], l.from.Key)
		}
	}
	return l.s.with(vars)
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
			l.passOver(s, cond)
			return cty.NilVal, nil
		case value.Undecided:
			return l.undecided(cond), nil
		}
		l.perhaps = l.perhaps || !cond.IsKnown()
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
	if l.open && !l.x.Group && !isName(l.x.KeyExpr, l.x.KeyVar) {
		l.e.Unsure++ // two may have the same name
	}
	if l.x.Group {
		l.groups[key] = append(l.groups[key], v)
		return cty.NilVal, nil
	}
	if _, twice := l.members[key]; twice && unknown.HasHole(key) {
		l.open = true // each may have a name of its own
		l.e.Unsure++
		return cty.NilVal, nil
	} else if twice {
		return cty.DynamicVal, value.Fault(l.x.KeyExpr.Range(), "Duplicate key", "Two elements of the for expression have the same key.")
	}
	l.members[key] = v
	return cty.NilVal, nil
}

func (l *loop) result() cty.Value {
	var v cty.Value
	switch {
	case l.x.KeyExpr == nil:
		v = value.MadeBy(value.Sequence(l.tuple, l.open), l.making(l.tuple))
		if l.loose {
			v = v.Mark(value.Loose)
		}
		if l.x.CondExpr == nil {
			v = value.WithEnds(v, l.head, l.tail)
		}
	default:
		for k, g := range l.groups {
			l.members[k] = value.Sequence(g, l.open)
		}
		v = value.Object(l.members)
		if l.open {
			v = value.MadeBy(v.Mark(value.Open), l.making(slices.Collect(maps.Values(l.members))))
		}
	}
	v = v.Mark(unknown.Origin{Range: l.x.SrcRange})
	return value.SecretIf(l.secret, v)
}

// passOver leaves out what stands for all elements. Where it is the element that decides that, another one may be taken, whose
// value is like that of this one, unless it tells which one it is.
func (l *loop) passOver(s *scope, cond cty.Value) {
	switch {
	case l.from == nil:
	case cond.IsKnown() || !l.names(l.x.CondExpr, l.x.KeyVar) && !l.names(l.x.CondExpr, l.x.ValVar):
		l.open = false
	default:
		l.perhaps = true
		if v, f := l.e.eval(s, l.x.ValExpr); f == nil && (!v.IsKnown() || !l.names(l.x.CondExpr, l.x.KeyVar) || value.IsPlain(v)) {
			l.like = value.Another(value.Located(v, l.x.ValExpr.Range()))
		}
	}
}

// names says whether an expression uses a name of the loop.
func (l *loop) names(x hclsyntax.Expression, name string) bool {
	return name != "" && slices.ContainsFunc(x.Variables(), func(t hcl.Traversal) bool { return t.RootName() == name })
}

// making is how the elements are made where those of the collection are all made in one way; shown are the ones that the loop
// made of what stands for all.
func (l *loop) making(shown []cty.Value) *value.Making {
	switch {
	case l.from == nil || l.x.Group || len(shown) > 1:
		return nil
	case len(shown) == 1:
		l.like = shown[0]
	case l.like == cty.NilVal:
		return nil
	}
	out := value.Alike(l.like, l.perhaps || l.from.Perhaps)
	numbered := l.x.KeyExpr == nil && !l.loose && l.from.Key != cty.NilVal && l.from.Key.Type() == cty.Number
	if l.x.CondExpr != nil || !numbered && !isName(l.x.KeyExpr, l.x.KeyVar) {
		return out
	}
	out.Key = l.from.Key
	out.At = func(key cty.Value) (cty.Value, bool) {
		el, there := l.from.At(key)
		if el == cty.NilVal {
			return el, false
		}
		vars := map[string]cty.Value{l.x.ValVar: el}
		if l.x.KeyVar != "" {
			vars[l.x.KeyVar] = key
		}
		v, f := l.e.eval(l.s.with(vars), l.x.ValExpr)
		if f != nil {
			return cty.NilVal, false
		}
		return value.Located(v, l.x.ValExpr.Range()), there
	}
	return out
}

// only narrows the elements that are all made in one way to that with one key, where the condition asks for it.
func (l *loop) only(items []value.Element) ([]value.Element, *hcl.Diagnostic) {
	eq, ok := l.x.CondExpr.(*hclsyntax.BinaryOpExpr)
	if l.from == nil || !ok || eq.Op != hclsyntax.OpEqual {
		return items, nil
	}
	x := eq.RHS
	if isName(x, l.x.KeyVar) {
		x = eq.LHS
	} else if !isName(eq.LHS, l.x.KeyVar) {
		return items, nil
	}
	if l.names(x, l.x.KeyVar) || l.names(x, l.x.ValVar) {
		return items, nil
	}
	key, f := l.e.eval(l.s, x)
	if f != nil {
		return nil, f
	}
	el, there := l.from.At(key)
	if raw, _ := unknown.Unmark(el); el == cty.NilVal || value.IsSecret(key) || !there && !raw.IsKnown() {
		return items, nil // of what is not known at all it is not known either whether the key is there
	}
	asked := *l.x
	asked.CondExpr = nil
	l.x, l.open, l.perhaps = &asked, !there, !there
	l.from = value.Alike(el, !there)
	return []value.Element{{Key: key, Value: el}}, nil
}

// isName says whether an expression is nothing but a name.
func isName(x hclsyntax.Expression, name string) bool {
	t, ok := x.(*hclsyntax.ScopeTraversalExpr)
	return ok && name != "" && len(t.Traversal) == 1 && t.Traversal.RootName() == name
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
	var from *value.Making
	isOpenList := false
	switch {
	case !raw.IsKnown() && (seq || raw.Type() == cty.DynamicPseudoType):
		// How many elements there are is not known; what they look like may be.
		v, f := each(e.Sample(raw, m).Value)
		if f != nil {
			e.Unsure++
			return e.Derived(cty.DynamicPseudoType, e.Source(x.Range()), src), nil
		}
		vals, isOpenList, from = append(vals, v), true, e.MadeOfUnknown(src)
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
		isOpenList, from = src.HasMark(value.Open), value.MakingOf(src)
	}
	out := value.MadeBy(value.Sequence(vals, isOpenList), mapped(from, each)).Mark(unknown.Origin{Range: x.Range()})
	if src.HasMark(value.Loose) {
		out = out.Mark(value.Loose)
	}
	head, tail := value.Ends(src)
	out = value.WithEnds(out, head, tail)
	out = value.SecretIf(m.Sensitive, out)
	if raw.Type().IsListType() || raw.Type().IsSetType() {
		out = value.Typed(out, value.AnyList)
	}
	return out, nil
}

// mapped is how elements are made of others, nil where these are not all made in one way.
func mapped(from *value.Making, each func(cty.Value) (cty.Value, *hcl.Diagnostic)) *value.Making {
	if from == nil {
		return nil
	}
	at := func(key cty.Value) (cty.Value, bool) {
		el, there := from.At(key)
		if el == cty.NilVal {
			return el, false
		}
		v, f := each(el)
		if f != nil {
			return cty.NilVal, false
		}
		return v, there
	}
	return &value.Making{At: at, Key: from.Key, Perhaps: from.Perhaps}
}
