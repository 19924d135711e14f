package tfhcl

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// foreign is what a kind says when the account may be another one than the own.
func foreign(k tf.UnknownKind) tf.UnknownKind {
	switch k {
	case tf.OwnAccount, tf.OwnOrg:
		return tf.PlainName
	case tf.PartitionID, tf.RegionName, tf.PlainName, tf.KeyID, tf.UniqueID, tf.KeyARN:
		return k
	}
	return tf.AnyText
}

// stringNames are endings of names of attributes that hold one string.
var stringNames = []string{"arn", "id", "name", "json", "body", "url", "secret_string", "endpoint", "hex"}

// attributeType is the type of an unknown attribute where its name tells.
func attributeType(k tf.UnknownKind, name string) cty.Type {
	if k != tf.AnyText {
		return cty.String
	}
	for _, end := range stringNames {
		if name == end || strings.HasSuffix(name, "_"+end) {
			return cty.String
		}
	}
	return cty.DynamicPseudoType
}
