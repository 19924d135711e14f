package iam

import "github.com/keyproof/keyproof/pkg/aws"

// Kind is what a policy governs, as reports spell it.
type Kind string

// The kinds. A grant is no document: [Validate] takes the others only.
const (
	Key      Kind = "key"      // a key policy: who may use the key
	Trust    Kind = "trust"    // who may assume a role
	Identity Kind = "identity" // what a principal may do
	Grant    Kind = "grant"    // what a grant gives to its grantee
)

// MaxSize is how many characters AWS accepts for a document of the kind at most, see [ValidateWithin].
func (k Kind) MaxSize() int {
	switch k {
	case Trust:
		return aws.TrustPolicySize
	case Identity:
		return aws.RolePolicySize
	}
	return aws.KeyPolicySize
}
