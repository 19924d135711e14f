package tfsource

import (
	"path"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxEarly is how deep locals and arguments that name a source may refer to each other, maxEarlySteps how many are looked at in
// all, and maxSource is longer than a source is.
const maxEarly, maxEarlySteps, maxSource = 30, 10_000, 1 << 12

// early evaluates what names the sources of modules.
type early struct {
	*Sources
	steps int
}

// source is what a module call names as the source of the module, "" where that is not known. OpenTofu evaluates it before all else,
// from constants, locals and variables, and refuses what is sensitive; Terraform takes a constant alone.
// https://opentofu.org/docs/language/modules/sources/
func (l *early) source(m *Module, c *ModuleCall) string {
	a := c.Body.Attributes["source"]
	if s := LiteralString(a); s != "" || a == nil || l.Options.Tool == Terraform {
		return s
	}
	if v := l.earlyValue(m, a.Expr, maxEarly); v.IsKnown() {
		return v.AsString()
	}
	return ""
}

// said is the source of a module call as it is written: a value from outside is not told.
func (l *early) said(c *ModuleCall) string {
	a := c.Body.Attributes["source"]
	if a == nil {
		return ""
	}
	if s := LiteralString(a); s != "" {
		return s
	}
	return string(l.SourceText(a.Expr.Range()))
}

// earlyValue is the text that an expression of constants, locals and variables comes to, and unknown for others, and for other values:
// these can be larger than what they are written with.
func (l *early) earlyValue(m *Module, x hclsyntax.Expression, depth int) cty.Value {
	if l.steps++; depth == 0 || l.steps > maxEarlySteps || !plain(x) {
		return cty.DynamicVal
	}
	vars, locals := map[string]cty.Value{}, map[string]cty.Value{}
	for _, t := range x.Variables() {
		name := AttrName(t, 1)
		switch a := m.Locals[name]; {
		case t.RootName() == "var" && vars[name] != cty.NilVal, t.RootName() == "local" && locals[name] != cty.NilVal:
		case t.RootName() == "var":
			vars[name] = l.earlyVariable(m, name, depth-1)
		case t.RootName() == "local" && a != nil:
			locals[name] = l.earlyValue(m, a.Expr, depth-1)
		default:
			return cty.DynamicVal
		}
	}
	v, diags := x.Value(&hcl.EvalContext{Variables: map[string]cty.Value{"var": cty.ObjectVal(vars), "local": cty.ObjectVal(locals)}})
	if diags.HasErrors() || v.Type() != cty.String || !v.IsKnown() || v.IsNull() || len(v.AsString()) > maxSource {
		return cty.DynamicVal
	}
	return v
}

// plain says whether an expression neither loops nor calls anything.
func plain(x hclsyntax.Expression) bool {
	is := true
	hclsyntax.VisitAll(x, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n.(type) {
		case *hclsyntax.ForExpr, *hclsyntax.SplatExpr, *hclsyntax.FunctionCallExpr, *hclsyntax.TemplateJoinExpr:
			is = false
		}
		return nil
	})
	return is
}

// earlyVariable is the value of a variable: what the caller gives, or what comes from outside, else the default.
func (l *early) earlyVariable(m *Module, name string, depth int) cty.Value {
	v := m.Variables[name]
	if v == nil || v.Sensitive || v.Ephemeral {
		return cty.DynamicVal
	}
	if m.parent != nil {
		if call := m.parent.Calls[path.Ext("." + m.path)[1:]]; call != nil && call.Body.Attributes[name] != nil {
			return l.earlyValue(m.parent, call.Body.Attributes[name].Expr, depth)
		}
	} else if x := l.Values[name]; x != nil {
		return l.earlyValue(m, x, depth)
	}
	if v.Fallback == nil {
		return cty.DynamicVal
	}
	return l.earlyValue(m, v.Fallback, depth)
}
