package tfhcl_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// BenchmarkAlone is a pre-commit run over an ordinary module, from nothing to the evaluated resources.
func BenchmarkAlone(b *testing.B) {
	for b.Loop() {
		dir := "../../fixtures/sources/kms-module"
		c, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir}})
		if plan, diags := c.Plan(context.Background()); len(plan.Resources) < 5 || len(diags) > 0 {
			b.Fatal(diags)
		}
	}
}

// BenchmarkJoin joins a plan of 5,000 keys, made by one for_each inside of a module, with its sources.
func BenchmarkJoin(b *testing.B) {
	const n = 5000
	dir := tree(b, map[string]string{
		"main.tf": fmt.Sprintf("module \"m\" {\n  source = \"./m\"\n  keys = { for i in flatten([for a in range(%d) : [for b in range(100) : a * 100 + b]]) : \"k${i}\" => { reader = \"*\" } }\n}\n", n/100),
		"m/main.tf": `
variable "keys" {
  type = map(object({ reader = string, rotation = optional(bool, true) }))
}

locals {
  readers = { for k, v in var.keys : k => [v.reader, aws_iam_role.r.arn] }
}

resource "aws_iam_role" "r" {}

resource "aws_kms_key" "k" {
  for_each            = var.keys
  enable_key_rotation = each.value.rotation
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = lookup(local.readers, each.key, []) }, Action = ["kms:Decrypt", "kms:Encrypt"], Resource = "*" }]
  })
}
`,
	})
	var resources []*tf.Resource
	for i := range n {
		key := cty.StringVal(fmt.Sprintf("k%d", i))
		resources = append(resources, &tf.Resource{Address: fmt.Sprintf("module.m.aws_kms_key.k[%q]", key.AsString()), Module: "module.m", Mode: tf.Managed, Type: "aws_kms_key", Name: "k", Index: key,
			After: cty.ObjectVal(map[string]cty.Value{"policy": cty.UnknownVal(cty.String)})})
	}
	for b.Loop() {
		c, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir}, Want: func(_ tf.Mode, typ string) bool { return typ == "aws_kms_key" }})
		plan := &tf.Plan{Resources: resources}
		if fits, diags := c.Join(context.Background(), plan); !fits || len(diags) > 0 {
			b.Fatal(diags)
		}
		if text := resources[n-1].Source.Attrs["policy"].Texts[0]; len(text.Holes) != 1 || !strings.Contains(text.S, `"*"`) {
			b.Fatal(text)
		}
	}
}
