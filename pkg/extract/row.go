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
	// read takes the policies out of one instance.
	read func(*extractor, row, *tf.Resource) []*Policy
}
