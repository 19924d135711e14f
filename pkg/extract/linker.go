package extract

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
)

// linker joins policies to keys and holders.
type linker struct {
	*extractor
	set      *Set
	policies map[*tf.Resource]*Policy // the first policy of each resource
	keys     map[*tf.Resource]*Key
	holderOf map[*tf.Resource]*Holder
	outside  map[[2]string]*Holder
	anything map[*Holder]bool // holders that may have policies of which nothing is certain
	// byValue finds resources by the names that others have for them, address by their address.
	byValue map[*targetType]map[string][]*tf.Resource
	// byPath finds them by name, or path and name.
	byPath  map[pathsOf]map[string][]*tf.Resource
	address map[string]*tf.Resource
}

// pathsOf are the names of the resources of a type, with their paths or without.
type pathsOf struct {
	of       *targetType
	withPath bool
}

func isKey(res *tf.Resource) bool {
	return res.Mode == tf.Managed && res.Type != "aws_kms_key_policy" && slices.ContainsFunc(rowsOf(res), func(r row) bool { return r.kind == iam.Key })
}

// targetType is a kind of resource that others name, by the values of those attributes.
type targetType struct {
	is    func(*tf.Resource) bool
	names []string
	// named says that their ARNs end with their name.
	named bool
}
