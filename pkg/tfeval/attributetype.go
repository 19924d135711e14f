package tfeval

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

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
