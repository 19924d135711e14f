package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// planted are secrets in the shapes that leaves of policies have. What is sampled from them may be in lower case, and holds
// the letters all the same.
var planted = []string{"S3CR3TORCHID", "*S3CR3TORCHID*", "777766665555", "arn:aws:iam::777766665555:role/S3CR3TORCHID", "arn:aws:iam::777766665555:root",
	"o-s3cr3torchid", "kms:S3CR3TORCHID", "aws:PrincipalTag/S3CR3TORCHID", "${aws:PrincipalTag/S3CR3TORCHID}", "S3CR3TORCHID.amazonaws.com"}

// leafPolicies are documents by the resource type and argument that hold them. Every leaf and name in them is made
// sensitive in turn.
var leafPolicies = []struct{ typ, attribute, text string }{
	{"aws_kms_key", "policy", `{"Version":"2012-10-17","Statement":[
		{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Sid":"All","Effect":"Allow","Principal":"*","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/reader"},"StringEquals":{"aws:PrincipalTag/team":"blue"},"Bool":{"aws:SecureTransport":"true"}}},
		{"Sid":"No","Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/colour":"red"}}}]}`},
	{"aws_kms_key", "policy", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":["999988887777","arn:aws:iam::999988887777:role/reader"]},"Action":"kms:Decrypt","Resource":"*"},
		{"Sid":"Broad","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Encrypt","Resource":"*","Condition":{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}},
		{"Sid":"Service","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:GenerateDataKey","Resource":"*"},
		{"Sid":"Not","Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/x"},"NotAction":"kms:Put*","Resource":"*"}]}`},
	{"aws_kms_key", "policy", `{"Version":"2012-10-17","Statement":[
		{"Sid":"Service","Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:orders"},"NumericLessThan":{"aws:MultiFactorAuthAge":"7"},"IpAddress":{"aws:SourceIp":"10.0.0.0/1"}}}]}`},
	{"aws_iam_role", "assume_role_policy", `{"Version":"2012-10-17","Statement":[
		{"Sid":"Any","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"aws:username":"r*"},"StringEquals":{"sts:ExternalId":"e-1"}}},
		{"Sid":"Web","Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}}}]}`},
	{"aws_iam_policy", "policy", `{"Version":"2012-10-17","Statement":[
		{"Sid":"Use","Effect":"Allow","Action":["kms:Decrypt","kms:PutKeyPolicy"],"Resource":"arn:aws:kms:*:111122223333:key/*","Condition":{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}}]}`},
}

// TestSecretLeaves makes every leaf and every name of a document sensitive, one after the other and all at once, in sources
// and in a plan, and looks for what was planted in what is printed.
func TestSecretLeaves(t *testing.T) {
	for i, p := range leafPolicies {
		var doc any
		if err := json.Unmarshal([]byte(p.text), &doc); err != nil {
			t.Fatal(err)
		}
		for k, path := range leaves(doc, nil) {
			for n, secret := range planted {
				if (i+k+n)%10 != 0 {
					continue // one for each leaf, each secret in turn
				}
				t.Run(fmt.Sprint(i, "/", k, "/", n), func(t *testing.T) {
					t.Parallel()
					changed, expr := plant(doc, path, secret), writeHCL(plant(doc, path, "\x00"))
					text, _ := json.Marshal(changed)
					dir := t.TempDir()
					sources := filepath.Join(dir, "sources")
					writeAll(t, sources, map[string]string{
						"main.tf":          fmt.Sprintf("variable \"s\" {\n  type = string\n  sensitive = true\n}\n\nresource %q \"x\" {\n  name = \"x\"\n  %s = jsonencode(%s)\n}\n", p.typ, p.attribute, expr),
						"terraform.tfvars": fmt.Sprintf("s = %s\n", strings.ReplaceAll(quoted(secret), "${", "$${")),
					})
					values, _ := json.Marshal(map[string]any{p.attribute: string(text), "name": "x"})
					plan := filepath.Join(dir, "plan.json")
					writeAll(t, dir, map[string]string{"plan.json": fmt.Sprintf(`{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{}},"resource_changes":[{"address":"%[1]s.x","mode":"managed","type":"%[1]s","name":"x","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["create"],"before":null,"after":%[2]s,"after_unknown":{"arn":true},"before_sensitive":false,"after_sensitive":{"%[3]s":true}}}],"configuration":{"root_module":{"resources":[{"address":"%[1]s.x","mode":"managed","type":"%[1]s","name":"x","expressions":{"%[3]s":{"references":["var.s"]}}}]}}}`, p.typ, values, p.attribute)})
					seek(t, "sources", sources)
					seek(t, "plan", plan)
					seek(t, "both", "--source", sources, plan)
				})
			}
		}
	}
}

// seek looks for what was planted.
func seek(t *testing.T, what string, args ...string) {
	for _, command := range []string{"check", "who"} {
		var out, errs bytes.Buffer
		run(context.Background(), append([]string{"keyproof", command, "--now", "2026-11-23", "--account", "111122223333", "--format", "json"}, args...), strings.NewReader(""), &out, &errs)
		for where, got := range map[string]string{"stdout": strings.ToLower(out.String()), "stderr": strings.ToLower(errs.String())} {
			for _, secret := range []string{"s3cr3t", "orchid", "777766665555"} {
				if at := strings.Index(got, secret); at >= 0 {
					t.Errorf("%s, %s: %s shows a secret: …%s…", what, command, where, got[max(0, at-200):min(len(got), at+60)])
				}
			}
		}
	}
}

func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// leaves are the ways to every leaf of a value, and to every name: a name's way ends with true.
func leaves(v any, at []any) [][]any {
	var out [][]any
	step := func(s any) []any { return append(append([]any(nil), at...), s) }
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, append(step(k), true))
			out = append(out, leaves(v[k], step(k))...)
		}
	case []any:
		for i, e := range v {
			out = append(out, leaves(e, step(i))...)
		}
	default:
		out = append(out, at)
	}
	return out
}

// plant puts a text in place of a leaf or a name.
func plant(v any, way []any, secret string) any {
	if len(way) == 0 {
		return secret
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			switch {
			case k != way[0]:
				out[k] = e
			case len(way) == 2 && way[1] == true:
				out[secret] = e
			default:
				out[k] = plant(e, way[1:], secret)
			}
		}
		return out
	case []any:
		out := append([]any(nil), v...)
		out[way[0].(int)] = plant(v[way[0].(int)], way[1:], secret)
		return out
	}
	return v
}

// writeHCL writes a value as an expression in which var.s stands for what was planted.
func writeHCL(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for k, e := range v {
			parts = append(parts, "("+writeHCL(k)+") = "+writeHCL(e))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, writeHCL(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		if v == "\x00" {
			return "var.s"
		}
		return quoted(v)
	}
	return fmt.Sprint(v)
}

func quoted(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}
