package iam

import (
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

func object(kv ...any) cty.Value {
	m := map[string]cty.Value{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i].(string)] = val(kv[i+1])
	}
	return cty.ObjectVal(m)
}

func val(v any) cty.Value {
	switch v := v.(type) {
	case string:
		return cty.StringVal(v)
	case cty.Value:
		return v
	case []any:
		return tuple(v...)
	}
	return cty.DynamicVal
}

func tuple(vs ...any) cty.Value {
	var out []cty.Value
	for _, v := range vs {
		out = append(out, val(v))
	}
	return cty.TupleVal(out)
}

func TestSmoke(t *testing.T) {
	var holes tf.Holes
	u := cty.UnknownVal(cty.String).Mark(tf.Ref{Unknown: tf.Unknown{Ref: "aws_iam_role.x.arn", Kind: tf.RoleARN}})
	text, diags := RenderDocument(object("statement", tuple(object("actions", tuple("a", "b"), "principals", tuple(object("type", "AWS", "identifiers", tuple(u, "*"))))),
		"source_policy_documents", tuple(u, "{\"Statement\":[{\"Principal\":\"x\",\"Condition\":{\"A\":{\"b\":1,\"c\":[\"x\"]}}}]}")), &holes)
	t.Log(text.S, text.Holes, diags)
}
