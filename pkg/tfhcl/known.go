package tfhcl

import "github.com/zclconf/go-cty/cty"

// known is what a plan knows.
type known struct {
	timestamp string
}

func (k *known) variable(e *evaluator, name string, v cty.Value) cty.Value { return v }

func (k *known) attribute(r *resourceInstance, name string) (cty.Value, bool) {
	return cty.NilVal, false
}
