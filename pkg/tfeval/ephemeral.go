package tfeval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tfsource"
)

// ephemeral says whether a part of what an expression gives may be ephemeral, and whether all of it surely is: what a template or
// an operator makes of something ephemeral is. Functions and conditions may leave that out.
func (e *Evaluator) ephemeral(s *scope, x hclsyntax.Expression) (some, all bool) {
	any := func(parts ...hclsyntax.Expression) (some, all bool) {
		for _, p := range parts {
			part, whole := e.ephemeral(s, p)
			some, all = some || part, all || whole
		}
		return some, all
	}
	switch x := x.(type) {
	case *hclsyntax.ParenthesesExpr:
		return any(x.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return any(x.Wrapped)
	case *hclsyntax.TemplateExpr:
		return any(x.Parts...)
	case *hclsyntax.BinaryOpExpr:
		return any(x.LHS, x.RHS)
	case *hclsyntax.UnaryOpExpr:
		return any(x.Val)
	case *hclsyntax.ScopeTraversalExpr:
		return e.ephemeralReference(s, x.Traversal)
	}
	for _, t := range x.Variables() {
		part, _ := e.ephemeralReference(s, t)
		some = some || part
	}
	return some, false
}

func (e *Evaluator) ephemeralReference(s *scope, t hcl.Traversal) (some, all bool) {
	m, name := s.inst.Module, tfsource.AttrName(t, 1)
	switch t.RootName() {
	case "ephemeral":
		return true, true
	case "var":
		v := m.Variables[name]
		return v != nil && v.Ephemeral, v != nil && v.Ephemeral
	case "local":
		a := m.Locals[name]
		if a == nil {
			return false, false
		}
		r, done := e.result(memoKey{inst: s.inst, kind: "ephemeral", name: name}, func() any {
			some, all := e.ephemeral(s.inst.scope(), a.Expr)
			return [2]bool{some, all}
		}).([2]bool)
		return r[0] || !done, r[1] && len(t) == 2
	case "module":
		c := m.Calls[name]
		if c == nil || c.Module == nil {
			return false, false
		}
		for _, step := range t[2:] { // behind the key of an instance
			if attr, ok := step.(hcl.TraverseAttr); ok {
				out := c.Module.Outputs[attr.Name]
				ephemeral := out != nil && tfsource.Declares(out, "ephemeral")
				return ephemeral, ephemeral
			}
		}
	}
	return false, false
}
