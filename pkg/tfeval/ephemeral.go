package tfeval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// ephemeralAsNull is the argument with null for what of it is ephemeral, which no plan keeps.
// https://developer.hashicorp.com/terraform/language/functions/ephemeralasnull
func (e *Evaluator) ephemeralAsNull(s *scope, x *hclsyntax.FunctionCallExpr) (cty.Value, *hcl.Diagnostic) {
	args, _, f := e.arguments(s, x)
	if f != nil {
		return cty.DynamicVal, f
	}
	if len(args) != 1 {
		return cty.DynamicVal, value.Fault(x.Range(), "Error in function call", "The call of ephemeralasnull fails: the number of arguments is wrong.")
	}
	some, all := e.ephemeral(s, x.Args[0], 0)
	raw, _ := args[0].Unmark()
	switch {
	case !some:
		return args[0], nil
	case all || raw.Type().IsPrimitiveType():
		return cty.NullVal(raw.Type()), nil
	}
	return e.Derived(cty.DynamicPseudoType, "ephemeralasnull", args[0]), nil // which parts of it are is not followed
}

// maxEphemeral bounds how far locals are followed.
const maxEphemeral = 16

// ephemeral says whether a part of what an expression gives is ephemeral, and whether all of it surely is.
func (e *Evaluator) ephemeral(s *scope, x hclsyntax.Expression, depth int) (some, all bool) {
	if p, ok := x.(*hclsyntax.ParenthesesExpr); ok {
		x = p.Expression
	}
	_, bare := x.(*hclsyntax.ScopeTraversalExpr)
	for _, t := range x.Variables() {
		part, whole := e.ephemeralReference(s, t, depth)
		some, all = some || part, whole && bare
	}
	return some, all
}

func (e *Evaluator) ephemeralReference(s *scope, t hcl.Traversal, depth int) (some, all bool) {
	m, name := s.inst.Module, tfsource.AttrName(t, 1)
	switch t.RootName() {
	case "ephemeral":
		return true, true
	case "var":
		v := m.Variables[name]
		return v != nil && v.Ephemeral, v != nil && v.Ephemeral
	case "local":
		if a := m.Locals[name]; a != nil && depth < maxEphemeral {
			return e.ephemeral(s.inst.scope(), a.Expr, depth+1)
		}
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
