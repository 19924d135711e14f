package value

import (
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Outcome is the answer to a question about values that may not be known.
type Outcome int8

const (
	Undecided Outcome = iota
	Yes
	No
)

// Choice is an unknown condition that evaluation came across.
type Choice struct {
	Key       string
	Condition string // for people
	Waits     []string
}

// OutcomeOf is the outcome of what is certain.
func OutcomeOf(b bool) Outcome {
	if b {
		return Yes
	}
	return No
}

// RefNames are the names of what an unknown value waits for.
func RefNames(v cty.Value) []string {
	_, m := unknown.Unmark(v)
	var out []string
	for _, r := range m.Refs {
		out = append(out, r.Ref)
	}
	return out
}
