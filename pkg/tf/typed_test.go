package tf_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func TestTyped(t *testing.T) {
	for ref, want := range map[string]unknown.Kind{
		"data.aws_caller_identity.current.account_id":    unknown.OwnAccount,
		"data.aws_caller_identity.current[0].account_id": unknown.OwnAccount,
		"data.aws_caller_identity.current.user_id":       unknown.AnyText,
		"data.aws_caller_identity.current":               unknown.AnyText,
		"aws_iam_role.app.arn":                           unknown.RoleARN,
		`aws_iam_role.app["a.arn"].arn`:                  unknown.RoleARN,
		"aws_iam_role.app[*].arn":                        unknown.AnyText,
		"aws_iam_role.app.arn[0]":                        unknown.AnyText,
		"aws_iam_role.app.inline_policy[0].arn":          unknown.AnyText,
		"aws_kms_key.k.arn":                              unknown.KeyARN,
		"aws_kms_key.k.key_id":                           unknown.KeyID,
		"aws_sqs_queue.q.arn":                            unknown.OwnARN,
		"aws_lakeformation_resource.q.arn":               unknown.AnyText,
		"data.aws_sqs_queue.q.arn":                       unknown.OwnARN,
		"data.aws_secretsmanager_secret.s.arn":           unknown.AnyText,
		"data.aws_ssm_parameter.p.arn":                   unknown.AnyText,
		"data.aws_ssm_parameter.p.value":                 unknown.AnyText,
		"google_x.q.arn":                                 unknown.AnyText,
		"module.kms.arn":                                 unknown.AnyText,
		"module.kms.aws_iam_role.x.arn":                  unknown.AnyText,
		"var.aws_iam_role.x.arn":                         unknown.AnyText,
		"var.arn":                                        unknown.AnyText,
		"each.value.arn":                                 unknown.AnyText,
		"random_string.s.result":                         unknown.AnyText, // may hold * and :
		"data.aws_region.r.name":                         unknown.RegionName,
		"data.aws_organizations_organization.o.id":       unknown.OwnOrg,
		"":    unknown.AnyText,
		"a b": unknown.AnyText,
	} {
		if got := tf.Typed(ref, "x"); got != (unknown.Symbol{Ref: ref, Of: "x", Kind: want}) {
			t.Errorf("%s: got %+v, want kind %d", ref, got, want)
		}
	}
}

func TestParseReference(t *testing.T) {
	for _, c := range []struct{ in, config, attribute, path string }{
		{"aws_kms_key.k.arn", "aws_kms_key.k", "arn", "arn"},
		{`data.aws_x.y["a.b]"].json`, "data.aws_x.y", "json", "json"},
		{"aws_kms_key.k", "aws_kms_key.k", "", ""},
		{"aws_x.k.list[0].arn", "aws_x.k", "", "list arn"},
		{"module.m", "", "", ""},
		{`module.m["k"].out.a`, "", "", "out a"},
		{"var.x", "", "", "var x"},
		{"each.value", "", "", "each value"},
	} {
		r, ok := tf.ParseReference(c.in)
		path := ""
		for i, s := range r.Path {
			if i > 0 {
				path += " "
			}
			path += s.Name
		}
		if !ok || r.ConfigKey() != c.config || r.Attribute() != c.attribute || path != c.path {
			t.Errorf("%s: got %+v", c.in, r)
		}
	}
	for _, in := range []string{"", "x", ".x", "x.", "module", "data.x", `a.b["c`, "a[0].b"} {
		if r, ok := tf.ParseReference(in); ok {
			t.Errorf("%q was read as %+v", in, r)
		}
	}
}
