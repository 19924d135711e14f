package function

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// membersOf are the texts of the first set that are in the second one, or those that are not. What is certain of the kind of a
// text that is not known may tell; where it does not, it is left to otherwise.
func membersOf(in bool, otherwise function) function {
	return func(c *call) cty.Value {
		if len(c.args) != 2 {
			return otherwise(c)
		}
		var lists [2][]value.Element
		whole, secret := true, false
		for i := range lists {
			if a := c.args[i]; !a.IsKnown() || a.IsNull() || !value.IsSequence(a.Type()) || a.HasMark(value.Open) {
				return otherwise(c)
			}
			els := value.Elements(c.args[i])
			if !allTexts(els) {
				return otherwise(c)
			}
			lists[i], whole = els, whole && c.e.Plain(c.args[i]).IsWhollyKnown()
			secret = secret || slices.ContainsFunc(els, func(el value.Element) bool { return value.IsSecret(el.Value) })
		}
		if whole {
			return otherwise(c)
		}
		var vals []cty.Value
		for _, el := range lists[0] {
			is := value.No
			for _, other := range lists[1] {
				if o := c.e.Same(el.Value, other.Value); o == value.Yes || o == value.Undecided && is == value.No {
					is = o
				}
			}
			if is == value.Undecided {
				return otherwise(c)
			}
			if is == value.Yes == in {
				vals = append(vals, el.Value)
			}
		}
		out, err := value.ConvertTo(c.made(vals, false), cty.Set(cty.String))
		if err != nil {
			return c.fault(tfsource.Sentence(err))
		}
		return value.SecretIf(secret, out)
	}
}

func allTexts(els []value.Element) bool {
	for _, el := range els {
		if raw, _ := el.Value.Unmark(); raw.Type() != cty.String || raw.IsKnown() && raw.IsNull() {
			return false
		}
	}
	return true
}
