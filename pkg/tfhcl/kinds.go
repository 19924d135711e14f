package tfhcl

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// foreign is what a kind says when the account may be another one than the own.
func foreign(k unknown.Kind) unknown.Kind {
	switch k {
	case unknown.OwnAccount, unknown.OwnOrg:
		return unknown.PlainName
	case unknown.PartitionID, unknown.RegionName, unknown.PlainName, unknown.KeyID, unknown.UniqueID, unknown.KeyARN:
		return k
	}
	return unknown.AnyText
}

// stringNames are endings of names of attributes that hold one string.
var stringNames = []string{"arn", "id", "name", "json", "body", "url", "secret_string", "endpoint", "hex"}

// attributeType is the type of an unknown attribute where its name tells.
func attributeType(k unknown.Kind, name string) cty.Type {
	if k != unknown.AnyText {
		return cty.String
	}
	for _, end := range stringNames {
		if name == end || strings.HasSuffix(name, "_"+end) {
			return cty.String
		}
	}
	return cty.DynamicPseudoType
}
