package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/report"
)

// TestSecrets seeds a plan and its sources with values that start with S3CR3T, wherever Terraform can hold one that is
// sensitive, and looks for them in every format, on both streams and on every way to fail.
func TestSecrets(t *testing.T) {
	const fixture = "../../fixtures/plans/sensitive"
	plan, err := os.ReadFile(filepath.Join(fixture, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(plan), "S3CR3T"); n < 10 {
		t.Fatalf("the plan holds only %d secrets", n)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := string(plan)
	inputs := map[string][]string{
		"the plan":              {filepath.Join(fixture, "plan.json")},
		"plan and sources":      {"--source", fixture, filepath.Join(fixture, "plan.json")},
		"sources alone":         {fixture},
		"own values":            {"--var", "partner_external_id=S3CR3T-of-the-command-line", fixture},
		"a failed plan":         {write("errored.json", strings.Replace(text, `"errored":false`, `"errored":true`, 1))},
		"a plan cut off":        {write("cut.json", text[:len(text)*2/3])},
		"a second document":     {write("twice.json", text+text)},
		"no format version":     {write("version.json", strings.Replace(text, `"format_version":"1.2"`, `"format_version":"9.0"`, 1))},
		"a policy cut off":      {write("policy.json", strings.ReplaceAll(text, `{\"AWS\":\"*\"}`, `{\"AWS\":\"*\"`))},
		"a policy of odd types": {write("odd.json", strings.ReplaceAll(text, `\"Action\":\"kms:Decrypt\"`, `\"Action\":{\"S3CR3T\":1}`))},
		"the wrong sources":     {"--source", "../../fixtures/plans/updates", filepath.Join(fixture, "plan.json")},
	}
	for name, values := range secretValues {
		write(name+"/main.tf", secretSources)
		write(name+"/t.tftpl", "${jsonencode(x)} ${x.y.z} ${tonumber(x)}")
		for file, text := range values {
			write(name+"/"+file, text)
		}
		inputs[name] = []string{filepath.Join(dir, name)}
	}
	inputs["values that are not there"] = []string{"--var", "obj={ S3CR3T", "--var", "num=S3CR3T", filepath.Join(dir, "values that do not fit")}
	for name, args := range inputs {
		for _, format := range report.Formats() {
			var out, errs bytes.Buffer
			extra := filepath.Join(dir, "report")
			all := append([]string{"keyproof", "check", "--now", "2026-11-23", "--format", format, "--report", format + "=" + extra, "--fail-on", "low"}, args...)
			if code := run(context.Background(), all, strings.NewReader(""), &out, &errs); code == 0 {
				t.Errorf("%s, %s: nothing was found, so nothing was tested", name, format)
			}
			written, _ := os.ReadFile(extra)
			for where, got := range map[string]string{"stdout": out.String(), "stderr": errs.String(), "the report": string(written)} {
				for _, secret := range []string{"S3CR3T", "UzNDUjNU"} {
					if at := strings.Index(got, secret); at >= 0 {
						t.Errorf("%s, %s: %s shows a secret: …%s…", name, format, where, got[max(0, at-120):min(len(got), at+40)])
					}
				}
			}
		}
	}
}

// secretSources put sensitive values wherever an expression of a policy, or around one, can fail on them.
const secretSources = `
variable "pw" {
  type      = string
  sensitive = true
}

variable "num" {
  type      = number
  sensitive = true
  default   = "S3CR3T-default"
}

variable "obj" {
  type      = object({ a = string, b = list(number) })
  sensitive = true
}

locals {
  s = sensitive("S3CR3T-in-function")
  n = tonumber(sensitive("S3CR3T-number"))
  j = jsondecode(var.pw)
}

resource "aws_kms_key" "a" {
  description             = "x ${var.pw}"
  deletion_window_in_days = var.pw

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.pw
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = local.s
      Resource  = "*"
      Condition = { StringEquals = { (var.pw) = local.s, "kms:EncryptionContext:${var.pw}" = tonumber(var.pw) } }
    }]
  })

  tags = {
    t = regex("[0-9]+", var.pw)
    u = local.j.x
    v = element([], var.pw)
    w = index(["a"], var.pw)
    x = local.n
  }
}

resource "aws_kms_key" "b" {
  for_each = toset([var.pw])
  policy   = file(var.pw)
}

resource "aws_kms_key" "c" {
  count  = var.num
  policy = templatefile("t.tftpl", { x = var.pw })
}

resource "aws_kms_key" "d" {
  policy = var.pw ? "a" : lookup({}, var.pw)
}

resource "aws_kms_key" "e" {
  policy = jsonencode({ Statement = [{ Effect = var.obj.a, Principal = { (var.obj.a) = "*" }, (var.pw) = var.num }] })
}
`

// secretValues are files with values for them, by the name of the case.
var secretValues = map[string]map[string]string{
	"values that fit":            {"terraform.tfvars": "pw = \"S3CR3T-pw\"\nnum = 7\nobj = { a = \"S3CR3T-a\", b = [1] }\n"},
	"values that do not fit":     {"terraform.tfvars": "pw = \"S3CR3T-pw\"\nnum = \"S3CR3T-num\"\nobj = { a = \"S3CR3T-a\", b = [\"S3CR3T-b\"] }\nbroken = \"S3CR3T-undeclared\"\n"},
	"values that cannot be read": {"terraform.tfvars": "pw = \"S3CR3T-pw\nnum = S3CR3T-x y\n", "a.auto.tfvars": "pw = S3CR3T(\n", "b.auto.tfvars": "S3CR3T {\n}\n"},
	"JSON that cannot be read":   {"terraform.tfvars.json": `{"pw": "S3CR3T-pw", "num": S3CR3T, "pw": "S3CR3T-twice"}`, "c.auto.tfvars.json": `["S3CR3T"]`},
}
