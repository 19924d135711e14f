package tfeval

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/zclconf/go-cty/cty"
)

// What is known of one unknown condition tells of those that it is made of, and the other way round: where a && b holds,
// a does. Worlds that differ in nothing but what cannot be are not told apart.

// formula is an unknown condition that is made of others: "!", "&&", "||", or "" where it is another one.
type formula struct {
	op    string
	parts []string // the keys of their choices
}

// nonEmpty is the key of the choice whether an unknown collection has elements.
func nonEmpty(coll cty.Value) string { return value.Signature(coll) + "\x00elements" }

// anyElement is the choice whether an unknown collection has elements, which is the value of x.
func (e *Evaluator) anyElement(coll cty.Value, x hclsyntax.Expression) *value.Choice {
	return &value.Choice{Key: nonEmpty(coll), Condition: "length(" + e.Source(x.Range()) + ") > 0", Waits: value.RefNames(coll)}
}

// made remembers what an unknown condition is made of.
func (c *choices) made(v cty.Value, op string, parts ...string) {
	if v.IsKnown() {
		return
	}
	if c.formulas == nil {
		c.formulas = map[string]formula{}
	}
	c.formulas[value.Signature(v)] = formula{op, parts}
}

// flip is the outcome of the opposite condition.
func flip(o value.Outcome) value.Outcome {
	switch o {
	case value.Yes:
		return value.No
	case value.No:
		return value.Yes
	}
	return value.Undecided
}

// maxFormula bounds how far conditions are followed into what they are made of.
const maxFormula = 32

// implied is the outcome of a condition that the world has, or that follows from it.
func (c *choices) implied(key string, depth int) value.Outcome {
	if o, ok := c.world[key]; ok {
		return o
	}
	f, ok := c.formulas[key]
	if !ok || depth > maxFormula {
		return value.Undecided
	}
	return c.follows(f, depth)
}

// follows is the outcome of a formula that its parts tell.
func (c *choices) follows(f formula, depth int) value.Outcome {
	ends, all := value.No, value.Yes // what one part decides, and what all of them do
	switch f.op {
	case "!":
		return flip(c.implied(f.parts[0], depth+1))
	case "":
		return c.implied(f.parts[0], depth+1)
	case "||":
		ends, all = value.Yes, value.No
	}
	for _, p := range f.parts {
		switch c.implied(p, depth+1) {
		case ends:
			return ends
		case value.Undecided:
			all = value.Undecided
		}
	}
	return all
}

// assume makes an outcome part of the world, with what follows from it.
func (c *choices) assume(key string, is value.Outcome, depth int) {
	if _, ok := c.world[key]; ok || depth > maxFormula {
		return
	}
	c.world[key] = is
	c.log = append(c.log, key)
	f, ok := c.formulas[key]
	switch {
	case !ok:
	case f.op == "!":
		c.assume(f.parts[0], flip(is), depth+1)
	case f.op == "", f.op == "&&" && is == value.Yes, f.op == "||" && is == value.No:
		for _, p := range f.parts {
			c.assume(p, is, depth+1)
		}
	}
}

// contradicts says that the world cannot be: what a condition is made of tells otherwise.
func (c *choices) contradicts() bool {
	for key, is := range c.world {
		if f, ok := c.formulas[key]; ok {
			if o := c.follows(f, 0); o != value.Undecided && o != is {
				return true
			}
		}
	}
	return false
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
