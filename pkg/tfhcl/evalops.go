package tfhcl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/tf"
)

// conditional takes the branch that the condition tells. With an unknown condition it takes the one of the world that is
// evaluated, if any. As in Terraform, the type of the result comes from both branches.
func (e *evaluator) conditional(s *scope, x *hclsyntax.ConditionalExpr) (cty.Value, *hcl.Diagnostic) {
	cond, f := e.eval(s, x.Condition)
	if f != nil {
		return cond, f
	}
	take, f := e.truth(s, cond, x.Condition)
	if f != nil {
		return cty.DynamicVal, f
	}
	if take == undecided {
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
		return e.derived(ty, "if", cond, a, b), nil
	}
	taken, other := x.TrueResult, x.FalseResult
	if take == no {
		taken, other = other, taken
	}
	v, f := e.eval(s, taken)
	if f != nil {
		return v, f
	}
	if v, f = e.unify(s, v, other); f == nil && isSecret(cond) {
		v = secret(v)
	}
	return v, f
}

// truth is the outcome of a condition.
func (e *evaluator) truth(s *scope, cond cty.Value, x hclsyntax.Expression) (outcome, *hcl.Diagnostic) {
	raw, _ := cond.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return undecided, fault(x.Range(), "Null condition", "The condition is null; it must be true or false.")
	}
	if raw.IsKnown() {
		b, err := convert.Convert(raw, cty.Bool)
		if err != nil || !b.IsKnown() {
			return undecided, fault(x.Range(), "Invalid condition", "The condition must be true or false.")
		}
		if b.True() {
			return yes, nil
		}
		return no, nil
	}
	return e.decide(e.choice(s, cond, x)), nil
}

func (e *evaluator) choice(s *scope, cond cty.Value, x hclsyntax.Expression) choice {
	words := e.source(x.Range())
	if isSecret(cond) {
		words = "(sensitive)"
	}
	return choice{key: e.conditionKey(cond), condition: words, waits: refNames(cond)}
}

// unify converts the branch that was taken to the type that both have in common. That there is none matters where a
// fault does; a plan shows that there is one.
func (e *evaluator) unify(s *scope, v cty.Value, other hclsyntax.Expression) (cty.Value, *hcl.Diagnostic) {
	raw, _ := v.Unmark()
	if raw.Type() == cty.String && e.quiet == 0 || raw.Type() == lazyType || raw.Type() == cty.DynamicPseudoType && !raw.IsKnown() {
		return v, nil
	}
	var o cty.Value
	var f *hcl.Diagnostic
	before := e.unsure
	e.quiet++
	e.without(func() { o, f = e.eval(s, other) })
	e.quiet--
	e.unsure = before
	if f != nil {
		return v, nil
	}
	ty := unified(v, o)
	if e.quiet > 0 && ty == cty.DynamicPseudoType && !isNull(v) && !isNull(o) && exact(v) && exact(o) {
		return cty.DynamicVal, fault(other.Range(), "Inconsistent results of a condition", "The two results of the condition have no type in common.")
	}
	if ty == cty.DynamicPseudoType || ty.Equals(v.Type()) {
		return v, nil
	}
	if raw.IsKnown() && raw.IsNull() {
		return cty.NullVal(ty).WithSameMarks(v), nil
	}
	if out, err := convertTo(v, ty); err == nil {
		if r, ok := origin(v); ok {
			out = located(out, r)
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
	ty, _ := convert.UnifyUnsafe([]cty.Type{a.Type(), b.Type()})
	if ty == cty.NilType {
		return cty.DynamicPseudoType
	}
	return ty
}

func (e *evaluator) unary(s *scope, x *hclsyntax.UnaryOpExpr) (cty.Value, *hcl.Diagnostic) {
	v, f := e.eval(s, x.Val)
	if f != nil {
		return v, f
	}
	return e.operate(x.Op, x.SrcRange, v)
}

func (e *evaluator) binary(s *scope, x *hclsyntax.BinaryOpExpr) (cty.Value, *hcl.Diagnostic) {
	a, fa := e.eval(s, x.LHS)
	if fa == nil && (x.Op == hclsyntax.OpLogicalAnd || x.Op == hclsyntax.OpLogicalOr) {
		if raw, _ := a.Unmark(); raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.Bool && raw.True() == (x.Op == hclsyntax.OpLogicalOr) {
			return relocated(a, x.SrcRange), nil
		}
	}
	b, fb := e.eval(s, x.RHS)
	if fb == nil && (x.Op == hclsyntax.OpLogicalAnd || x.Op == hclsyntax.OpLogicalOr) {
		if raw, _ := b.Unmark(); raw.IsKnown() && !raw.IsNull() && raw.Type() == cty.Bool && raw.True() == (x.Op == hclsyntax.OpLogicalOr) {
			return relocated(b, x.SrcRange), nil
		}
	}
	if fa != nil {
		return a, fa
	}
	if fb != nil {
		return b, fb
	}
	switch x.Op {
	case hclsyntax.OpEqual, hclsyntax.OpNotEqual:
		out := e.equal(a, b)
		if _, m := tf.Unmark(out); !out.IsKnown() && len(m.Refs) == 0 {
			out = out.Mark(tf.Ref{Unknown: tf.Unknown{Ref: e.source(x.SrcRange)}})
		}
		if raw, marks := out.Unmark(); raw.IsKnown() && x.Op == hclsyntax.OpNotEqual {
			out = raw.Not().WithMarks(marks)
		} else if x.Op == hclsyntax.OpNotEqual {
			out = e.derived(cty.Bool, "!", out)
		}
		return relocated(out, x.SrcRange), nil
	}
	return e.operate(x.Op, x.SrcRange, a, b)
}

// operate runs an arithmetic, logical or comparing operator.
func (e *evaluator) operate(op *hclsyntax.Operation, at hcl.Range, args ...cty.Value) (cty.Value, *hcl.Diagnostic) {
	raws := make([]cty.Value, len(args))
	sensitive := false
	for i, a := range args {
		raw, _ := a.Unmark()
		sensitive = sensitive || isSecret(a)
		if isString(raw) && tf.HasHole(raw.AsString()) || !raw.IsKnown() {
			return e.derived(op.Type, operator(op), args...), nil
		}
		c, err := convert.Convert(raw, op.Impl.Params()[i].Type)
		if err != nil {
			return cty.DynamicVal, fault(at, "Invalid operand", "An operand has the wrong type: "+sentence(err))
		}
		raws[i] = c
	}
	v, err := op.Impl.Call(raws)
	if err != nil {
		return cty.DynamicVal, fault(at, "Operation failed", sentence(err))
	}
	if sensitive {
		v = secret(v)
	}
	return located(v, at), nil
}

// operator names an operator.
func operator(op *hclsyntax.Operation) string {
	for name, o := range map[string]*hclsyntax.Operation{"||": hclsyntax.OpLogicalOr, "&&": hclsyntax.OpLogicalAnd, "!": hclsyntax.OpLogicalNot,
		">": hclsyntax.OpGreaterThan, ">=": hclsyntax.OpGreaterThanOrEqual, "<": hclsyntax.OpLessThan, "<=": hclsyntax.OpLessThanOrEqual,
		"+": hclsyntax.OpAdd, "-": hclsyntax.OpSubtract, "*": hclsyntax.OpMultiply, "/": hclsyntax.OpDivide, "%": hclsyntax.OpModulo, "neg": hclsyntax.OpNegate} {
		if o == op {
			return name
		}
	}
	return "operator"
}

// equal compares as Terraform does, but knows that a token is not the text that it stands for.
func (e *evaluator) equal(a, b cty.Value) cty.Value {
	is := same(a, b)
	if is == undecided {
		return e.derived(cty.Bool, "==", a, b)
	}
	refs := map[tf.Unknown]bool{}
	out := cty.BoolVal(is == yes)
	if e.gather(refs, a) || e.gather(refs, b) {
		out = secret(out)
	}
	return out
}

// same says whether two values are equal, as far as that is known.
func same(a, b cty.Value) outcome {
	rawA, markA := tf.Unmark(a)
	rawB, markB := tf.Unmark(b)
	nullA, nullB := rawA.IsKnown() && rawA.IsNull(), rawB.IsKnown() && rawB.IsNull()
	switch {
	case nullA && nullB:
		return yes
	case nullA || nullB:
		other := rawA
		marks := markA
		if nullA {
			other, marks = rawB, markB
		}
		if other.IsKnown() || other.Type() == lazyType || neverNull(marks) {
			return no
		}
		return undecided
	case !rawA.IsKnown() || !rawB.IsKnown():
		return sameUnknown(rawA, rawB, markA, markB)
	case rawA.Type() == lazyType || rawB.Type() == lazyType:
		return undecided
	case isString(rawA) && isString(rawB):
		return sameText(rawA.AsString(), rawB.AsString())
	case rawA.Type().IsPrimitiveType() || rawB.Type().IsPrimitiveType():
		if !rawA.Type().Equals(rawB.Type()) {
			return no
		}
		return of(rawA.RawEquals(rawB))
	}
	return sameCollections(a, b, rawA, rawB)
}

func of(b bool) outcome {
	if b {
		return yes
	}
	return no
}

// sameCollections compares collections. A list never equals a tuple, as in var.list == [], nor a map an object.
func sameCollections(a, b, rawA, rawB cty.Value) outcome {
	is := sameElements(a, b, rawA, rawB)
	x, y := rawA.Type(), rawB.Type()
	sameKind := x.IsTupleType() == y.IsTupleType() && x.IsListType() == y.IsListType() && x.IsObjectType() == y.IsObjectType()
	bothEmpty := is == yes && x.IsCollectionType() && rawA.LengthInt() == 0
	switch {
	case is == no || sameKind && !bothEmpty || x.Equals(y):
		return is
	case exact(a) && exact(b):
		return no
	}
	return undecided
}

func sameElements(a, b, rawA, rawB cty.Value) outcome {
	seqA, seqB := isSequence(rawA.Type()), isSequence(rawB.Type())
	if isOpen(a) || isOpen(b) || rawA.Type().IsSetType() && !(rawA.IsWhollyKnown() && rawB.IsWhollyKnown()) {
		return undecided
	}
	if seqA != seqB || rawA.LengthInt() != rawB.LengthInt() {
		return no
	}
	if !seqA {
		mapA, mapB := rawA.AsValueMap(), rawB.AsValueMap()
		result := yes
		for k, v := range mapA {
			w, ok := mapB[k]
			if !ok {
				return no
			}
			if o := same(v, w); o == no {
				return no
			} else if o == undecided {
				result = undecided
			}
		}
		return result
	}
	ea, eb := elements(a), elements(b)
	result := yes
	for i := range ea {
		if o := same(ea[i].value, eb[i].value); o == no {
			return no
		} else if o == undecided {
			result = undecided
		}
	}
	return result
}

func isSequence(t cty.Type) bool { return t.IsTupleType() || t.IsListType() || t.IsSetType() }

// neverNull says that an unknown value is one that AWS or Terraform will set.
func neverNull(m tf.Marks) bool {
	return len(m.Refs) == 1 && m.Refs[0].Kind != tf.AnyText
}

// sameUnknown compares an unknown value with another one: what is known of its kind may exclude equality.
func sameUnknown(a, b cty.Value, ma, mb tf.Marks) outcome {
	known, m := a, mb
	if !a.IsKnown() {
		known, m = b, ma
	}
	if !known.IsKnown() {
		if differentARNs(ma, mb) {
			return no
		}
		return undecided
	}
	if isString(known) && len(m.Refs) == 1 && !possible(m.Refs[0].Kind, known.AsString()) {
		return no
	}
	return undecided
}

// differentARNs says that two unknown values are the ARNs of two managed roles or users, which are never the same.
func differentARNs(a, b tf.Marks) bool {
	if len(a.Refs) != 1 || len(b.Refs) != 1 {
		return false
	}
	x, y := a.Refs[0], b.Refs[0]
	own := func(u tf.Unknown) bool {
		return (u.Kind == tf.RoleARN || u.Kind == tf.UserARN) && u.Of != "" && !strings.HasPrefix(u.Ref, "data.") && strings.HasSuffix(u.Ref, ".arn")
	}
	return own(x) && own(y) && x.Of != y.Of
}

// possible says whether a value of the kind may be the text.
func possible(k tf.UnknownKind, s string) bool {
	if tf.HasHole(s) || k == tf.AnyText {
		return true
	}
	if s == "" || strings.ContainsAny(s, "*? ") {
		return false
	}
	arn := strings.HasPrefix(s, "arn:")
	switch k {
	case tf.OwnAccount:
		return len(s) == 12 && strings.Trim(s, "0123456789") == ""
	case tf.OwnOrg:
		return strings.HasPrefix(s, "o-")
	case tf.PartitionID:
		return strings.HasPrefix(s, "aws")
	case tf.RoleARN, tf.UserARN, tf.CallerARN, tf.KeyARN, tf.OwnARN, tf.OIDCProvider, tf.SAMLProvider:
		return arn
	}
	return !arn
}

// sameText compares texts with tokens. A token may stand for any text, so only what is around it can tell.
func sameText(a, b string) outcome {
	if !tf.HasHole(a) && !tf.HasHole(b) {
		return of(a == b)
	}
	pa, sa, la := edges(a)
	pb, sb, lb := edges(b)
	n := min(len(pa), len(pb))
	m := min(len(sa), len(sb))
	switch {
	case pa[:n] != pb[:n], sa[len(sa)-m:] != sb[len(sb)-m:]:
		return no
	case !tf.HasHole(b) && la > len(b), !tf.HasHole(a) && lb > len(a):
		return no
	}
	return undecided
}

// edges returns the text before the first token, the text after the last one, and the length of all text.
func edges(s string) (prefix, suffix string, length int) {
	parts := tf.Parts(s)
	for i, p := range parts {
		if p.Hole >= 0 {
			continue
		}
		length += len(p.Text)
		if i == 0 {
			prefix = p.Text
		}
		if i == len(parts)-1 {
			suffix = p.Text
		}
	}
	return prefix, suffix, length
}
