package scan_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
)

// ownedKeys are sources with a key of the default provider configuration and one of another.
const ownedKeys = `
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "audit"
  region = "eu-central-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/deploy"
  }
}

data "aws_caller_identity" "audit" {
  provider = aws.audit
}

resource "aws_iam_role" "reader" {
  provider           = aws.audit
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}

resource "aws_kms_key" "k" {
  PROVIDER
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "PRINCIPAL" }, Action = "kms:*", Resource = "RESOURCE" }
  ] })
}
`

// TestOwners judges keys by the account and region of their provider configuration.
func TestOwners(t *testing.T) {
	for name, c := range map[string]struct{ provider, principal, resource, account, verdict string }{
		"own root":                           {"", "arn:aws:iam::111122223333:root", "*", "111122223333", "internal"},
		"root of the other account":          {"", "arn:aws:iam::444455556666:root", "*", "111122223333", "external"},
		"role of the other account":          {"", "${aws_iam_role.reader.arn}", "*", "111122223333", "external"},
		"caller of the other account":        {"", "arn:aws:iam::${data.aws_caller_identity.audit.account_id}:root", "*", "111122223333", "external"},
		"other key, its root":                {"provider = aws.audit", "arn:aws:iam::444455556666:root", "*", "111122223333", "internal"},
		"other key, its caller":              {"provider = aws.audit", "${data.aws_caller_identity.audit.account_id}", "*", "111122223333", "internal"},
		"other key, its role":                {"provider = aws.audit", "${aws_iam_role.reader.arn}", "*", "111122223333", "internal"},
		"other key, root of the default one": {"provider = aws.audit", "arn:aws:iam::111122223333:root", "*", "111122223333", "external"},
		"other key, nothing known of ours":   {"provider = aws.audit", "arn:aws:iam::444455556666:root", "*", "", "internal"},
		"the key's region":                   {"", "arn:aws:iam::111122223333:root", "arn:aws:kms:eu-west-1:111122223333:key/*", "111122223333", "internal"},
		"another region":                     {"", "arn:aws:iam::111122223333:root", "arn:aws:kms:eu-central-1:111122223333:key/*", "111122223333", "none"},
		"region of the argument":             {`region = "ap-south-1"`, "arn:aws:iam::111122223333:root", "arn:aws:kms:ap-south-1:111122223333:key/*", "111122223333", "internal"},
		"the partition of the region":        {`region = "us-gov-west-1"`, "arn:aws-us-gov:iam::111122223333:root", "*", "111122223333", "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := judgeSources(t, strings.NewReplacer("PROVIDER", c.provider, "PRINCIPAL", c.principal, "RESOURCE", c.resource).Replace(ownedKeys), c.account)
			for _, p := range r.Report.Policies {
				if p.Address == "aws_kms_key.k" && p.Verdict != c.verdict {
					t.Errorf("the verdict is %s, want %s", p.Verdict, c.verdict)
				}
			}
		})
	}
}

// TestInferredAccount says when a root in a key policy tells the own account.
func TestInferredAccount(t *testing.T) {
	const root = `{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::999988887777:root" }, Action = "kms:*", Resource = "*" }`
	for name, c := range map[string]struct{ more, account string }{
		"a root alone":              {"", "999988887777"},
		"somebody else of it":       {`, { Effect = "Allow", Principal = { AWS = "arn:aws:iam::999988887777:role/r" }, Action = "kms:*", Resource = "*" }`, "999988887777"},
		"somebody else who may put": {`, { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:role/r" }, Action = "kms:Put*", Resource = "*" }`, ""},
		"a role that is looked up":  {`, { Effect = "Allow", Principal = { AWS = data.aws_iam_role.r.arn }, Action = "kms:*", Resource = "*" }`, ""},
		"somebody who may read":     {`, { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:role/r" }, Action = "kms:Decrypt", Resource = "*" }`, "999988887777"},
		"another root":              {`, { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" }`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := judgeSources(t, `
data "aws_iam_role" "r" {
  name = "r"
}

resource "aws_kms_key" "k" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [`+root+c.more+`] })
}
`, "")
			got := ""
			if a := r.Report.Inputs[0].Account; a != nil {
				got = a.ID
			}
			if got != c.account {
				t.Errorf("the own account is %q, want %q", got, c.account)
			}
		})
	}
}

// TestInferredOfProvider infers nothing where a configuration says what its account is and that is not known, and takes
// configurations for one that differ in nothing that decides the account.
func TestInferredOfProvider(t *testing.T) {
	own := func(args string) string { return "provider \"aws\" {\n" + args + "\n}\n" }
	two := func(args, more string) string {
		return own(args) + "provider \"aws\" {\n  alias  = \"e\"\n  region = \"eu-west-1\"\n" + more + "\n}\n"
	}
	for name, c := range map[string]struct{ providers, key, account string }{
		"allowed, not known":           {own("allowed_account_ids = [var.a]"), "", ""},
		"allowed, several":             {own(`allowed_account_ids = ["111122223333", "999988887777"]`), "", "999988887777"},
		"allowed, others":              {own(`allowed_account_ids = ["111122223333", "444455556666"]`), "", ""},
		"allowed, null":                {own("allowed_account_ids = null"), "", "999988887777"},
		"forbidden":                    {own(`forbidden_account_ids = ["999988887777"]`), "", ""},
		"role, not known":              {own("assume_role {\n  role_arn = var.a\n}"), "", ""},
		"role, its account not known":  {own("assume_role {\n  role_arn = \"arn:aws:iam::${var.a}:role/r\"\n}"), "", ""},
		"role of a dynamic block":      {own("dynamic \"assume_role\" {\n  for_each = [\"999988887777\"]\n  content {\n    role_arn = \"arn:aws:iam::${assume_role.value}:role/r\"\n  }\n}"), "", "999988887777"},
		"role of a block, perhaps":     {own("dynamic \"assume_role\" {\n  for_each = var.a == \"x\" ? [1] : []\n  content {\n    role_arn = \"arn:aws:iam::999988887777:role/r\"\n  }\n}"), "", ""},
		"profile":                      {own(`profile = "prod"`), "", "999988887777"},
		"key elsewhere, same profile":  {two(`profile = "prod"`, `profile = "prod"`), "provider = aws.e", "999988887777"},
		"key elsewhere, same variable": {two(`profile = var.a`, `profile = var.a`), "provider = aws.e", "999988887777"},
		"key elsewhere, same parts":    {two(`profile = "${var.a}-one"`, `profile = "${var.a}-two"`), "provider = aws.e", ""},
		"key elsewhere, other profile": {two(`profile = "prod"`, `profile = "audit"`), "provider = aws.e", ""},
		"key elsewhere, no profile":    {two(`profile = "prod"`, ""), "provider = aws.e", ""},
		"key elsewhere, nothing said":  {two("", ""), "provider = aws.e", "999988887777"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := judgeSources(t, c.providers+`
variable "a" {
  type = string
}

resource "aws_kms_key" "k" {
  `+c.key+`
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::999988887777:root" }, Action = "kms:*", Resource = "*" }] })
}
`, "")
			got := ""
			if a := r.Report.Inputs[0].Account; a != nil {
				got = a.ID
			}
			if verdict := r.Report.Policies[0].Verdict; got != c.account || verdict == "internal" != (c.account != "") {
				t.Errorf("the own account is %q and the verdict %s, want %q", got, verdict, c.account)
			}
		})
	}
}

// TestUnknownHome holds that a key in an account that is not known may be in that of the default configuration: nothing that rests
// on the difference is certain.
func TestUnknownHome(t *testing.T) {
	r := judgeSources(t, `
variable "account" {
  type = map(string)
}
provider "aws" {
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::${var.account["main"]}:role/deploy"
  }
}
provider "aws" {
  alias  = "logs"
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::${var.account["logs"]}:role/deploy"
  }
}
data "aws_caller_identity" "main" {}
resource "aws_kms_key" "of_caller" {
  provider = aws.logs
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = data.aws_caller_identity.main.account_id }, Action = "kms:*", Resource = "*" }] })
}
resource "aws_kms_key" "written" {
  provider = aws.logs
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "kms:*", Resource = "*" }] })
}
`, "111122223333")
	for _, f := range r.Report.Findings {
		if f.Rule == "kms-key-lockout" || f.Rule == "kms-key-external-account" && f.Certainty != finding.Possible {
			t.Errorf("%s of %s is %s", f.Rule, f.Address, f.Certainty)
		}
	}
}

// TestProviderInstances judges keys by the account and region of the instance of a provider configuration, which OpenTofu has.
func TestProviderInstances(t *testing.T) {
	r := judgeTree(t, map[string]string{"main.tofu": `
locals {
  accounts = { own = "111122223333", other = "444455556666" }
}
variable "which" {
  type = string
}
provider "aws" {
  alias    = "by"
  for_each = local.accounts
  region   = each.key == "own" ? "eu-west-1" : "us-east-1"
  assume_role {
    role_arn = "arn:aws:iam::${each.value}:role/deploy"
  }
}
resource "aws_iam_role" "r" {
  for_each           = local.accounts
  provider           = aws.by[each.key]
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_kms_key" "root" {
  for_each = local.accounts
  provider = aws.by[each.key]
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::${each.value}:root" }, Action = "kms:*", Resource = "*" }] })
}
resource "aws_kms_key" "region" {
  for_each = local.accounts
  provider = aws.by[each.key]
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "kms:Decrypt", Resource = "arn:aws:kms:us-east-1:*:key/*" }] })
}
resource "aws_kms_key" "role" {
  provider = aws.by["own"]
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = [for r in aws_iam_role.r : r.arn] }, Action = "kms:*", Resource = "*" }] })
}
resource "aws_kms_key" "which" {
  provider = aws.by[var.which]
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "kms:Decrypt", Resource = "arn:aws:kms:us-east-1:*:key/*" }] })
}
`}, "111122223333")
	if len(r.Report.Diagnostics) > 0 {
		t.Error(r.Report.Diagnostics)
	}
	want := map[string]string{`aws_kms_key.root["own"]`: "internal", `aws_kms_key.root["other"]`: "internal", `aws_kms_key.region["own"]`: "none", `aws_kms_key.region["other"]`: "public", "aws_kms_key.role": "external", "aws_kms_key.which": "unknown"}
	for _, p := range r.Report.Policies {
		if want[p.Address] != "" && p.Verdict != want[p.Address] {
			t.Errorf("%s is %s, want %s", p.Address, p.Verdict, want[p.Address])
		}
	}
}

// TestStateOfAccounts judges each key of a state by the account that its own ARN names: a state tells no configurations.
func TestStateOfAccounts(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state.json")
	text := `{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": [{"address": "aws_kms_key.k", "mode": "managed", "type": "aws_kms_key", "name": "k",
  "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0, "values": {"arn": "arn:aws:kms:us-east-1:444455556666:key/11111111-aaaa-4000-8000-000000000001", "id": "11111111-aaaa-4000-8000-000000000001",
  "enable_key_rotation": true, "deletion_window_in_days": 30, "policy": "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"}}]}}}`
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := scan.Run(context.Background(), scan.Options{Paths: []string{name}, Account: "111122223333", ConfigFile: noConfig(t), Env: []string{}})
	if err != nil || len(r.Report.Policies) != 1 || r.Report.Policies[0].Verdict != "internal" || len(r.Report.Findings) > 0 {
		t.Error(err, r.Report.Policies, r.Report.Findings)
	}
}

// TestFilesThatSpeakOfReports holds that a file is a report by how it begins, not by what it speaks of.
func TestFilesThatSpeakOfReports(t *testing.T) {
	const key = "locals {\n  who = yamldecode(file(\"who.yaml\"))\n}\nresource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = local.who.admin }, Action = \"kms:Decrypt\", Resource = \"*\" }] })\n}\n"
	for text, public := range map[string]string{
		"tools:\n  - keyproof # the gate\nadmin: \"*\"\n":                                      "yes",
		"schema: https://json.schemastore.org/sarif-2.1.0.json\nadmin: \"*\"\n":                "yes",
		"{\"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\", \"admin\": \"*\"}\n": "unknown",
	} {
		r := judgeTree(t, map[string]string{"main.tf": key, "who.yaml": text}, "111122223333")
		if got := r.Report.Policies[0].Public; got != public {
			t.Errorf("%q: public is %s, want %s", text, got, public)
		}
	}
}

// TestUnknownRegion judges a policy that tells regions apart on a key whose region is not known.
func TestUnknownRegion(t *testing.T) {
	for name, c := range map[string]struct{ statements, public string }{
		"a Deny for one region":   {`{ Effect = "Allow", Principal = "*", Action = "kms:Decrypt", Resource = "*" }, { Effect = "Deny", Principal = "*", Action = "kms:*", Resource = "arn:aws:kms:eu-west-1:111122223333:key/*" }`, "unknown"},
		"an Allow for one region": {`{ Effect = "Allow", Principal = "*", Action = "kms:Decrypt", Resource = "arn:aws:kms:eu-west-1:111122223333:key/*" }`, "unknown"},
		"an Allow for all":        {`{ Effect = "Allow", Principal = "*", Action = "kms:Decrypt", Resource = "arn:aws:kms:*:111122223333:key/*" }`, "yes"},
		"requests to one region":  {`{ Effect = "Allow", Principal = "*", Action = "kms:Decrypt", Resource = "*", Condition = { StringEquals = { "aws:RequestedRegion" = "eu-west-1" } } }`, "unknown"},
		"no word of regions":      {`{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "kms:*", Resource = "*" }`, "no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := judgeSources(t, "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Version = \"2012-10-17\", Statement = ["+c.statements+"] })\n}\n", "111122223333")
			if got := r.Report.Policies[0].Public; got != c.public {
				t.Errorf("public is %s, want %s", got, c.public)
			}
		})
	}
}

// noConfig is a configuration that says nothing.
func noConfig(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "none.hcl")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func judgeSources(t *testing.T, text, account string) *scan.Result {
	t.Helper()
	return judgeTree(t, map[string]string{"main.tf": text}, account)
}

func judgeTree(t *testing.T, files map[string]string, account string) *scan.Result {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := scan.Run(context.Background(), scan.Options{Paths: []string{dir}, Account: account, ConfigFile: noConfig(t), Env: []string{}})
	if err != nil || len(r.Report.Policies) == 0 {
		t.Fatal(err, r.Report.Diagnostics)
	}
	return r
}

// TestUntrusted holds that nothing is assumed of a plan whose author is not trusted, and that sources nobody named give it no
// values.
func TestUntrusted(t *testing.T) {
	const plan = "../../fixtures/rules/policy-assumed/bad/plan.json"
	for name, c := range map[string]struct {
		sources   []string
		untrusted bool
		verdict   string
		assumed   bool
	}{
		"the plan alone":                {[]string{"none"}, false, "internal", true},
		"the plan alone, untrusted":     {[]string{"none"}, true, "unknown", false},
		"sources that are found":        {nil, false, "internal", false},
		"found sources, untrusted":      {nil, true, "unknown", false},
		"named sources, untrusted":      {[]string{filepath.Dir(plan)}, true, "internal", false},
		"sources of this very plan":     {[]string{plan + "=" + filepath.Dir(plan)}, true, "internal", false},
		"sources of another plan alone": {[]string{"other.json=" + filepath.Dir(plan)}, true, "unknown", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := scan.Run(context.Background(), scan.Options{Paths: []string{plan}, Sources: c.sources, Untrusted: c.untrusted, Account: "111122223333",
				ConfigFile: noConfig(t), Env: []string{}})
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range r.Report.Policies {
				if p.Address == "aws_kms_key.orders" && (p.Verdict != c.verdict || (len(p.Assumed) > 0) != c.assumed) {
					t.Errorf("the verdict is %s, assumed %v", p.Verdict, p.Assumed)
				}
			}
		})
	}
}
