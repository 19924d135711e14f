package tfeval

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// conditional takes the branch that the condition tells. With an unknown condition it takes the one of the world that is
// evaluated, if any. As in Terraform, the type of the result comes from both branches.
func (e *Evaluator) conditional(s *scope, x *hclsyntax.ConditionalExpr) (cty.Value, *hcl.Diagnostic) {
	cond, f := e.eval(s, x.Condition)
	if f != nil {
		return cond, f
	}
	take, f := e.truth(s, cond, x.Condition)
	if f != nil {
		return cty.DynamicVal, f
	}
	if take == value.Undecided {
		a, fa := e.eval(s, x.TrueResult)
		b, fb := e.eval(s, x.FalseResult)
		ty := cty.DynamicPseudoType
		if fa == nil && fb == nil {
			ty = unified(a, b)
			rawA, _ := a.Unmark()
			rawB, _ := b.Unmark()
			if rawA.Type().IsPrimitiveType() && rawA.IsKnown() && rawB.RawEquals(rawA) {
				return a, nil
			}
		}
		return e.Derived(ty, "if", cond, a, b), nil
	}
	taken, other := x.TrueResult, x.FalseResult
	if take == value.No {
		taken, other = other, taken
	}
	v, f := e.eval(s, taken)
	if f != nil {
		return v, f
	}
	if v, f = e.unify(s, v, other); f == nil && value.IsSecret(cond) {
		v = value.Secret(v)
	}
	return v, f
}

// truth is the outcome of a condition.
func (e *Evaluator) truth(s *scope, cond cty.Value, x hclsyntax.Expression) (value.Outcome, *hcl.Diagnostic) {
	raw, _ := cond.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return value.Undecided, value.Fault(x.Range(), "Null condition", "The condition is null; it must be true or false.")
	}
	if raw.IsKnown() {
		b, err := convert.Convert(raw, cty.Bool)
		if err != nil || !b.IsKnown() {
			return value.Undecided, value.Fault(x.Range(), "Invalid condition", "The condition must be true or false.")
		}
		if b.True() {
			return value.Yes, nil
		}
		return value.No, nil
	}
	e.asks(cond, cty.Bool)
	return e.Decide(e.choice(s, cond, x)), nil
}

func (e *Evaluator) choice(s *scope, cond cty.Value, x hclsyntax.Expression) value.Choice {
	words := e.Source(x.Range())
	if value.IsSecret(cond) {
		words = "(sensitive)"
	}
	return value.Choice{Key: value.Signature(cond), Condition: words, Waits: value.RefNames(cond)}
}

// unify converts the branch that was taken to the type that both have in common. That there is none matters where a
// fault does; a plan shows that there is one.
func (e *Evaluator) unify(s *scope, v cty.Value, other hclsyntax.Expression) (cty.Value, *hcl.Diagnostic) {
	raw, _ := v.Unmark()
	if raw.Type() == cty.String && e.Quiet == 0 || raw.Type() == value.LazyType || raw.Type() == cty.DynamicPseudoType && !raw.IsKnown() {
		return v, nil
	}
	var o cty.Value
	var f *hcl.Diagnostic
	before := e.Unsure
	e.Quiet++
	e.without(func() { o, f = e.eval(s, other) })
	e.Quiet--
	e.Unsure = before
	if f != nil {
		return v, nil
	}
	ty := unified(v, o)
	if e.Quiet > 0 && ty == cty.DynamicPseudoType && !value.IsNull(v) && !value.IsNull(o) && value.Exact(v) && value.Exact(o) {
		return cty.DynamicVal, value.Fault(other.Range(), "Inconsistent results of a condition", "The two results of the condition have no type in common.")
	}
	if ty == cty.DynamicPseudoType || ty.Equals(v.Type()) {
		return v, nil
	}
	if raw.IsKnown() && raw.IsNull() {
		return cty.NullVal(ty).WithSameMarks(v), nil
	}
	if out, err := value.ConvertTo(v, ty); err == nil {
		if r, ok := value.Origin(v); ok {
			out = value.Located(out, r)
		}
		return out, nil
	}
	return v, nil
}

// unified is the type that both values can be converted to, dynamic if there is none.
func unified(a, b cty.Value) cty.Type {
	a, _ = a.Unmark()
	b, _ = b.Unmark()
	untypedNull := func(v cty.Value) bool { return v.IsKnown() && v.IsNull() && v.Type() == cty.DynamicPseudoType }
	switch {
	case untypedNull(a):
		return b.Type()
	case untypedNull(b):
		return a.Type()
	case a.Type() == cty.DynamicPseudoType || b.Type() == cty.DynamicPseudoType:
		return cty.DynamicPseudoType
	}
	types := []cty.Type{a.Type(), b.Type()}
	listed := a.Type().IsTupleType() && b.Type().IsTupleType() && a.Type().Length() != b.Type().Length()
	if listed { // tuples that differ in length are lists of what all elements can be
		types = distinct(slices.Concat(a.Type().TupleElementTypes(), b.Type().TupleElementTypes()))
	}
	ty, _ := convert.UnifyUnsafe(types)
	switch {
	case ty == cty.NilType:
		return cty.DynamicPseudoType
	case listed:
		return cty.List(ty)
	}
	return ty
}

// distinct are the types without repetitions: unifying takes the square of their number. Of more kinds than a list has that anybody
// writes, none is left that all can be.
func distinct(types []cty.Type) []cty.Type {
	var out []cty.Type
	for _, ty := range types {
		if !slices.ContainsFunc(out, ty.Equals) {
			if out = append(out, ty); len(out) > 500 {
				return []cty.Type{cty.DynamicPseudoType}
			}
		}
	}
	return out
}

func (e *Evaluator) unary(s *scope, x *hclsyntax.UnaryOpExpr) (cty.Value, *hcl.Diagnostic) {
	v, f := e.eval(s, x.Val)
	if f != nil {
		return v, f
	}
	return e.operate(x.Op, x.SrcRange, v)
}

func (e *Evaluator) binary(s *scope, x *hclsyntax.BinaryOpExpr) (cty.Value, *hcl.Diagnostic) {
	settles := func(v cty.Value, f *hcl.Diagnostic) bool {
		raw, _ := v.Unmark()
		return f == nil && (x.Op == hclsyntax.OpLogicalAnd && raw.RawEquals(cty.False) || x.Op == hclsyntax.OpLogicalOr && raw.RawEquals(cty.True))
	}
	a, fa := e.eval(s, x.LHS)
	if settles(a, fa) {
		return value.Relocated(a, x.SrcRange), nil
	}
	b, fb := e.eval(s, x.RHS)
	if settles(b, fb) {
		return value.Relocated(b, x.SrcRange), nil
	}
	if fa != nil {
		return a, fa
	}
	if fb != nil {
		return b, fb
	}
	if out, ok := neutral(x.Op, a, b); ok {
		e.asks(a, cty.Bool)
		e.asks(b, cty.Bool)
		return out, nil
	}
	switch x.Op {
	case hclsyntax.OpEqual, hclsyntax.OpNotEqual:
		out := e.Equal(a, b)
		if _, m := unknown.Unmark(out); !out.IsKnown() && len(m.Refs) == 0 {
			out = out.Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: e.Source(x.SrcRange)}})
		}
		if raw, marks := out.Unmark(); raw.IsKnown() && x.Op == hclsyntax.OpNotEqual {
			out = raw.Not().WithMarks(marks)
		} else if x.Op == hclsyntax.OpNotEqual {
			is := out
			out = value.NotNull(e.Derived(cty.Bool, "!", is))
			e.made(out, "!", value.Signature(is))
		}
		e.counted(x.Op, out, a, b)
		return value.Relocated(out, x.SrcRange), nil
	}
	return e.operate(x.Op, x.SrcRange, a, b)
}

// neutral is the operand that tells the result by itself: true && x is x.
func neutral(op *hclsyntax.Operation, a, b cty.Value) (cty.Value, bool) {
	if op != hclsyntax.OpLogicalAnd && op != hclsyntax.OpLogicalOr {
		return cty.NilVal, false
	}
	for _, pair := range [][2]cty.Value{{a, b}, {b, a}} {
		raw, _ := pair[0].Unmark()
		other, marks := pair[1].Unmark()
		if raw.Type() == cty.Bool && raw.IsKnown() && !raw.IsNull() && !value.IsSecret(pair[0]) && !other.IsKnown() && (other.Type() == cty.Bool || other.Type() == cty.DynamicPseudoType) {
			return cty.UnknownVal(cty.Bool).WithMarks(marks), true
		}
	}
	return cty.NilVal, false
}

// operate runs an arithmetic, logical or comparing operator.
func (e *Evaluator) operate(op *hclsyntax.Operation, at hcl.Range, args ...cty.Value) (cty.Value, *hcl.Diagnostic) {
	raws := make([]cty.Value, len(args))
	sensitive := false
	for i, a := range args {
		raw, _ := a.Unmark()
		sensitive = sensitive || value.IsSecret(a)
		if value.IsString(raw) && unknown.HasHole(raw.AsString()) || !raw.IsKnown() {
			if v, ok := inRange(op, args); ok {
				return value.Located(v, at), nil
			}
			e.mayFail(op, args)
			out := value.NotNull(e.Derived(op.Type, operator(op), args...))
			e.connect(op, out, args...)
			e.counted(op, out, args...)
			return out, nil
		}
		c, err := convert.Convert(raw, op.Impl.Params()[i].Type)
		if err != nil {
			return cty.DynamicVal, value.Fault(at, "Invalid operand", "An operand has the wrong type: "+value.Reason(err, a))
		}
		if value.TooLong(c) {
			return e.bounded(c, at), nil
		}
		raws[i] = c
	}
	v, err := op.Impl.Call(raws)
	if err != nil {
		return cty.DynamicVal, value.Fault(at, "Operation failed", value.Reason(err, args...))
	}
	v = value.SecretIf(sensitive, v)
	return e.bounded(value.Located(v, at), at), nil
}

// mayFail counts an operation that may fail by what is not known of its operands.
func (e *Evaluator) mayFail(op *hclsyntax.Operation, args []cty.Value) {
	for i, a := range args {
		e.asks(a, op.Impl.Params()[i].Type)
		if raw, _ := a.Unmark(); value.IsString(raw) {
			e.Unsure++ // a text of which not all is known is no number or truth value, or is one
		}
	}
	if op == hclsyntax.OpDivide || op == hclsyntax.OpModulo {
		if by, _ := args[1].Unmark(); !by.IsKnown() || by.RawEquals(cty.Zero) {
			e.Unsure++
		}
	}
}

// inRange is how numbers compare of which only the range is known.
func inRange(op *hclsyntax.Operation, args []cty.Value) (cty.Value, bool) {
	if len(args) != 2 {
		return cty.NilVal, false
	}
	a, _ := args[0].Unmark()
	b, _ := args[1].Unmark()
	if a.Type() != cty.Number || b.Type() != cty.Number || value.IsNull(a) || value.IsNull(b) || value.IsSecret(args[0]) || value.IsSecret(args[1]) {
		return cty.NilVal, false
	}
	out := cty.UnknownVal(cty.Bool)
	switch op {
	case hclsyntax.OpGreaterThan:
		out = a.GreaterThan(b)
	case hclsyntax.OpGreaterThanOrEqual:
		out = a.GreaterThanOrEqualTo(b)
	case hclsyntax.OpLessThan:
		out = a.LessThan(b)
	case hclsyntax.OpLessThanOrEqual:
		out = a.LessThanOrEqualTo(b)
	}
	return out, out.IsKnown()
}
