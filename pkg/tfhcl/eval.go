package tfhcl

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// scope is where an expression is evaluated: a module instance, and names that are bound around it.
type scope struct {
	inst   *instance
	parent *scope
	vars   map[string]cty.Value
	splat  map[*hclsyntax.AnonSymbolExpr]cty.Value
	only   bool // a template file sees nothing but vars
}

func (s *scope) with(vars map[string]cty.Value) *scope {
	return &scope{inst: s.inst, parent: s, vars: vars}
}

func (s *scope) bound(name string) (cty.Value, bool) {
	for at := s; at != nil; at = at.parent {
		if v, ok := at.vars[name]; ok {
			return v, true
		}
		if at.only {
			break
		}
	}
	return cty.NilVal, false
}

func (s *scope) sealed() bool {
	for at := s; at != nil; at = at.parent {
		if at.only {
			return true
		}
	}
	return false
}

// eval computes an expression. What cannot be computed here is an unknown value; what Terraform would refuse is a fault.
func (e *evaluator) eval(s *scope, x hclsyntax.Expression) (cty.Value, *hcl.Diagnostic) {
	if !e.step(1) {
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.source(x.Range())}), nil
	}
	if e.depth++; e.depth > maxDepth {
		e.depth--
		e.warn(x.Range(), "Expression is nested too deeply", "It is treated as unknown.")
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.source(x.Range())}), nil
	}
	defer func() { e.depth-- }()
	switch x := x.(type) {
	case *hclsyntax.LiteralValueExpr:
		return e.literal(x)
	case *hclsyntax.TemplateExpr:
		return e.template(s, x)
	case *hclsyntax.TemplateWrapExpr:
		return e.eval(s, x.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		return e.templateJoin(s, x)
	case *hclsyntax.ParenthesesExpr:
		return e.eval(s, x.Expression)
	case *hclsyntax.ScopeTraversalExpr:
		return e.scopeTraversal(s, x)
	case *hclsyntax.RelativeTraversalExpr:
		v, f := e.eval(s, x.Source)
		if f != nil {
			return v, f
		}
		return e.traverse(v, x.Traversal)
	case *hclsyntax.IndexExpr:
		return e.indexExpr(s, x)
	case *hclsyntax.SplatExpr:
		return e.splat(s, x)
	case *hclsyntax.AnonSymbolExpr:
		for at := s; at != nil; at = at.parent {
			if v, ok := at.splat[x]; ok {
				return v, nil
			}
		}
		return cty.DynamicVal, nil
	case *hclsyntax.TupleConsExpr:
		return e.tuple(s, x)
	case *hclsyntax.ObjectConsExpr:
		return e.object(s, x)
	case *hclsyntax.ObjectConsKeyExpr:
		return e.objectKey(s, x)
	case *hclsyntax.ConditionalExpr:
		return e.conditional(s, x)
	case *hclsyntax.ForExpr:
		return e.forExpr(s, x)
	case *hclsyntax.BinaryOpExpr:
		return e.binary(s, x)
	case *hclsyntax.UnaryOpExpr:
		return e.unary(s, x)
	case *hclsyntax.FunctionCallExpr:
		return e.call(s, x)
	}
	return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.source(x.Range())}), nil
}

func (e *evaluator) literal(x *hclsyntax.LiteralValueExpr) (cty.Value, *hcl.Diagnostic) {
	if x.Val == cty.DynamicVal || isString(x.Val) && unknown.HasHole(x.Val.AsString()) {
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.source(x.SrcRange)}), nil
	}
	return located(x.Val, x.SrcRange), nil
}

func (e *evaluator) template(s *scope, x *hclsyntax.TemplateExpr) (cty.Value, *hcl.Diagnostic) {
	b := e.newBuilder(x.SrcRange)
	for _, p := range x.Parts {
		if lit, ok := p.(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type() == cty.String && lit.Val.IsKnown() && !lit.Val.IsNull() {
			if unknown.HasHole(lit.Val.AsString()) {
				return unknownOf(cty.String, unknown.Symbol{Ref: e.source(x.SrcRange)}), nil // an escape sequence looks like a token
			}
			b.literal(lit.Val.AsString(), lit.SrcRange)
			continue
		}
		v, f := e.eval(s, p)
		if f != nil {
			return cty.DynamicVal, f
		}
		if f := b.value(v, p.Range()); f != nil {
			return cty.DynamicVal, f
		}
		if b.tooLong() {
			break
		}
	}
	return b.result(), nil
}

// templateJoin is a %{ for } directive: its parts are the results of the loop.
func (e *evaluator) templateJoin(s *scope, x *hclsyntax.TemplateJoinExpr) (cty.Value, *hcl.Diagnostic) {
	v, f := e.eval(s, x.Tuple)
	if f != nil {
		return v, f
	}
	raw, _ := v.Unmark()
	if !raw.IsKnown() || v.HasMark(open) {
		return e.derived(cty.String, "%{for}", v), nil
	}
	b := e.newBuilder(x.Range())
	for _, el := range elements(v) {
		if f := b.value(el.value, x.Range()); f != nil {
			return cty.DynamicVal, f
		}
		if b.tooLong() {
			break
		}
	}
	return b.result(), nil
}

func (e *evaluator) tuple(s *scope, x *hclsyntax.TupleConsExpr) (cty.Value, *hcl.Diagnostic) {
	vals := make([]cty.Value, 0, len(x.Exprs))
	for _, p := range x.Exprs {
		v, f := e.eval(s, p)
		if f != nil {
			return v, f
		}
		vals = append(vals, located(v, p.Range()))
	}
	return sequence(vals, false).Mark(unknown.Origin{Range: x.SrcRange}), nil
}

func (e *evaluator) object(s *scope, x *hclsyntax.ObjectConsExpr) (cty.Value, *hcl.Diagnostic) {
	vals := make(map[string]cty.Value, len(x.Items))
	named := false // by something sensitive
	for _, item := range x.Items {
		k, f := e.eval(s, item.KeyExpr)
		if f != nil {
			return k, f
		}
		key, f := e.keyText(k, item.KeyExpr.Range())
		if f != nil {
			return cty.DynamicVal, f
		}
		v, f := e.eval(s, item.ValueExpr)
		if f != nil {
			return v, f
		}
		vals[key], named = located(v, item.ValueExpr.Range()), named || isSecret(k)
	}
	v := object(vals).Mark(unknown.Origin{Range: x.SrcRange})
	if named {
		v = secret(v)
	}
	return v, nil
}

// keyText is the name of a member. A name that is not known is a token.
func (e *evaluator) keyText(k cty.Value, at hcl.Range) (string, *hcl.Diagnostic) {
	raw, _ := k.Unmark()
	switch {
	case !raw.IsKnown():
		return e.holes.Add(e.unknown(k)), nil
	case raw.IsNull():
		return "", fault(at, "Null value as a key", "The name of a member must not be null.")
	}
	str, err := plainString(raw)
	if err != nil {
		return "", fault(at, "Invalid key", "The name of a member must be a string: "+reason(err, k))
	}
	return str, nil
}

func (e *evaluator) objectKey(s *scope, x *hclsyntax.ObjectConsKeyExpr) (cty.Value, *hcl.Diagnostic) {
	if !x.ForceNonLiteral {
		if word := hcl.ExprAsKeyword(x.Wrapped); word != "" {
			return located(cty.StringVal(word), x.Range()), nil
		}
	}
	return e.eval(s, x.Wrapped)
}

func (e *evaluator) scopeTraversal(s *scope, x *hclsyntax.ScopeTraversalExpr) (cty.Value, *hcl.Diagnostic) {
	root := x.Traversal.RootName()
	if v, ok := s.bound(root); ok {
		return e.traverse(v, x.Traversal[1:])
	}
	if s.sealed() {
		return cty.DynamicVal, fault(x.SrcRange, "Unknown variable in a template", fmt.Sprintf("The template is given no variable %q.", root))
	}
	return e.reference(s, x.Traversal)
}

func (e *evaluator) traverse(v cty.Value, steps hcl.Traversal) (cty.Value, *hcl.Diagnostic) {
	for _, st := range steps {
		var f *hcl.Diagnostic
		switch st := st.(type) {
		case hcl.TraverseAttr:
			v, f = e.getAttr(v, st.Name, st.SrcRange)
		case hcl.TraverseIndex:
			v, f = e.index(v, st.Key, st.SrcRange)
		default:
			return e.derived(cty.DynamicPseudoType, e.source(st.SourceRange()), v), nil
		}
		if f != nil {
			return v, f
		}
	}
	return v, nil
}

func (e *evaluator) indexExpr(s *scope, x *hclsyntax.IndexExpr) (cty.Value, *hcl.Diagnostic) {
	v, f := e.eval(s, x.Collection)
	if f != nil {
		return v, f
	}
	k, f := e.eval(s, x.Key)
	if f != nil {
		return k, f
	}
	return e.index(v, k, x.SrcRange)
}

// getAttr reads a member by name.
func (e *evaluator) getAttr(v cty.Value, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	raw, marks := v.Unmark()
	ty := raw.Type()
	switch {
	case raw.IsNull() && raw.IsKnown():
		return cty.DynamicVal, fault(at, "Attribute of a null value", fmt.Sprintf("The value is null and has no attribute %q.", name))
	case ty == lazyType:
		out, f := lazyOf(raw).attr(name)
		return inherit(out, withoutOrigins(marks), false), f
	case !raw.IsKnown():
		return e.unknownMember(v, name, at)
	case ty.IsObjectType() && ty.HasAttribute(name):
		return inherit(raw.GetAttr(name), marks, false), nil
	case ty.IsMapType() && raw.HasIndex(cty.StringVal(name)).True():
		return inherit(raw.Index(cty.StringVal(name)), marks, false), nil
	case isOpen(v):
		return e.example(v, cty.DynamicPseudoType), nil
	case ty.IsListType() || ty.IsTupleType():
		if n, err := strconv.Atoi(name); err == nil {
			return e.index(v, cty.NumberIntVal(int64(n)), at)
		}
	}
	return cty.DynamicVal, fault(at, "Unsupported attribute", fmt.Sprintf("The value has no attribute %q.", name))
}

// example is an element of an open collection. All instances of a resource are alike; nothing else is.
func (e *evaluator) example(v cty.Value, elem cty.Type) cty.Value {
	e.unsure++
	if els := elements(v); len(els) == 1 && els[0].value.Type() == lazyType {
		return els[0].value
	}
	return e.derived(elem, "[*]", v)
}

// unknownMember is a member of a value that is unknown itself.
func (e *evaluator) unknownMember(v cty.Value, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	raw, m := unknown.Unmark(v)
	ty := cty.DynamicPseudoType
	switch t := raw.Type(); {
	case t.IsObjectType() && t.HasAttribute(name):
		ty = t.AttributeType(name)
	case t.IsObjectType(), t.IsPrimitiveType():
		return cty.DynamicVal, fault(at, "Unsupported attribute", fmt.Sprintf("The value has no attribute %q.", name))
	case t.IsMapType():
		ty = t.ElementType()
	}
	if !raw.Type().IsObjectType() {
		e.unsure++
	}
	var refs []unknown.Symbol
	for _, r := range m.Refs {
		r.Ref, r.Kind, r.Of = r.Ref+"."+name, unknown.AnyText, ""
		refs = append(refs, r)
	}
	out := unknownOf(ty, refs...)
	if m.Sensitive {
		out = secret(out)
	}
	return out, nil
}

// index reads an element by its key or number. What is found by something sensitive is sensitive.
func (e *evaluator) index(v, k cty.Value, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	if !isSecret(k) {
		return e.element(v, k, at)
	}
	if raw, _ := v.Unmark(); !raw.IsKnown() {
		e.unsure++
		return e.derived(cty.DynamicPseudoType, "[]", v, k), nil // named as a whole
	}
	out, f := e.element(v, k, at)
	if f != nil {
		return out, fault(at, f.Summary, "The index is sensitive, so it is not shown.")
	}
	return secret(out), nil
}

func (e *evaluator) element(v, k cty.Value, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	raw, marks := v.Unmark()
	key, _ := k.Unmark()
	ty := raw.Type()
	elem := cty.DynamicPseudoType
	if ty.IsCollectionType() {
		elem = ty.ElementType()
	}
	switch {
	case raw.IsNull() && raw.IsKnown():
		return cty.DynamicVal, fault(at, "Index of a null value", "The value is null and has no elements.")
	case key.IsNull() && key.IsKnown():
		return cty.DynamicVal, fault(at, "Null value as an index", "The index must not be null.")
	case ty == lazyType && isString(key):
		return e.getAttr(v, key.AsString(), at)
	case !raw.IsKnown():
		if isString(key) && !unknown.HasHole(key.AsString()) && (ty == cty.DynamicPseudoType || ty.IsMapType() || ty.IsObjectType()) {
			return e.unknownMember(v, key.AsString(), at)
		}
		e.unsure++
		return e.derived(elem, "[]", v, k), nil
	case !key.IsKnown(), isString(key) && unknown.HasHole(key.AsString()):
		if raw.LengthInt() == 0 {
			return cty.DynamicVal, fault(at, "Invalid index", "The collection has no elements.")
		}
		e.unsure++
		return e.derived(elem, "[]", v, k), nil
	case ty.IsObjectType(), ty.IsMapType():
		str, err := convert.Convert(key, cty.String)
		if err != nil {
			return cty.DynamicVal, fault(at, "Invalid index", "The index must be a string: "+sentence(err))
		}
		out, f := e.getAttr(v, str.AsString(), at)
		if f != nil {
			return out, fault(at, "Invalid index", "The collection has no element with this key.")
		}
		return out, nil
	case ty.IsTupleType(), ty.IsListType():
		if isOpen(v) {
			return e.example(v, elem), nil
		}
		n, err := convert.Convert(key, cty.Number)
		if err != nil {
			return cty.DynamicVal, fault(at, "Invalid index", "The index must be a number: "+sentence(err))
		}
		i, acc := n.AsBigFloat().Int64()
		if acc != 0 || i < 0 || i >= int64(raw.LengthInt()) {
			return cty.DynamicVal, fault(at, "Invalid index", "The collection has no element with this number.")
		}
		return inherit(raw.Index(cty.NumberIntVal(i)), marks, false), nil
	}
	return cty.DynamicVal, fault(at, "Invalid index", "A value of this type has no elements.")
}

// conditionKey identifies an unknown condition by what it is computed from.
func (e *evaluator) conditionKey(v cty.Value) string { return signature(v) }
