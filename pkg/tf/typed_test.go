package tf_test

import (
	"slices"
	"testing"

	"github.com/keyproof/keyproof/pkg/tf"
)

func TestTyped(t *testing.T) {
	for ref, want := range map[string]tf.UnknownKind{
		"data.aws_caller_identity.current.account_id":    tf.OwnAccount,
		"data.aws_caller_identity.current[0].account_id": tf.OwnAccount,
		"data.aws_caller_identity.current.user_id":       tf.AnyText,
		"data.aws_caller_identity.current":               tf.AnyText,
		"aws_iam_role.app.arn":                           tf.RoleARN,
		`aws_iam_role.app["a.arn"].arn`:                  tf.RoleARN,
		"aws_iam_role.app[*].arn":                        tf.AnyText,
		"aws_iam_role.app.arn[0]":                        tf.AnyText,
		"aws_iam_role.app.inline_policy[0].arn":          tf.AnyText,
		"aws_kms_key.k.arn":                              tf.KeyARN,
		"aws_kms_key.k.key_id":                           tf.KeyID,
		"aws_sqs_queue.q.arn":                            tf.OwnARN,
		"aws_lakeformation_resource.q.arn":               tf.AnyText,
		"data.aws_sqs_queue.q.arn":                       tf.AnyText,
		"data.aws_ssm_parameter.p.arn":                   tf.AnyText,
		"data.aws_ssm_parameter.p.value":                 tf.AnyText,
		"google_x.q.arn":                                 tf.AnyText,
		"module.kms.arn":                                 tf.AnyText,
		"module.kms.aws_iam_role.x.arn":                  tf.AnyText,
		"var.aws_iam_role.x.arn":                         tf.AnyText,
		"var.arn":                                        tf.AnyText,
		"each.value.arn":                                 tf.AnyText,
		"random_string.s.result":                         tf.AnyText, // may hold * and :
		"data.aws_region.r.name":                         tf.RegionName,
		"data.aws_organizations_organization.o.id":       tf.OwnOrg,
		"":    tf.AnyText,
		"a b": tf.AnyText,
	} {
		if got := tf.Typed(ref, "x"); got != (tf.Unknown{Ref: ref, Of: "x", Kind: want}) {
			t.Errorf("%s: got %+v, want kind %d", ref, got, want)
		}
	}
}

func TestJoinUnknown(t *testing.T) {
	a := tf.Unknown{Ref: `aws_iam_role.a["x, \"y"].arn`, Kind: tf.RoleARN}
	b := tf.Unknown{Ref: "var.b", Sensitive: true}
	if got := tf.JoinUnknown([]tf.Unknown{a}); got != a {
		t.Errorf("one reference: got %+v", got)
	}
	got := tf.JoinUnknown([]tf.Unknown{a, b, a})
	if got.Kind != tf.AnyText || !got.Sensitive {
		t.Errorf("several references: got %+v", got)
	}
	if want := []string{a.Ref, b.Ref}; !slices.Equal(got.Refs(), want) {
		t.Errorf("several references: got %q, want %q", got.Refs(), want)
	}
	if got := tf.JoinUnknown(nil); got != (tf.Unknown{}) || got.Refs() != nil {
		t.Errorf("no reference: got %+v", got)
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
