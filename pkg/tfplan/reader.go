package tfplan

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// reader reads one document into a plan.
type reader struct {
	*stream
	wanted wanted
	plan   *tf.Plan

	version string
	// hasChanges says that the plan lists its changes. Refresh-only plans do not: prior then stands for them. planned says
	// that it plans resources, hasPrior that it tells a state.
	hasChanges, planned, hasPrior bool
	// prior and current are the resources of the prior state and, in a state, of the values.
	prior, current stateResources
	// given are the values of the root module's variables, open the names of those that are not sensitive.
	given map[string]cty.Value
	open  map[string]bool
	// marked are the resources with values that are sensitive.
	marked map[*tf.Resource]bool
	// owned are the accounts in the state by the addresses of resource blocks.
	owned map[string]owned
}

// stateResources are the wanted resources of a state.
type stateResources struct {
	managed, data []*tf.Resource
	// all asks for managed resources, too.
	all bool
}

// owned is an account with the address of a resource that has it.
type owned struct{ account, address string }
