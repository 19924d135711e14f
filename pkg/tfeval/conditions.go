package tfeval

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/zclconf/go-cty/cty"
)

// nonEmpty is the key of the choice whether an unknown collection has elements.
func nonEmpty(coll cty.Value) string { return value.Signature(coll) + "\x00elements" }

// anyElement is the choice whether an unknown collection has elements, which is the value of x.
func (e *Evaluator) anyElement(coll cty.Value, x hclsyntax.Expression) *value.Choice {
	return &value.Choice{Key: nonEmpty(coll), Condition: "length(" + e.Source(x.Range()) + ") > 0", Waits: value.RefNames(coll)}
}

// connect remembers what the unknown result of a logical operator is made of.
func (e *Evaluator) connect(op *hclsyntax.Operation, out cty.Value, args ...cty.Value) {
	name := operator(op)
	if name != "&&" && name != "||" && name != "!" {
		return
	}
	var parts []string
	for _, a := range args {
		if a.IsKnown() {
			return
		}
		parts = append(parts, value.Signature(a))
	}
	e.made(out, name, parts...)
}

// counted remembers that a comparison of a length with a number says whether there are elements.
func (e *Evaluator) counted(op *hclsyntax.Operation, out cty.Value, args ...cty.Value) {
	if out.IsKnown() || len(args) != 2 {
		return
	}
	key, ok := e.lengths[value.Signature(args[0])]
	raw, _ := args[1].Unmark()
	if !ok || raw.Type() != cty.Number || !raw.IsKnown() || raw.IsNull() {
		return
	}
	zero, one := raw.RawEquals(cty.Zero), raw.RawEquals(cty.NumberIntVal(1))
	switch {
	case zero && (op == hclsyntax.OpGreaterThan || op == hclsyntax.OpNotEqual), one && op == hclsyntax.OpGreaterThanOrEqual:
		e.made(out, "", key)
	case zero && (op == hclsyntax.OpEqual || op == hclsyntax.OpLessThanOrEqual), one && op == hclsyntax.OpLessThan:
		e.made(out, "!", key)
	}
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
