package value

import (
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Equal compares as Terraform does, but knows that a token is not the text that it stands for.
func (e *Run) Equal(a, b cty.Value) cty.Value {
	is := e.Same(a, b)
	if is == Undecided {
		return NotNull(e.Derived(cty.Bool, "==", a, b))
	}
	refs := map[unknown.Symbol]bool{}
	out := cty.BoolVal(is == Yes)
	return SecretIf(e.Gather(refs, a) || e.Gather(refs, b), out)
}

// Same says whether two values are equal, as far as that is known. What is certain of the parts of a text counts.
func (e *Run) Same(a, b cty.Value) Outcome {
	is := Same(a, b)
	if is == Undecided {
		is = Same(e.SpelledOut(a), e.SpelledOut(b))
	}
	return is
}
