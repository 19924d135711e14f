package tfhcl

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

func (e *evaluator) documentJSON(r *resourceInstance, name string) cty.Value {
	return unknownOf(cty.String, tf.Unknown{Ref: r.ref() + "." + name})
}
