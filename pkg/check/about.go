package check

import (
	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
)

// About is what was judged of a policy: for those who look for an edit of it.
type About struct {
	Policy *extract.Policy
	// Docs are what the policy may be, one for each outcome of unknown conditions: none where it is not known.
	Docs []*iam.Document
	// Subject is what it was judged as.
	Subject access.Subject
}
