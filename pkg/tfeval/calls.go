package tfeval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/zclconf/go-cty/cty"
)

func (e *Evaluator) call(s *scope, x *hclsyntax.FunctionCallExpr) (cty.Value, *hcl.Diagnostic) {
	name := strings.TrimPrefix(x.Name, "core::")
	switch name {
	case "try":
		return e.try(s, x)
	case "can":
		return e.can(s, x)
	case "ephemeralasnull":
		return e.ephemeralAsNull(s, x)
	}
	args, spread, f := e.arguments(s, x)
	if f != nil {
		return cty.DynamicVal, f
	}
	unknown := spread != cty.NilVal && (!spread.IsKnown() || len(args) == 0) // of what it may hold nothing is shown
	if unknown {
		args = append(args, spread)
	}
	v, f := e.lib.Call(name, x.NameRange, x.Range(), args, unknown)
	if spread != cty.NilVal && !unknown && f == nil {
		v = e.ofMore(name, v, spread)
	}
	if name == "length" && f == nil && len(args) == 1 && !v.IsKnown() && !args[0].IsKnown() {
		if e.lengths == nil {
			e.lengths = map[string]string{}
		}
		e.lengths[value.Signature(v)] = nonEmpty(args[0])
	}
	return v, f
}

// ofMore is what a function makes of a list that is spread over its arguments and may hold more than it shows.
func (e *Evaluator) ofMore(name string, v, list cty.Value) cty.Value {
	raw, _ := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || raw.Type().IsSetType() || !raw.CanIterateElements() {
		return e.Derived(raw.Type(), name, v, list)
	}
	v = v.Mark(value.Open)
	if els, m := value.Elements(v), value.MakingOf(list); m != nil && len(els) == 1 {
		return value.MadeBy(v, value.Alike(els[0].Value, m.Perhaps))
	}
	return v
}

// arguments computes the arguments, and a list that is to be spread over further ones but is not known in full.
func (e *Evaluator) arguments(s *scope, x *hclsyntax.FunctionCallExpr) (args []cty.Value, spread cty.Value, f *hcl.Diagnostic) {
	for i, a := range x.Args {
		v, f := e.eval(s, a)
		if f != nil {
			return nil, cty.NilVal, f
		}
		if !x.ExpandFinal || i < len(x.Args)-1 {
			args = append(args, value.Located(v, a.Range()))
			continue
		}
		raw, _ := v.Unmark()
		switch {
		case !raw.IsKnown():
			return args, v, nil
		case raw.IsNull() || !value.IsSequence(raw.Type()):
			return nil, cty.NilVal, value.Fault(a.Range(), "Invalid expansion of an argument", "Only a list can be spread over arguments.")
		}
		for _, el := range value.Elements(v) {
			args = append(args, el.Value)
		}
		if v.HasMark(value.Open) {
			return args, v, nil
		}
	}
	return args, cty.NilVal, nil
}

// try is the first argument that evaluates without a fault. One that reads something which may not be there may still
// turn out either way.
func (e *Evaluator) try(s *scope, x *hclsyntax.FunctionCallExpr) (cty.Value, *hcl.Diagnostic) {
	for i, a := range x.Args {
		before := e.Unsure
		e.Quiet++
		v, f := e.eval(s, a)
		e.Quiet--
		if f != nil {
			continue
		}
		if i == len(x.Args)-1 || e.Unsure == before {
			return v, nil
		}
		e.Unsure = before // the arguments that follow stand in for it
		ch := value.Choice{Key: fmt.Sprint(a.Range(), s.inst.address()) + value.Signature(v) + "\x00try", Condition: "can(" + e.Source(a.Range()) + ")", Waits: e.Waits(a.Range(), v)}
		switch e.Decide(ch) {
		case value.Yes:
			return v, nil
		case value.Undecided:
			return e.Derived(cty.DynamicPseudoType, "try", v), nil
		}
	}
	return cty.DynamicVal, value.Fault(x.Range(), "Error in function call", "The call of try fails: no argument can be evaluated.")
}

func (e *Evaluator) can(s *scope, x *hclsyntax.FunctionCallExpr) (cty.Value, *hcl.Diagnostic) {
	if len(x.Args) != 1 {
		return cty.DynamicVal, value.Fault(x.Range(), "Error in function call", "The call of can fails: the number of arguments is wrong.")
	}
	before := e.Unsure
	e.Quiet++
	v, f := e.eval(s, x.Args[0])
	e.Quiet--
	if f == nil && e.Unsure > before {
		e.Unsure = before
		return value.NotNull(e.Derived(cty.Bool, "can", v)), nil
	}
	return value.Located(cty.BoolVal(f == nil), x.Range()), nil
}

// Template evaluates a template that sees nothing but vars.
func (e *Evaluator) Template(x hclsyntax.Expression, vars map[string]cty.Value) (cty.Value, *hcl.Diagnostic) {
	return e.eval(&scope{inst: e.Root, vars: vars, only: true}, x)
}

// PlanTime is when the plan was made, "" where that is not known.
func (e *Evaluator) PlanTime() string {
	if e.plan == nil {
		return ""
	}
	return e.plan.timestamp
}

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
	some, all := e.ephemeral(s, x.Args[0])
	raw, _ := args[0].Unmark()
	switch {
	case !some:
		return args[0], nil
	case all:
		return cty.NullVal(raw.Type()), nil
	}
	return e.Derived(cty.DynamicPseudoType, "ephemeralasnull", args[0]), nil // which parts of it are is not followed
}
