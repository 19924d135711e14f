package rules_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
	"github.com/keyproof/keyproof/rules"
)

var update = flag.Bool("update", false, "write the generated pages anew")

const fixtures = "../fixtures/rules"

// contract is the table of rules that users depend on.
var contract = map[string]string{
	"iam-kms-all-keys":             "low",
	"iam-kms-decrypt-all-keys":     "medium",
	"iam-kms-wildcard-action":      "medium",
	"iam-role-external-account":    "medium",
	"iam-role-federated-public":    "high",
	"iam-role-public":              "critical",
	"kms-grant-external":           "high",
	"kms-key-access-gained":        "high",
	"kms-key-broad-condition":      "medium",
	"kms-key-deletion-window":      "low",
	"kms-key-external-account":     "high",
	"kms-key-lockout":              "high",
	"kms-key-missing-access":       "high",
	"kms-key-not-principal":        "high",
	"kms-key-public":               "critical, high",
	"kms-key-reachable":            "critical",
	"kms-key-rotation":             "medium",
	"kms-key-service-unrestricted": "medium",
	"kms-key-unexpected-access":    "high",
	"kms-key-wildcard-action":      "low",
	"policy-assumed":               "low",
	"policy-invalid":               "high, low",
	"policy-undecided":             "high, low",
}

func load(t *testing.T) []*check.Rule {
	t.Helper()
	list, diags := check.Load(rules.FS)
	for _, d := range diags {
		t.Error(d)
	}
	return list
}

func TestContract(t *testing.T) {
	found := map[string]bool{}
	for _, r := range load(t) {
		found[r.ID] = true
		severity := r.Severity.String()
		if mild, ok := r.Milder(); ok {
			severity += ", " + mild.String()
		}
		if want, ok := contract[r.ID]; ok && severity != want {
			t.Errorf("%s is %s, and was promised to be %s", r.ID, severity, want)
		}
	}
	for id := range contract {
		if !found[id] {
			t.Errorf("the rule %s is gone", id)
		}
	}
}

// TestKnown holds the quick reading of the rules against the one that looks at everything.
func TestKnown(t *testing.T) {
	want := load(t)
	got, diags := check.LoadKnown(rules.FS)
	if diags.HasErrors() || len(got) != len(want) {
		t.Fatalf("%d rules of %d, %v", len(got), len(want), diags)
	}
	for i, r := range got {
		if one, other := check.Page(want[i], "", "#"), check.Page(r, "", "#"); one != other {
			t.Errorf("%s: got\n%s\nwant\n%s", r.File, other, one)
		}
	}
}

// A rule's file is what people read: it is named for the rule, and leaves nothing out.
func TestFiles(t *testing.T) {
	for _, r := range load(t) {
		if r.File != r.ID+".hcl" {
			t.Errorf("%s is in %s", r.ID, r.File)
		}
		if strings.TrimSpace(r.Why) == "" || len(r.References) == 0 {
			t.Errorf("%s does not say why, or names no source", r.ID)
		}
		short, rest, _ := strings.Cut(strings.TrimSpace(r.Fix), "\n\n")
		if len(short) > 250 || strings.Contains(short, "```") {
			t.Errorf("%s: the first paragraph of the fix is what findings show, and has to be short: %q", r.ID, short)
		}
		if !strings.Contains(rest, "```hcl\n") {
			t.Errorf("%s: the fix has no Terraform example", r.ID)
		}
		for _, ref := range r.References {
			if strings.Contains(ref, "://") && !strings.HasPrefix(ref, "https://") {
				t.Errorf("%s: %s", r.ID, ref)
			}
		}
	}
}

// A long condition computes what should be a fact.
func TestConditionsAreShort(t *testing.T) {
	names, err := fs.Glob(rules.FS, "*.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		src, err := fs.ReadFile(rules.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			at := block.Body.Attributes["when"].Expr.Range()
			if lines := 1 + at.End.Line - at.Start.Line; lines > 5 {
				t.Errorf("%s: the condition has %d lines", name, lines)
			}
		}
	}
}

// planFile is the name of a plan in a folder of fixtures, which is judged in place of the sources that it was made of.
const planFile = "plan.json"

// judge judges the sources of a directory alone, or the plan in it, as if it were the current one.
func judge(t *testing.T, dir string) *finding.Report {
	t.Helper()
	t.Chdir(dir)
	var paths []string
	if _, err := os.Stat(planFile); err == nil {
		paths = []string{planFile}
	}
	none := filepath.Join(t.TempDir(), "none.hcl")
	if err := os.WriteFile(none, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(".keyproof.hcl"); err == nil {
		none = ".keyproof.hcl" // of a rule that is about what the configuration says
	}
	result, err := scan.Run(context.Background(), scan.Options{Paths: paths, Sources: []string{"none"}, ConfigFile: none, Env: []string{}, Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Report.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	return result.Report
}

func TestFixtures(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range load(t) {
		ids[r.ID] = true
		for _, name := range []string{"bad", "good"} {
			if _, err := os.Stat(filepath.Join(fixtures, r.ID, name, "main.tf")); err != nil {
				t.Errorf("every rule has fixtures: %v", err)
			}
		}
	}
	folders, err := filepath.Glob(fixtures + "/*/*")
	if err != nil || len(folders) == 0 {
		t.Fatal("there are no fixtures", err)
	}
	for _, dir := range folders {
		id, name := filepath.Base(filepath.Dir(dir)), filepath.Base(dir)
		if !ids[id] {
			t.Errorf("%s: there is no such rule", dir)
			continue
		}
		t.Run(id+"/"+name, func(t *testing.T) {
			found := judge(t, dir).Findings
			switch name {
			case "bad":
				bad(t, id, found)
			case "good":
				good(t, id, found)
			case "unknown":
				unknown(t, id, found)
			default:
				t.Error("a folder of fixtures is named bad, good or unknown")
			}
		})
	}
}

func bad(t *testing.T, id string, found []finding.Finding) {
	n := 0
	for _, f := range found {
		if f.Rule != id {
			continue
		}
		n++
		if _, err := os.Stat(planFile); err != nil && (f.Location == nil || f.Location.File != "main.tf") {
			t.Errorf("%s: the place is %v", f.Address, f.Location)
		}
		if !strings.Contains(f.Message, f.Address) {
			t.Errorf("the message does not say where: %s", f.Message)
		}
		if certain := f.Certainty == finding.Certain; certain != (id != "policy-undecided") {
			t.Errorf("%s is %s", f.Address, f.Certainty)
		}
	}
	if n == 0 {
		t.Errorf("the rule says nothing, only %v are found", names(found))
	}
}

func good(t *testing.T, id string, found []finding.Finding) {
	for _, f := range found {
		if f.Rule == id || f.Severity >= finding.Medium {
			t.Errorf("%s, %s: %s", f.Rule, f.Severity, f.Message)
		}
	}
}

// unknown expects that what is not known is told, by the rule itself or in its stead.
func unknown(t *testing.T, id string, found []finding.Finding) {
	told := false
	for _, f := range found {
		if f.Rule == id || f.Rule == "policy-undecided" {
			told = true
			if f.Certainty != finding.Possible {
				t.Errorf("%s, %s: it is %s", f.Rule, f.Address, f.Certainty)
			}
		}
	}
	if !told {
		t.Errorf("nothing is said of what is not known, only %v are found", names(found))
	}
}

func names(found []finding.Finding) []string {
	out := []string{}
	for _, f := range found {
		out = append(out, f.Rule+" "+f.Address)
	}
	return out
}

// Only metadata is less than use, and what a plan will decide is less than what nothing will.
func TestMilderCases(t *testing.T) {
	for _, c := range []struct{ dir, rule, address, want string }{
		{"kms-key-public/bad", "kms-key-public", "aws_kms_key.backups", "critical"},
		{"kms-key-public/bad", "kms-key-public", "aws_kms_key.catalogue", "high"},
		{"policy-undecided/bad", "policy-undecided", "aws_kms_key.documents", "low"},
		{"kms-key-external-account/unknown", "kms-key-external-account", "aws_kms_key.exports", "high"},
	} {
		t.Run(c.address, func(t *testing.T) {
			for _, f := range judge(t, filepath.Join(fixtures, c.dir)).Findings {
				if f.Rule == c.rule && f.Address == c.address {
					if f.Severity.String() != c.want {
						t.Errorf("%s is %s, want %s", c.rule, f.Severity, c.want)
					}
					return
				}
			}
			t.Errorf("%s says nothing", c.rule)
		})
	}
}

// TestPages holds the generated pages against the rule files and what the rules say today.
func TestPages(t *testing.T) {
	list := load(t)
	examples := map[string]string{}
	for _, r := range list {
		t.Run(r.ID, func(t *testing.T) { examples[r.ID] = example(t, r.ID) })
	}
	current(t, "README.md", catalogue(list, examples))
	for _, r := range list {
		if got := check.Example(rules.Catalogue, r.ID); got != examples[r.ID] && !*update {
			t.Errorf("%s: the program would show another example than the catalogue", r.ID)
		}
	}
}

// example is what the text report says of the rule's bad fixture, without what other rules find there.
func example(t *testing.T, id string) string {
	r := judge(t, filepath.Join(fixtures, id, "bad"))
	r.Findings = slices.DeleteFunc(r.Findings, func(f finding.Finding) bool { return f.Rule != id })
	var b bytes.Buffer
	if err := report.Write(&b, "text", r, report.Options{Width: 100, Quiet: true}); err != nil {
		t.Fatal(err)
	}
	return strings.Trim(b.String(), "\n")
}

func current(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is stale: run go test ./rules -update\n%s", name, firstDifference(string(got), want))
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is %q, and would be %q", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("it has %d lines, and would have %d", len(a), len(b))
}
