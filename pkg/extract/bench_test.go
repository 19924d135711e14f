package extract_test

import (
	"fmt"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/tf"
)

// BenchmarkPolicies takes the policies out of a plan of 5,000 keys and 5,000 roles with a policy each.
func BenchmarkPolicies(b *testing.B) {
	plan := &tf.Plan{TerraformVersion: "1.11.4", Root: &tf.ModuleConfig{Resources: map[string]*tf.Config{}}}
	add := func(typ, name string, after cty.Value) {
		plan.Resources = append(plan.Resources, &tf.Resource{
			Address: typ + "." + name, Mode: tf.Managed, Type: typ, Name: name, Index: cty.NilVal, Action: tf.NoOp, Before: after, After: after,
		})
	}
	policy := `{"Version":"2012-10-17","Statement":[` + statement + `,` + statement + `]}`
	for i := range 5000 {
		name := fmt.Sprintf("n%d", i)
		add("aws_kms_key", name, object("policy", policy, "arn", "arn:aws:kms:eu-west-1:111122223333:key/"+name, "key_id", name))
		add("aws_iam_role", name, object("assume_role_policy", policy, "name", name))
		add("aws_iam_role_policy", name, object("policy", policy, "role", name))
	}
	b.ReportAllocs()
	for b.Loop() {
		if set, _ := extract.Policies(plan); len(set.Policies) != 15000 {
			b.Fatal(len(set.Policies))
		}
	}
}
