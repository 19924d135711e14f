package check

import (
	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
)

// About is what was judged of a policy: for those who look for an edit of it.
type About struct {
	Policy *extract.Policy
	// Doc is the one document that the policy is, nil where it may be several or is not known.
	Doc *iam.Document
	// Subject is what it was judged as.
	Subject access.Subject
}
