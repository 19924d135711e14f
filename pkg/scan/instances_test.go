package scan_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestInstances holds that two references to instances whose number is not known are one key where their index is the same, and
// perhaps one where it is not: the policy of that key is open to everybody for that other key.
func TestInstances(t *testing.T) {
	const keys = `
variable "n" {
  type = number
}
variable "m" {
  type = map(string)
}
variable "x" {
  type = string
}
variable "y" {
  type = string
}
resource "aws_kms_key" "c" {
  count = var.n
}
data "aws_kms_key" "d" {
  key_id = "alias/d"
}
resource "aws_kms_key" "f" {
  for_each = var.m
}
module "of" {
  source   = "./of"
  for_each = var.m
}
resource "aws_kms_key_policy" "p" {
  %s
  key_id = %s
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
    { Effect = "Allow", Principal = "*", Action = "kms:Decrypt", %s = %s }
  ] })
}
`
	for name, c := range map[string]struct{ meta, key, element, resource, public string }{
		"each of them":               {"for_each = var.m", "f[each.key]", "Resource", "[for k in aws_kms_key.f : k.arn]", "yes"},
		"itself":                     {"for_each = var.m", "f[each.key]", "Resource", "aws_kms_key.f[each.key].arn", "yes"},
		"one of them":                {"for_each = var.m", "f[each.key]", "Resource", `aws_kms_key.f["b"].arn`, "unknown"},
		"not one of them":            {"for_each = var.m", "f[each.key]", "NotResource", `aws_kms_key.f["b"].arn`, "unknown"},
		"every other":                {"for_each = var.m", "f[each.key]", "Resource", "[for k, v in aws_kms_key.f : v.arn if k != each.key]", "unknown"},
		"some one":                   {"for_each = var.m", "f[each.key]", "Resource", "values(aws_kms_key.f)[0].arn", "unknown"},
		"the same variable":          {"", "f[var.x]", "Resource", "aws_kms_key.f[var.x].arn", "yes"},
		"another variable":           {"", "f[var.x]", "Resource", "aws_kms_key.f[var.y].arn", "unknown"},
		"a known key, perhaps that":  {"", `f["a"]`, "Resource", "aws_kms_key.f[var.x].arn", "unknown"},
		"the key of an instance":     {`for_each = toset(["a"])`, "f[each.key]", "Resource", `aws_kms_key.f["a"].arn`, "yes"},
		"another key of an instance": {`for_each = toset(["a"])`, "f[each.key]", "Resource", `aws_kms_key.f["b"].arn`, "no"},
		"the first, perhaps":         {"", "c[0]", "Resource", "aws_kms_key.c[var.n].arn", "unknown"},
		"not the first, perhaps":     {"", "c[0]", "NotResource", "aws_kms_key.c[var.n].arn", "unknown"},
		"the last":                   {"", "c[0]", "Resource", "aws_kms_key.c[length(aws_kms_key.c) - 1].arn", "unknown"},
		"the last, turned around":    {"", "c[0]", "Resource", "reverse(aws_kms_key.c)[0].arn", "unknown"},
		"another one":                {"", "c[0]", "Resource", "aws_kms_key.c[1].arn", "no"},
		"another resource":           {"", "c[0]", "Resource", `aws_kms_key.f["a"].arn`, "no"},
		"its element":                {"for_each = aws_kms_key.f", "=each.value.id", "Resource", "aws_kms_key.f[each.key].arn", "yes"},
		"of the same place":          {"count = var.n", "=element(aws_kms_key.c[*].id, count.index)", "Resource", "element(aws_kms_key.c[*].arn, count.index)", "yes"},
		"one that is looked up":      {"", `="1234abcd-12ab-34cd-56ef-1234567890ab"`, "Resource", "data.aws_kms_key.d.arn", "unknown"},
		"looked up, not that one":    {"", "c[0]", "NotResource", "data.aws_kms_key.d.arn", "unknown"},
		"its module's":               {"for_each = var.m", "MODULE.of[each.key].key", "Resource", "module.of[each.key].arn", "yes"},
		"another module's":           {"for_each = var.m", "MODULE.of[each.key].key", "Resource", `module.of["b"].arn`, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := "aws_kms_key." + c.key + ".id"
			if of, ok := strings.CutPrefix(c.key, "MODULE."); ok {
				key = "module." + of
			} else if whole, ok := strings.CutPrefix(c.key, "="); ok {
				key = whole
			}
			r := judgeTree(t, map[string]string{
				"main.tf":    fmt.Sprintf(keys, c.meta, key, c.element, c.resource),
				"of/main.tf": "resource \"aws_kms_key\" \"k\" {}\noutput \"key\" {\n  value = aws_kms_key.k.id\n}\noutput \"arn\" {\n  value = aws_kms_key.k.arn\n}\n",
			}, "111122223333")
			for _, p := range r.Report.Policies {
				if strings.HasPrefix(p.Address, "aws_kms_key_policy.") && p.Public != c.public {
					t.Errorf("public is %s, want %s", p.Public, c.public)
				}
			}
		})
	}
}
