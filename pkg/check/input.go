package check

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
)

// Input is what one input holds, and how it is judged.
type Input struct {
	// Number is the input's place in the report.
	Number int
	Plan   *tf.Plan
	Set    *extract.Set
	// Untrusted says that nothing may be assumed: the author of the plan wants it to pass.
	Untrusted bool
	// Sources says that there is no plan, only sources; then findings have no status.
	Sources bool
	// Subject has the own account and organization, the trusted ones, the time and the breadth of addresses.
	Subject access.Subject
	// Owners are the accounts and regions of the provider configurations.
	Owners            *Owners
	MinDeletionWindow int
	// Memory is what runs share on the input as it is and with other policies.
	Memory *Memory
	// Locate makes a location of a range; hidden ones are shown without an excerpt.
	Locate func(at hcl.Range, hidden bool) *finding.Location
}
