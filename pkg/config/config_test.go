package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/file/filetest"
	"github.com/keyproof/keyproof/pkg/finding"
)

func rules() []string {
	return []string{"kms-key-public", "kms-key-rotation", "kms-key-wildcard-action", "policy-undecided"}
}

func TestLoad(t *testing.T) {
	path := filepath.Join("testdata", "full.hcl")
	got, diags := Load(path)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	want := &Config{
		Path:                  path,
		Account:               "012345678901",
		Organization:          "o-a1b2c3d4e5",
		TrustedAccounts:       []string{"111122223333", "444455556666"},
		TrustedOrganizations:  []string{"o-zzzzzzzzzz"},
		FailOn:                "medium",
		MinDeletionWindowDays: 14,
		IPv4Prefix:            16,
		IPv6Prefix:            48,
		Severity:              map[string]finding.Severity{"kms-key-rotation": finding.Low, "policy-undecided": finding.Critical},
		DisabledRules:         []string{"kms-key-wildcard-action"},
		Exceptions: []Exception{
			{Rule: "kms-key-public", Address: "module.shared.*", Reason: "The public signing key of the update server",
				Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)},
			{Rule: "kms-key-rotation", Address: `aws_kms_key.legacy["a"]`, Reason: "Imported key material"},
		},
		SharedIssuers: []SharedIssuer{{Host: "ci.example.com", Tenant: "sub", Formed: true, Before: "org:", After: "/"}},
		ConditionKeys: []ConditionKey{{Name: "aws:NewKey", Restricts: true}},
	}
	want.Settings = []Setting{{What: "trusted_accounts 111122223333"}, {What: "trusted_accounts 444455556666"}, {What: "trusted_organizations o-zzzzzzzzzz"},
		{What: "min_deletion_window_days = 14"}, {What: "disabled_rules kms-key-wildcard-action"},
		{What: "condition_key aws:NewKey restricts"}}
	if at := got.Settings[0].Range.Start; at.Line != 5 || got.SeverityAt["kms-key-rotation"].Start.Line != 16 {
		t.Errorf("the places of settings are %v and %v", at, got.SeverityAt)
	}
	ignore := cmp.Options{cmpopts.IgnoreUnexported(Config{}), cmpopts.IgnoreFields(Setting{}, "Range"), cmpopts.IgnoreFields(Config{}, "SeverityAt"), cmpopts.IgnoreFields(Config{}, "Source"), cmpopts.IgnoreFields(Exception{}, "Range"), cmpopts.IgnoreFields(SharedIssuer{}, "Range")}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Error(diff)
	}
	if !bytes.Contains(got.Source, []byte("Who is let in")) {
		t.Error("the source is not kept")
	}
	if at := got.Exceptions[1].Range; at.Filename != path || at.Start.Line != 26 {
		t.Errorf("the second exception stands at %v", at)
	}
	if diags := got.Check(rules()); len(diags) > 0 {
		t.Error(diags)
	}
	if !got.Disabled("kms-key-wildcard-action") || got.Disabled("kms-key-public") {
		t.Error("the wrong rules are disabled")
	}
	if s := got.SeverityOf("kms-key-rotation", finding.Medium); s != finding.Low {
		t.Errorf("kms-key-rotation is %v", s)
	}
}

func TestZero(t *testing.T) {
	var c Config
	if c.Disabled("kms-key-public") || c.SeverityOf("kms-key-public", finding.High) != finding.High || len(c.Check(nil)) > 0 {
		t.Error("the zero value changes something")
	}
	got, diags := Parse(nil, "empty.hcl")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if diff := cmp.Diff(&Config{Path: "empty.hcl"}, got, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// TestErrors holds what each mistake is answered with: the line, and words of the answer.
func TestErrors(t *testing.T) {
	exception := func(body string) string {
		return "exception \"kms-key-public\" {\n" + body + "\n}\n"
	}
	tests := []struct {
		name, src string
		want      []string // line: words
	}{
		{"unknown argument", "trusted_acounts = []", []string{`1: Did you mean "trusted_accounts"?`}},
		{"unknown block", "exceptions \"x\" {}", []string{`1: Did you mean "exception"?`}},
		{"syntax", "account = \n\"1\"", []string{"1: Invalid expression"}},
		{"number for an account", "\naccount = 123456789012", []string{"2: 12 digits in quotes"}},
		{"short account", `account = "12345"`, []string{`1: "12345" is not an account id`}},
		{"letters in an account", `account = "12345678901x"`, []string{"1: 12 digits"}},
		{"organization", `organization = "o-SHOUT12345"`, []string{`1: "o-SHOUT12345" is not an organization id`}},
		{"list of accounts", "trusted_accounts = [\n\"111122223333\",\n\"1111\",\n444455556666,\n]",
			[]string{`3: "1111" is not an account id`, "4: 12 digits in quotes"}},
		{"no list", `trusted_accounts = "111122223333"`, []string{"1: a list such as"}},
		{"variables", "trusted_accounts = [var.account]\naccount = upper(\"x\")",
			[]string{"1: Variables not allowed", "2: Function calls not allowed"}},
		{"null", "account = null", []string{"1: 12 digits"}},
		{"fail_on", `fail_on = "hihg"`, []string{`1: "hihg" is none of critical, high, medium, low, never`}},
		{"fail_on without quotes", `fail_on = high`, []string{"1: Variables not allowed"}},
		{"window", "min_deletion_window_days = 31", []string{"1: from 7 to 30"}},
		{"window of half a day", "min_deletion_window_days = 7.5", []string{"1: from 7 to 30"}},
		{"window in quotes", `min_deletion_window_days = "7"`, []string{"1: from 7 to 30"}},
		{"prefix", "ipv4_prefix = 0\nipv6_prefix = 129", []string{"1: from 1 to 32", "2: from 1 to 128"}},
		{"severity", "severity {\n  kms-key-public = \"mild\"\n}", []string{`2: "mild" is none of`}},
		{"severity off", "severity {\n  kms-key-public = \"never\"\n}", []string{"2: switched off with disabled_rules"}},
		{"severity twice", "severity {\n}\nseverity {\n}", []string{"3: Duplicate severity block"}},
		{"severity as argument", `severity = {}`, []string{`1: Did you mean to define a block of type "severity"?`}},
		{"issuer with a scheme", "shared_issuer \"https://ci.example.com\" {\ntenant = \"sub\"\n}", []string{"1: without its scheme"}},
		{"issuer without a tenant", "shared_issuer \"ci.example.com\" {\n}", []string{"1: the claim of its tokens"}},
		{"form without a star", "shared_issuer \"ci.example.com\" {\ntenant = \"sub\"\nform = \"org:\"\n}", []string{"3: one star"}},
		{"condition key without a word", "condition_key \"aws:NewKey\" {\n}", []string{"1: restricts"}},
		{"condition key that says more", "condition_key \"aws:NewKey\" {\nrestricts = \"yes\"\n}", []string{"2: true where AWS"}},
		{"no condition key", "condition_key \"NewKey\" {\nrestricts = true\n}", []string{"1: as policies do"}},
		{"no reason", exception(`address = "*"`), []string{"1: An exception without a reason"}},
		{"empty reason", exception("address = \"*\"\nreason = \" \""), []string{"3: why this is accepted"}},
		{"no address", exception(`reason = "because"`), []string{"1: An exception without an address"}},
		{"no rule", "exception {\naddress = \"*\"\nreason = \"because\"\n}", []string{"1: Missing rule for exception"}},
		{"date", exception("address = \"*\"\nreason = \"because\"\nuntil = \"31.01.2027\""), []string{`4: "31.01.2027" is not a date`}},
		{"account of an exception", exception("address = \"*\"\nreason = \"because\"\naccounts = [\"x\"]"), []string{`4: "x" is not an account id`}},
		{"impossible date", exception("address = \"*\"\nreason = \"because\"\nuntil = \"2027-02-30\""), []string{`4: "2027-02-30" is not a date`}},
		{"unknown in exception", exception("address = \"*\"\nreason = \"because\"\nuntill = \"2027-01-31\""), []string{`4: Did you mean "until"?`}},
		{"brackets", "account = " + strings.Repeat("(", 50_000), []string{"1: nested too deeply"}},
		{"operators", "account = " + strings.Repeat("!", 50_000) + "true", []string{"1: nested too deeply"}},
		{"a sum", "account = 1" + strings.Repeat("+1", 50_000), []string{"1: nested too deeply"}},
		{"members", "account = a" + strings.Repeat(".b", 50_000), []string{"1: nested too deeply"}},
		{"indices", "account = a" + strings.Repeat("[0]", 50_000), []string{"1: nested too deeply"}},
		{"directives", "account = \"" + strings.Repeat("%{ if true }", 5_000) + strings.Repeat("%{ endif }", 5_000) + "\"", []string{"1: nested too deeply"}},
		{"conditionals", "account = " + strings.Repeat("a?b:", 50_000) + "c", []string{"1: nested too deeply"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, diags := Parse([]byte(tt.src), "x.hcl")
			checkDiags(t, diags, tt.want)
		})
	}
}

func TestCheck(t *testing.T) {
	src := `disabled_rules = ["kms-key-publik", "kms-key-public"]
severity {
  kms-rotation = "low"
}
exception "something-else-entirely" {
  address = "*"
  reason  = "because"
}
`
	c, diags := Parse([]byte(src), "x.hcl")
	checkDiags(t, diags, nil)
	checkDiags(t, c.Check(rules()), []string{
		`1: There is no rule "kms-key-publik": Did you mean "kms-key-public"?`,
		`5: There is no rule "something-else-entirely": keyproof rules lists`,
		`3: There is no rule "kms-rotation"`,
	})
}

// checkDiags holds errors against "line: words", in any order, and demands that each has a file.
func checkDiags(t *testing.T, diags hcl.Diagnostics, want []string) {
	t.Helper()
	if len(diags) != len(want) {
		t.Errorf("%d diagnostics, not %d: %v", len(diags), len(want), diags)
	}
	for _, w := range want {
		line, words, _ := strings.Cut(w, ": ")
		found := false
		for _, d := range diags {
			found = found || d.Severity == hcl.DiagError && d.Subject != nil && d.Subject.Filename == "x.hcl" &&
				fmt.Sprint(d.Subject.Start.Line) == line && strings.Contains(d.Summary+": "+d.Detail, words)
		}
		if !found {
			t.Errorf("no error on line %s says %q: %v", line, words, diags)
		}
	}
}

func TestLoadUnreadable(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.hcl")
	if err := os.WriteFile(big, bytes.Repeat([]byte("#"), maxSize+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, words := range map[string]string{
		filepath.Join(dir, "none.hcl"): "no such file",
		dir:                            "not a regular file",
		big:                            "larger than",
	} {
		c, diags := Load(path)
		if c == nil || !diags.HasErrors() || !strings.Contains(diags.Error(), words) {
			t.Errorf("%s: %v", path, diags)
		}
	}
}

func TestFind(t *testing.T) {
	outside := t.TempDir()
	repo := filepath.Join(outside, "repo")
	deep := filepath.Join(repo, "live", "prod")
	for _, dir := range []string{deep, filepath.Join(repo, ".git"), filepath.Join(repo, "linked")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path string) string {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	find := func(dir, want, wantErr string) {
		t.Helper()
		path, ok, err := Find(dir)
		switch {
		case wantErr != "":
			if err == nil || !strings.Contains(err.Error(), wantErr) {
				t.Errorf("%s: error %v", dir, err)
			}
		case err != nil || path != want && ok || ok != (want != ""):
			t.Errorf("%s: %q %v %v, not %q", dir, path, ok, err, want)
		}
	}

	above := write(filepath.Join(outside, FileName))
	find(deep, "", "")       // never above the repository
	find(outside, above, "") // without a repository: the directory itself
	sub := filepath.Join(outside, "plain")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	find(sub, "", "") // and nothing above it
	root := write(filepath.Join(repo, FileName))
	find(deep, root, "")
	near := write(filepath.Join(repo, "live", FileName))
	find(deep, near, "")
	find(repo, root, "")

	filetest.Symlink(t, above, filepath.Join(repo, "linked", FileName))
	find(filepath.Join(repo, "linked"), "", "outside the repository")
}

func FuzzParse(f *testing.F) {
	src, err := os.ReadFile(filepath.Join("testdata", "full.hcl"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	f.Add([]byte("exception \"x\" {\naddress = \"*\"\nuntil = \"x\"\n}"))
	f.Add([]byte("exception \"x\" {\naddress = \"*\"\nreason = \"y\"\naccounts = [\"111122223333\"]\n}"))
	f.Add([]byte("expect \"a\" {\nkey = \"*\"\nonly {\ndata = [\"account\"]\n}\nkeeps {\ncontrol = [\"aws_iam_role.x\"]\n}\nreason = \"r\"\n}"))
	f.Add([]byte("shared_issuer \"h\" {\ntenant = \"sub\"\nform = \"a:*/\"\n}\ncondition_key \"aws:X\" {\nrestricts = true\n}"))
	f.Add([]byte("severity {\na = [1, \"${x}\"]\n}\ntrusted_accounts = [null, {}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, diags := Parse(src, "x.hcl")
		if c == nil {
			t.Fatal("no configuration")
		}
		for _, d := range diags {
			if d.Subject == nil || d.Summary == "" {
				t.Errorf("an error without a place: %v", d)
			}
		}
		if diags.HasErrors() {
			return
		}
		for _, e := range c.Exceptions {
			if e.Rule == "" && e.Address == "" || e.Reason == "" {
				t.Errorf("an incomplete exception passes: %+v", e)
			}
		}
		for _, id := range append(c.TrustedAccounts, c.Account) {
			if id != "" && len(id) != 12 {
				t.Errorf("%q passes as an account", id)
			}
		}
	})
}
