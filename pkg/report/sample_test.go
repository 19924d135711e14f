package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/finding"
)

// sources reads the Terraform sources that the sample reports point into.
func sources(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for name, file := range map[string]string{"infra/main.tf": "main.tf", "infra/modules/vault/main.tf": "vault.tf"} {
		b, err := os.ReadFile(filepath.Join("testdata", "sources", file))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	return out
}

// at is the location of the first occurrence of text in a source file.
func at(t testing.TB, files map[string][]byte, file, text string) *finding.Location {
	t.Helper()
	i := bytes.Index(files[file], []byte(text))
	if i < 0 {
		t.Fatalf("%s does not hold %q", file, text)
	}
	return &finding.Location{File: file, Start: pos(files[file], i), End: pos(files[file], i+len(text))}
}

func pos(src []byte, i int) finding.Pos {
	line := bytes.LastIndexByte(src[:i], '\n') + 1
	return finding.Pos{
		Line:   1 + bytes.Count(src[:i], []byte("\n")),
		Column: 1 + utf8.RuneCount(src[line:i]),
		Byte:   i,
	}
}

func action(s string) *string { return &s }

const stranger = "arn:aws:iam::999999999999:role/stranger"

func rules() []finding.Rule {
	return []finding.Rule{
		{
			ID: "kms-key-public", Title: "Key policy lets anyone use the key", Severity: finding.Critical,
			Why: "A key policy decides alone who may use a key. With a principal of `*` and no condition that names an " +
				"account, **every** AWS account may call the listed actions.\n\n- data encrypted with the key is readable\n- grants may outlive the policy\n",
			Fix:        "Name the principals:\n\n```hcl\nPrincipal = { AWS = \"arn:aws:iam::111122223333:role/app\" }\n```\n\nor add `aws:PrincipalOrgID`.",
			References: []string{"https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html", "CIS AWS 3.8"},
			Page:       "https://github.com/keyproof/keyproof/blob/main/rules/README.md#kms-key-public",
		},
		{
			ID: "kms-key-external-account", Title: "Key policy lets in an account that is not trusted", Severity: finding.High,
			Why: "An account outside the trusted ones is let in without any condition.", Fix: "Add the account to `trusted_accounts`, or a condition.",
		},
		{ID: "kms-key-reachable", Title: "A stranger reaches the key through a role", Severity: finding.Critical, Why: "Public through a role.", Fix: "Close the role."},
		{ID: "iam-role-public", Title: "Anyone may assume the role", Severity: finding.Critical, Why: "Why.", Fix: "Fix."},
		{ID: "kms-key-deletion-window", Title: "Deletion window below 30 days", Severity: finding.Low, Why: "Why.", Fix: "Fix."},
		{ID: "policy-undecided", Title: "The verdict depends on a value that is not known before apply", Severity: finding.High, Why: "Why.", Fix: "Fix."},
	}
}

// full is a report with something of everything.
func full(t testing.TB) *finding.Report {
	files := sources(t)
	const main, vault = "infra/main.tf", "infra/modules/vault/main.tf"
	everyone := at(t, files, vault, "var.readers")
	star := at(t, files, main, `"*"`)
	hidden := at(t, files, main, `"hunter2-do-not-show"`)
	hidden.Hidden = true
	open := &finding.Witness{
		Principal: stranger, Action: "kms:Decrypt", Resource: "*",
		Context: map[string]any{"aws:PrincipalAccount": "999999999999", "kms:CallerAccount": "999999999999", "kms:EncryptionContext:app": "billing"},
	}
	key := func(k string) string { return `module.vault["` + k + `"].aws_kms_key.this` }
	public := func(address string) finding.Finding {
		return finding.Finding{
			Rule: "kms-key-public", Severity: finding.Critical, Certainty: finding.Certain, Status: finding.New,
			Address: address, Attribute: "policy", Statement: &finding.Statement{Sid: "Everyone"},
			Message: address + " lets any AWS account call kms:*.", Remedy: "Name the accounts in Principal, or require aws:PrincipalOrgID.",
			Witness: open, Location: everyone, Fingerprint: "1:public:" + address,
			Related: []finding.Related{{Message: "the star comes from here", Location: star}},
		}
	}
	r := &finding.Report{
		FormatVersion: finding.FormatVersion,
		Tool:          finding.Tool{Name: "keyproof", Version: "1.2.3"},
		Inputs: []finding.Input{{
			Path: "plan.json", Kind: "plan", TerraformVersion: "1.11.4",
			Account: &finding.Account{ID: "111122223333", From: "data.aws_caller_identity.current"},
		}},
		Diagnostics: []finding.Diagnostic{{
			Severity: "warning", Summary: "The plan is limited to some resources",
			Detail: "It was made with -target, so what it leaves out was not judged.",
		}},
		Policies: []finding.Policy{
			{Address: key("eu"), Attribute: "policy", Kind: "key", Verdict: "public", Public: "yes", Action: action("create"), ResolvedFrom: "plan", Witness: open, Location: everyone},
			{Address: key("us"), Attribute: "policy", Kind: "key", Verdict: "public", Public: "yes", Action: action("create"), ResolvedFrom: "plan", Witness: open, Location: everyone},
			{Address: "aws_iam_role.portal", Attribute: "assume_role_policy", Kind: "trust", Verdict: "public", Public: "yes", Action: action("no-op"), ResolvedFrom: "plan",
				Witness: &finding.Witness{Principal: stranger, Action: "sts:AssumeRole", Resource: "*"}},
			{Address: "aws_kms_key.partner", Attribute: "policy", Kind: "key", Verdict: "unknown", Public: "unknown", Action: action("update"), ResolvedFrom: "source", DependsOn: []string{"var.later"}},
			{Address: "aws_kms_key.sealed", Attribute: "policy", Kind: "key", Verdict: "internal", Public: "no", Action: action("no-op"), ResolvedFrom: "plan", Location: hidden},
		},
		Findings: []finding.Finding{
			public(key("eu")), public(key("us")),
			{
				Rule: "iam-role-public", Severity: finding.Critical, Certainty: finding.Certain, Status: finding.Existing,
				Address: "aws_iam_role.portal", Attribute: "assume_role_policy", Statement: &finding.Statement{Index: 0},
				Message: "aws_iam_role.portal may be assumed by any AWS account.", Remedy: "Name the accounts in Principal.",
				Witness:  &finding.Witness{Principal: stranger, Action: "sts:AssumeRole", Resource: "*", Context: map[string]any{"sts:ExternalId": "a\u202eb"}},
				Location: at(t, files, main, `{ AWS = "*" }`), Fingerprint: "1:role",
				Fixes: []finding.Fix{{
					Title:  "Name the own account as the principal of statement 1 instead of everybody.",
					Proof:  finding.Proof{Ends: []string{"1:role", "1:reach"}, TakesAway: []string{"a principal of the own account may call sts:AssumeRole only where an IAM policy allows it"}},
					Edits:  []finding.Edit{{Location: at(t, files, main, `{ AWS = "*" }`), Text: `{ AWS = "arn:aws:iam::111122223333:root" }`}},
					Policy: "{}\n", Commands: []string{"keyproof check --kind trust policy.json", "aws iam update-assume-role-policy --role-name portal --policy-document file://policy.json"},
					Console: []string{"Open the IAM console, choose Roles, and choose the role.", "Choose the tab Trust relationships, then Edit trust policy."},
					Diff:    "--- a/main.tf\n+++ b/main.tf\n@@ -4,3 +4,3 @@\n   a = 1\n-      Principal = { AWS = \"*\" }\n+      Principal = { AWS = \"arn:aws:iam::111122223333:root\" }\n   b = 2\n",
				}},
			},
			{
				Rule: "kms-key-reachable", Severity: finding.Critical, Certainty: finding.Certain, Status: finding.New,
				Address: "aws_kms_key.sealed", Attribute: "policy",
				Message: "Any AWS account reaches aws_kms_key.sealed through aws_iam_role.portal.", Remedy: "Close aws_iam_role.portal.",
				Witness:  &finding.Witness{Principal: "arn:aws:sts::111122223333:assumed-role/portal/x", Action: "kms:Decrypt", Resource: "*"},
				Location: hidden, Fingerprint: "1:reach",
			},
			{
				Rule: "kms-key-external-account", Severity: finding.High, Certainty: finding.Possible, Status: finding.Existing,
				Address: "aws_kms_key.partner", Attribute: "policy", Statement: &finding.Statement{Sid: "Partner"},
				Message: "aws_kms_key.partner lets in account 222233334444.", Remedy: "Add the account to trusted_accounts, or a condition.",
				Witness:  &finding.Witness{Principal: "arn:aws:iam::222233334444:role/any", Action: "kms:Decrypt", Context: map[string]any{"kms:ViaService": "s3.us-east-1.amazonaws.com", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
				Location: at(t, files, main, "Principal = { AWS = \"arn:aws:iam::222233334444:root\" }\n        Action    = [\"kms:Decrypt\", \"kms:DescribeKey\"]"), Fingerprint: "1:partner",
			},
			{
				Rule: "policy-undecided", Severity: finding.High, Certainty: finding.Possible, Status: finding.New,
				Address: "aws_kms_key.partner", Attribute: "policy", Statement: &finding.Statement{Sid: "Later", Index: 1},
				Message: "Whether aws_kms_key.partner is public depends on values that are not known yet.", Remedy: "Give the value with --var later=….",
				DependsOn: []string{"var.later", `module.x["a b"].out`}, Fingerprint: "1:undecided",
			},
			{
				Rule: "kms-key-deletion-window", Severity: finding.Low, Certainty: finding.Certain, Status: finding.Existing,
				Address: "aws_kms_key.partner", Attribute: "deletion_window_in_days",
				Message: "aws_kms_key.partner can be gone 7 days after somebody schedules its deletion.", Remedy: "Set deletion_window_in_days to 30.",
				Location: at(t, files, main, "deletion_window_in_days = 7"), Fingerprint: "1:window",
			},
			{
				Rule: "kms-key-deletion-window", Severity: finding.Low, Certainty: finding.Certain, Status: finding.New,
				Address: "aws_kms_key.sealed", Message: "Short window.", Remedy: "Set 30.", Fingerprint: "1:window2",
				Suppressed: &finding.Suppressed{By: "comment", Reason: "test key", Until: "2027-01-31"},
			},
			{
				Rule: "kms-key-public", Severity: finding.Critical, Certainty: finding.Certain, Status: finding.Resolved,
				Address: "aws_kms_key.closed", Attribute: "policy", Message: "aws_kms_key.closed let any AWS account call kms:*.", Remedy: "None is needed.", Fingerprint: "1:closed",
			},
		},
		Rules: rules(), Files: files, Root: "/repo", Dir: "/repo",
		Paths: []finding.Path{
			{Key: key("eu"), Steps: []finding.Step{{From: "any AWS account", Label: "kms:*", To: key("eu"), Location: everyone}}},
			{Key: key("us"), Steps: []finding.Step{{From: "any AWS account", Label: "kms:*", To: key("us"), Location: everyone}}},
			{Key: "aws_kms_key.sealed", Steps: []finding.Step{
				{From: "any AWS account", Label: "sts:AssumeRole", To: "aws_iam_role.portal", Location: at(t, files, main, `{ AWS = "*" }`)},
				{From: "aws_iam_role.portal", Label: "kms:Decrypt", To: "aws_kms_key.sealed", Location: hidden},
			}},
		},
	}
	r.Summary = finding.Summarize(r)
	return r
}

// calm is a report without findings.
func calm() *finding.Report {
	r := &finding.Report{
		FormatVersion: finding.FormatVersion,
		Tool:          finding.Tool{Name: "keyproof", Version: "1.2.3"},
		Inputs:        []finding.Input{{Path: "infra", Kind: "source"}},
		Policies: []finding.Policy{
			{Address: "aws_kms_key.a", Attribute: "policy", Kind: "key", Verdict: "internal", Public: "no", ResolvedFrom: "default"},
			{Address: "aws_kms_key.b", Attribute: "policy", Kind: "key", Verdict: "service", Public: "no", ResolvedFrom: "source"},
		},
		Rules: rules(), Root: "/repo", Dir: "/repo",
	}
	r.Summary = finding.Summarize(r)
	return r
}

// empty is a report of an input that holds nothing to judge.
func empty() *finding.Report {
	return &finding.Report{
		FormatVersion: finding.FormatVersion,
		Tool:          finding.Tool{Name: "keyproof", Version: "1.2.3"},
		Inputs:        []finding.Input{{Path: "plan.json", Kind: "plan", TerraformVersion: "1.11.4"}},
		Root:          "/repo", Dir: "/repo",
	}
}

// broken is a report of an input that could not be read, beside one that could.
func broken() *finding.Report {
	const src = "resource \"aws_kms_key\" \"x\" {\n  policy = jsonencode({\n}\n"
	r := calm()
	r.Inputs = append(r.Inputs, finding.Input{Path: "other/plan.bin", Kind: "plan"})
	r.Files = map[string][]byte{"infra/broken.tf": []byte(src)}
	r.Diagnostics = []finding.Diagnostic{
		{
			Severity: "error", Summary: "This is a binary plan",
			Detail: "A binary plan holds no values. Make a plan JSON of it:\n\n    terraform show -json other/plan.bin > plan.json\n    keyproof check plan.json",
		},
		{
			Severity: "error", Summary: "Unclosed configuration block", Detail: "There is no closing brace for this block before the end of the file.",
			Location: &finding.Location{File: "infra/broken.tf", Start: finding.Pos{Line: 2, Column: 23}, End: finding.Pos{Line: 2, Column: 24}},
		},
	}
	return r
}

// samples are the reports that every format has golden files for.
func samples(t testing.TB) map[string]*finding.Report {
	loose := calm()
	loose.Findings = []finding.Finding{{Rule: "kms-key-public", Severity: finding.Low, Certainty: finding.Certain, Address: "aws_kms_key.a", Attribute: "policy",
		Message: "It is public.", Remedy: "Close it.", Fingerprint: "1:a"}}
	loose.Policies[0].Verdict, loose.Policies[0].Public = "public", "yes"
	return map[string]*finding.Report{
		"full": gated(full(t), finding.High), "calm": gated(calm(), finding.High), "empty": gated(empty(), finding.High), "broken": gated(broken(), finding.High),
		"hostile": gated(hostile(), finding.Critical, finding.Setting{What: "trusted_accounts " + evil, From: evil}), "busy": busy(),
		// green only by its settings
		"loose": gated(loose, finding.High, finding.Setting{What: "severity kms-key-public = low (critical by itself)", From: ".keyproof.hcl:7"},
			finding.Setting{What: "disabled_rules kms-key-rotation", From: ".keyproof.hcl:3"}, finding.Setting{What: "trusted_accounts 444455556666", From: ".keyproof.hcl:1"}),
	}
}

// evil is a text that tries to be more than text.
const evil = "</details><img src=x onerror=alert(1)>`|@octocat #1 [a](https://evil.example) \x1b[31m\u202e\n::error::x\nCritical: x"

// hostile is a report in which every text from the input is evil.
func hostile() *finding.Report {
	src := "policy = \"" + evil + "``` </script>\"\n"
	l := &finding.Location{File: "a:b,c/<img src=x onerror=alert(1)> %.tf", Start: finding.Pos{Line: 1, Column: 11, Byte: 10}, End: finding.Pos{Line: 3, Column: 5, Byte: 200}}
	w := &finding.Witness{Principal: stranger + evil, Action: "kms:Decrypt" + evil, Resource: evil, Context: map[string]any{evil: []string{evil, evil}}}
	address := `aws_kms_key.x["` + evil + `"]`
	f := finding.Finding{
		Rule: "kms-key-public", Severity: finding.Critical, Certainty: finding.Certain, Status: finding.New,
		Address: address, Attribute: "policy" + evil, Statement: &finding.Statement{Sid: evil},
		Message: address + " is public. " + evil, Remedy: evil, Witness: w, DependsOn: []string{evil},
		Location: l, Related: []finding.Related{{Message: evil, Location: l}, {Message: evil}}, Fingerprint: evil,
		Fixes: []finding.Fix{{Title: evil, Proof: finding.Proof{Ends: []string{evil}, TakesAway: []string{evil}, Keeps: evil}, Edits: []finding.Edit{{Location: l, Text: evil}},
			Policy: evil, Commands: []string{evil}, Console: []string{evil}, Placeholders: []string{evil}, Diff: "--- a/x\n+++ b/" + evil + "\n@@ -1 +1 @@\n-" + evil + "\n+" + evil + "```\n"}},
	}
	g := f
	g.Address, g.Location, g.Fingerprint = "<b>@all</b>", nil, "2"
	s := f
	s.Address, s.Fingerprint, s.Suppressed = "aws_kms_key.s", "3", &finding.Suppressed{By: evil, Reason: evil, Until: evil}
	d := f
	d.Address, d.Fingerprint, d.Status = evil, "4", finding.Resolved
	r := &finding.Report{
		FormatVersion: finding.FormatVersion,
		Tool:          finding.Tool{Name: "keyproof", Version: "1.2.3"},
		Inputs:        []finding.Input{{Path: evil, Kind: "plan", Account: &finding.Account{ID: evil, From: evil}}, {Path: "b.json", Kind: "plan"}},
		Diagnostics:   []finding.Diagnostic{{Severity: "warning", Summary: evil, Detail: evil, Location: l}},
		Policies:      []finding.Policy{{Address: address, Attribute: "policy" + evil, Kind: "key", Verdict: "public", Public: "yes", ResolvedFrom: "plan", Witness: w, Location: l}},
		Findings:      []finding.Finding{f, g, s, d},
		Rules:         []finding.Rule{{ID: "kms-key-public", Title: "Title " + evil, Severity: finding.Critical, Why: evil + "\n\n```\n" + evil, Fix: "- " + evil, References: []string{"javascript:alert(1)", evil, "https://ok.example/\"><img src=x>"}}},
		Files:         map[string][]byte{l.File: []byte(src)},
		Root:          "/repo", Dir: "/repo/sub",
		Paths: []finding.Path{
			{Key: address, Steps: []finding.Step{{From: evil, Label: evil, To: address, Location: l}}},
			{Key: "b", Steps: []finding.Step{{From: "style a:#b;" + evil, Label: "end", To: "x"}, {From: "x", Label: "|\"]", To: "b"}}},
		},
	}
	r.Summary = finding.Summarize(r)
	return r
}

// busy is a report of several inputs with much to draw.
func busy() *finding.Report {
	r := &finding.Report{
		FormatVersion: finding.FormatVersion,
		Tool:          finding.Tool{Name: "keyproof", Version: "1.2.3"},
		Inputs: []finding.Input{
			{Path: "prod/plan.json", Kind: "plan", Account: &finding.Account{ID: "111122223333", From: "--account"}},
			{Path: "staging/plan.json", Kind: "plan", Account: &finding.Account{ID: "111122223333", From: "--account"}},
		},
		Rules: rules(), Root: "/repo", Dir: "/repo",
	}
	policy := func(input int, kind, address, verdict, public, principal, call string) {
		p := finding.Policy{Input: input, Address: address, Attribute: "policy", Kind: kind, Verdict: verdict, Public: public, Action: action("update"), ResolvedFrom: "plan"}
		if principal != "" {
			p.Named = &finding.Witness{Principal: principal, Action: call, Resource: "*"}
		}
		if public == "yes" {
			p.Witness, p.Named = p.Named, nil
		}
		r.Policies = append(r.Policies, p)
	}
	for i := range 2 {
		policy(i, "key", `module.platform.module.storage["eu-central-1"].module.kms.aws_kms_key.objects[0]`, "public", "yes", stranger, "kms:Decrypt")
		policy(i, "key", "aws_kms_key.partner", "external", "no", "arn:aws:iam::222233334444:role/any", "kms:GenerateDataKeyWithoutPlaintext")
		policy(i, "key", "aws_kms_key.topic", "service-open", "no", "sns.amazonaws.com", "kms:Decrypt")
		policy(i, "key", "aws_kms_key.office", "network", "no", "arn:aws:iam::999999999999:role/x", "kms:Decrypt")
		policy(i, "key", "aws_kms_key.later", "unknown", "unknown", "", "")
		policy(i, "key", "aws_kms_key.plain", "internal", "no", "arn:aws:iam::111122223333:role/app", "kms:Decrypt")
		policy(i, "trust", "aws_iam_role.portal", "public", "yes", stranger, "sts:AssumeRole")
		policy(i, "trust", "aws_iam_role.ci", "public", "yes", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", "sts:AssumeRoleWithWebIdentity")
		policy(i, "identity", "aws_iam_policy.all", "broad", "no", "", "")
	}
	step := func(from, label, to string) finding.Step { return finding.Step{From: from, Label: label, To: to} }
	hub := step("anybody with a token of token.actions.githubusercontent.com", "sts:AssumeRoleWithWebIdentity", "aws_iam_role.ci")
	door := step("any AWS account", "sts:AssumeRole", "aws_iam_role.portal")
	hop := step("aws_iam_role.portal", "sts:AssumeRole", "aws_iam_role.inner")
	for i := range 2 {
		for _, key := range []string{"aws_kms_key.topic", "aws_kms_key.partner", "aws_kms_key.plain"} {
			r.Paths = append(r.Paths,
				finding.Path{Input: i, Key: key, Steps: []finding.Step{hub, step("aws_iam_role.ci", "kms:Decrypt", key)}},
				finding.Path{Input: i, Key: key, Steps: []finding.Step{door, hop, step("aws_iam_role.inner", "kms:Encrypt", key)}},
			)
		}
		for _, f := range []finding.Finding{
			{Rule: "kms-key-public", Severity: finding.Critical, Address: r.Policies[0].Address, Message: "It is public."},
			{Rule: "kms-key-reachable", Severity: finding.Critical, Address: "aws_kms_key.plain", Message: "It is reached."},
			{Rule: "policy-undecided", Severity: finding.Medium, Address: "aws_kms_key.later", Message: "Not known."},
		} {
			f.Input, f.Attribute, f.Certainty, f.Status, f.Remedy = i, "policy", finding.Certain, finding.New, "Close it."
			f.Witness = &finding.Witness{Principal: stranger, Action: "kms:Decrypt"}
			f.Fingerprint = f.Rule + itoa(i)
			r.Findings = append(r.Findings, f)
		}
	}
	r.Summary = finding.Summarize(r)
	return r
}

// gated gives a report the gate that a run would give it.
func gated(r *finding.Report, failOn finding.Severity, settings ...finding.Setting) *finding.Report {
	r.Gate = finding.Gate{FailOn: failOn.String(), Settings: settings, Passed: true}
	for _, f := range r.Findings {
		if f.Counts() && f.Severity >= failOn {
			r.Gate.Counted = append(r.Gate.Counted, f.Fingerprint)
			r.Gate.Passed = false
		}
	}
	for _, d := range r.Diagnostics {
		r.Gate.Passed = r.Gate.Passed && d.Severity != "error"
	}
	return r
}

func itoa(i int) string { return string(rune('0' + i)) }
