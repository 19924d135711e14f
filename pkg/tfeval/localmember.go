package tfeval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// A local value is often a table of which an expression takes one row. Only that one is evaluated, so that what the others
// depend on makes no outcomes.

// memberStep takes the first step of a traversal if it names a member, "" otherwise.
func memberStep(t hcl.Traversal) (string, hcl.Traversal) {
	if len(t) == 0 {
		return "", nil
	}
	switch step := t[0].(type) {
	case hcl.TraverseAttr:
		return step.Name, t[1:]
	case hcl.TraverseIndex:
		if key, ok := plainKey(step.Key); ok {
			return key, t[1:]
		}
	}
	return "", nil
}

// plainKey is a key that is a known text.
func plainKey(k cty.Value) (string, bool) {
	raw, _ := k.Unmark()
	if value.IsSecret(k) || !value.IsString(raw) || unknown.HasHole(raw.AsString()) {
		return "", false
	}
	return raw.AsString(), true
}

// localMember is a member of a local value that is written as an object with literal names; false where it is not.
func (e *Evaluator) localMember(i *Instance, name, key string, at hcl.Range) (cty.Value, *hcl.Diagnostic, bool) {
	a := i.Module.Locals[name]
	if a == nil {
		return cty.NilVal, nil, false
	}
	x := memberOf(a.Expr, key)
	if x == nil {
		return cty.NilVal, nil, false
	}
	v, f := e.once(memoKey{inst: i, kind: "local", name: "local." + name, key: key}, at, func() (cty.Value, *hcl.Diagnostic) {
		return e.evalOr(i.scope(), x, value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: "local." + name + "." + key})), nil
	})
	return v, f, true
}

// memberOf is the expression of the member with that name, nil where the names of the object are not all literal.
func memberOf(x hclsyntax.Expression, key string) hclsyntax.Expression {
	for {
		p, ok := x.(*hclsyntax.ParenthesesExpr)
		if !ok {
			break
		}
		x = p.Expression
	}
	object, ok := x.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	var found hclsyntax.Expression
	for _, item := range object.Items {
		name, ok := literalName(item.KeyExpr)
		if !ok {
			return nil
		}
		if name == key {
			found = item.ValueExpr
		}
	}
	return found
}

// literalName is the name of a member that is written down.
func literalName(x hclsyntax.Expression) (string, bool) {
	k, ok := x.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return "", false
	}
	if word := hcl.ExprAsKeyword(k.Wrapped); word != "" && !k.ForceNonLiteral {
		return word, true
	}
	if t, ok := k.Wrapped.(*hclsyntax.TemplateExpr); ok && t.IsStringLiteral() {
		v, diags := t.Value(nil)
		return v.AsString(), !diags.HasErrors()
	}
	return "", false
}

// localName is the local value that an expression is, "" where it is none.
func (s *scope) localName(x hclsyntax.Expression) string {
	t, ok := x.(*hclsyntax.ScopeTraversalExpr)
	if !ok || len(t.Traversal) != 2 || t.Traversal.RootName() != "local" || s.sealed() {
		return ""
	}
	if _, bound := s.bound("local"); bound {
		return ""
	}
	return tfsource.AttrName(t.Traversal, 1)
}
