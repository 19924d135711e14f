package rules_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
)

const ownRules = "../fixtures/own-rules"

// TestOwnRules runs the rules that the documentation shows, with the configuration beside them.
func TestOwnRules(t *testing.T) {
	t.Chdir(ownRules)
	result, err := scan.Run(context.Background(), scan.Options{RulesDir: "rules", Env: []string{}, Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Report.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	var got []string
	for _, f := range result.Report.Findings {
		if strings.HasPrefix(f.Rule, "acme-") {
			got = append(got, f.Rule+" "+f.Address+" "+f.Severity.String()+" "+f.Certainty)
		}
	}
	slices.Sort(got)
	want := []string{
		"acme-production-rotation aws_kms_key.carts low " + finding.Possible,
		"acme-production-rotation aws_kms_key.orders high " + finding.Certain,
		"acme-shared-keys aws_kms_grant.exports critical " + finding.Certain,
		"acme-shared-keys aws_kms_key.exports critical " + finding.Certain,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if code := result.ExitCode(); code != scan.ExitFindings {
		t.Errorf("the exit code is %d", code)
	}
}

// TestDocumentedRules holds the examples of the documentation against the files that were run.
func TestDocumentedRules(t *testing.T) {
	page, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(ownRules + "/rules/*.hcl")
	if err != nil || len(files) < 2 {
		t.Fatal("the examples are gone", err)
	}
	for _, name := range append(files, ownRules+"/.keyproof.hcl") {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "```hcl\n"+string(src)+"```\n") {
			t.Errorf("docs/rules.md does not show %s as it is", name)
		}
	}
}

// Every fact that rules may use has a value, of the type that the documentation tells: a rule that asks for each of them
// alone fires, and is certain. The key that it is asked on has known values.
func TestEveryFactHasAValue(t *testing.T) {
	dir := t.TempDir()
	asked := map[string]bool{}
	for object, facts := range check.Schema {
		subject, more, message := "key policy", "", "resource.address"
		switch object {
		case "access":
			subject, message = "access", "access.key"
		case "grant":
			subject = "grant"
		case "statement":
			more = "\n  each = \"statement\""
		}
		for _, f := range facts {
			id := "acme-" + object + "-" + strings.ReplaceAll(f.Name, "_", "-")
			fact := object + "." + f.Name
			when := map[bool]string{true: fact + " || !" + fact, false: fact + " == " + fact}[f.Type == cty.Bool]
			src := "rule \"" + id + "\" {\n  title = \"T\"\n  severity = \"low\"\n  subject = \"" + subject + "\"" + more +
				"\n  when = " + when + "\n  message = " + message + "\n  why = \"W\"\n  fix = \"F\"\n}\n"
			if err := os.WriteFile(filepath.Join(dir, id+".hcl"), []byte(src), 0o600); err != nil {
				t.Fatal(err)
			}
			asked[id] = true
		}
	}
	t.Chdir(ownRules)
	result, err := scan.Run(context.Background(), scan.Options{RulesDir: dir, Env: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Report.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	for _, f := range result.Report.Findings {
		if asked[f.Rule] && f.Certainty == finding.Certain {
			delete(asked, f.Rule)
		}
	}
	for id := range asked {
		t.Errorf("%s did not fire", id)
	}
}

// A rule that cannot run must not look like a rule that found nothing.
func TestOwnRuleThatFails(t *testing.T) {
	for name, c := range map[string]struct{ when, want string }{
		"at load":          {"key.rotate", `"rotate"`},
		"while it runs":    {`key.tags["team"] == "payments"`, "On aws_kms_key."},
		"name of our own":  {"key.rotates", "Two rules have one name"},
		"nothing is there": {"", "No rules found"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			id := "acme-rule"
			if name == "name of our own" {
				id = "kms-key-rotation"
			}
			if c.when != "" {
				src := "rule \"" + id + "\" {\n  title = \"T\"\n  severity = \"low\"\n  subject = \"key\"\n  when = " + c.when +
					"\n  message = resource.address\n  why = \"W\"\n  fix = \"F\"\n}\n"
				if err := os.WriteFile(filepath.Join(dir, "x.hcl"), []byte(src), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			result, err := scan.Run(context.Background(), scan.Options{Paths: []string{fixtures + "/kms-key-rotation/good"}, RulesDir: dir, Env: []string{}})
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, d := range result.Report.Diagnostics {
				said += d.Summary + " " + d.Detail + "\n"
			}
			if result.ExitCode() != scan.ExitProblem || !strings.Contains(said, c.want) {
				t.Errorf("exit code %d, want 2; said %q, want %q", result.ExitCode(), said, c.want)
			}
		})
	}
}
