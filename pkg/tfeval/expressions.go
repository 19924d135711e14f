package tfeval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// evaluate computes an expression. What cannot be computed here is an unknown value; what Terraform would refuse is a fault.
func (e *Evaluator) evaluate(s *scope, x hclsyntax.Expression) (cty.Value, *hcl.Diagnostic) {
	if !e.Step(1) || e.overflow { // nothing of this outcome will be used
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(x.Range())}), nil
	}
	if e.depth++; e.depth > maxDepth {
		e.depth--
		e.Warn(x.Range(), "Expression is nested too deeply", "It is treated as unknown.")
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(x.Range())}), nil
	}
	defer func() { e.depth-- }()
	switch x := x.(type) {
	case *hclsyntax.LiteralValueExpr:
		return e.literal(x)
	case *hclsyntax.TemplateExpr:
		return e.quoted(s, x)
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
	return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(x.Range())}), nil
}

func (e *Evaluator) literal(x *hclsyntax.LiteralValueExpr) (cty.Value, *hcl.Diagnostic) {
	if x.Val == cty.DynamicVal || value.IsString(x.Val) && unknown.HasHole(x.Val.AsString()) {
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(x.SrcRange)}), nil
	}
	return e.bounded(value.Located(x.Val, x.SrcRange), x.SrcRange), nil
}

func (e *Evaluator) quoted(s *scope, x *hclsyntax.TemplateExpr) (cty.Value, *hcl.Diagnostic) {
	b := e.NewBuilder(x.SrcRange)
	for _, p := range x.Parts {
		if lit, ok := p.(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type() == cty.String && lit.Val.IsKnown() && !lit.Val.IsNull() {
			if unknown.HasHole(lit.Val.AsString()) {
				return value.UnknownOf(cty.String, unknown.Symbol{Ref: e.Source(x.SrcRange)}), nil // an escape sequence looks like a token
			}
			b.Literal(lit.Val.AsString(), lit.SrcRange)
			continue
		}
		v, f := e.eval(s, p)
		if f != nil {
			return cty.DynamicVal, f
		}
		e.asks(v, cty.String)
		if f := b.Value(v, p.Range()); f != nil {
			return cty.DynamicVal, f
		}
		if b.TooLong() {
			break
		}
	}
	return b.Result(), nil
}

// templateJoin is a %{ for } directive: its parts are the results of the loop.
func (e *Evaluator) templateJoin(s *scope, x *hclsyntax.TemplateJoinExpr) (cty.Value, *hcl.Diagnostic) {
	v, f := e.eval(s, x.Tuple)
	if f != nil {
		return v, f
	}
	raw, _ := v.Unmark()
	if !raw.IsKnown() || v.HasMark(value.Open) {
		return e.Derived(cty.String, "%{for}", v), nil
	}
	b := e.NewBuilder(x.Range())
	for _, el := range value.Elements(v) {
		if f := b.Value(el.Value, x.Range()); f != nil {
			return cty.DynamicVal, f
		}
		if b.TooLong() {
			break
		}
	}
	return b.Result(), nil
}

func (e *Evaluator) tuple(s *scope, x *hclsyntax.TupleConsExpr) (cty.Value, *hcl.Diagnostic) {
	vals := make([]cty.Value, 0, len(x.Exprs))
	for _, p := range x.Exprs {
		v, f := e.eval(s, p)
		if f != nil {
			return v, f
		}
		vals = append(vals, value.Located(v, p.Range()))
	}
	return value.Sequence(vals, false).Mark(unknown.Origin{Range: x.SrcRange}), nil
}

func (e *Evaluator) object(s *scope, x *hclsyntax.ObjectConsExpr) (cty.Value, *hcl.Diagnostic) {
	vals := make(map[string]cty.Value, len(x.Items))
	named := false // by something sensitive
	for _, item := range x.Items {
		k, f := e.eval(s, item.KeyExpr)
		if f != nil {
			return k, f
		}
		e.asks(k, cty.String)
		key, f := e.KeyText(k, item.KeyExpr.Range())
		if f != nil {
			return cty.DynamicVal, f
		}
		v, f := e.eval(s, item.ValueExpr)
		if f != nil {
			return v, f
		}
		e.Put(e.Decide, vals, key, value.Located(v, item.ValueExpr.Range()))
		named = named || value.IsSecret(k)
	}
	v := value.Object(vals).Mark(unknown.Origin{Range: x.SrcRange})
	return value.SecretIf(named, v), nil
}

func (e *Evaluator) objectKey(s *scope, x *hclsyntax.ObjectConsKeyExpr) (cty.Value, *hcl.Diagnostic) {
	if !x.ForceNonLiteral {
		if word := hcl.ExprAsKeyword(x.Wrapped); word != "" {
			return value.Located(cty.StringVal(word), x.Range()), nil
		}
	}
	return e.eval(s, x.Wrapped)
}

func (e *Evaluator) scopeTraversal(s *scope, x *hclsyntax.ScopeTraversalExpr) (cty.Value, *hcl.Diagnostic) {
	root := x.Traversal.RootName()
	if v, ok := s.bound(root); ok {
		return e.traverse(v, x.Traversal[1:])
	}
	if s.sealed() {
		return cty.DynamicVal, value.Fault(x.SrcRange, "Unknown variable in a template", fmt.Sprintf("The template is given no variable %q.", root))
	}
	return e.reference(s, x.Traversal)
}

func (e *Evaluator) indexExpr(s *scope, x *hclsyntax.IndexExpr) (cty.Value, *hcl.Diagnostic) {
	k, f := e.eval(s, x.Key)
	if f != nil {
		return k, f
	}
	if name := s.localName(x.Collection); name != "" {
		if key, ok := plainKey(k); ok {
			if v, f, ok := e.localMember(s.inst, name, key, x.SrcRange); ok {
				return v, f
			}
		}
	}
	v, f := e.eval(s, x.Collection)
	if f != nil {
		return v, f
	}
	if picked, ok := e.Pick(e.Decide, v, k, cty.NilVal); ok {
		e.Unsure++ // there may be no element with the key
		return picked, nil
	}
	return e.Index(v, k, x.SrcRange)
}

const maxDepth = 600
