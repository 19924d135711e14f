package extract

import (
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
)

// row is one attribute that holds a policy.
type row struct {
	typ       string
	attribute string
	kind      iam.Kind
	// optional says that AWS has a default policy where there is none.
	optional bool
	// elsewhere says that the type of hashicorp/aws has no such argument, but types that are read as it have.
	elsewhere bool
	// read takes the policies out of one instance.
	read func(*extractor, row, *tf.Resource) []*Policy
}
