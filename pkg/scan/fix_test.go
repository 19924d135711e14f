package scan_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
	"github.com/keyproof/keyproof/rules"
)

var updateFixes = flag.Bool("update-fixes", false, "rewrite the diffs of fixtures/fixes")

// copied is a copy of a fixture in a directory of its own, which becomes the current one.
func copied(t *testing.T, from string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
}

func fixed(t *testing.T, paths ...string) *scan.Fixed {
	t.Helper()
	out, err := scan.Fix(context.Background(), scan.Options{Paths: paths, Now: time.Unix(1_700_000_000, 0)}, scan.FixOptions{Each: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func judged(t *testing.T, paths ...string) []finding.Finding {
	t.Helper()
	r, err := scan.Run(context.Background(), scan.Options{Paths: paths, Now: time.Unix(1_700_000_000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(r.Report.Findings, func(f finding.Finding) bool { return !f.Counts() })
}

// formatted says what terraform fmt -check says of the current directory; true where it is not installed.
func formatted(t *testing.T) bool {
	t.Helper()
	path, err := exec.LookPath("terraform")
	if err != nil {
		return true
	}
	return exec.Command(path, "fmt", "-check", ".").Run() == nil
}

func write(t *testing.T, files []scan.EditedFile) {
	t.Helper()
	if err := scan.WriteFiles(context.Background(), files); err != nil {
		t.Fatal(err)
	}
}

// TestFixesInEverySyntax makes the edits of each fixture, and holds that the findings are gone and the rest of the files
// is what it was.
func TestFixesInEverySyntax(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/fixes/*")
	if err != nil || len(dirs) < 10 {
		t.Fatalf("%d fixtures: %v", len(dirs), err)
	}
	for _, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			copied(t, dir)
			want := filepath.Join(dir, "want.diff")
			was := formatted(t)
			out := fixed(t, ".")
			var diff strings.Builder
			for _, f := range out.Files {
				diff.WriteString(f.Diff())
			}
			for _, f := range out.Taken {
				diff.WriteString("\nfix: " + f.Finding.Address + ", " + f.Finding.Rule + ": " + f.Fix.Title + "\n")
				for _, lost := range f.Fix.Proof.TakesAway {
					diff.WriteString("  takes away: " + lost + "\n")
				}
			}
			for _, l := range out.Left {
				diff.WriteString("left: " + l.Finding.Address + ", " + l.Finding.Rule + ": " + l.Why + "\n")
			}
			if *updateFixes {
				if err := os.WriteFile(want, []byte(diff.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(golden), diff.String()); d != "" {
				t.Errorf("run go test ./pkg/scan -run TestFixes -update-fixes and read the diff:\n%s", d)
			}
			for _, f := range out.Files {
				keepsComments(t, f)
			}
			write(t, out.Files)
			if after := judged(t, "."); len(after) != len(out.Left) {
				t.Errorf("%d findings are left, %d were told", len(after), len(out.Left))
			}
			if formatted(t) != was {
				t.Error("terraform fmt -check says something else than before")
			}
			if again := fixed(t, "."); len(again.Files) > 0 {
				t.Error("a second run finds something to mend")
			}
		})
	}
}

// keepsComments holds that an edit loses no comment of a file in native syntax.
func keepsComments(t *testing.T, f scan.EditedFile) {
	t.Helper()
	if filepath.Ext(f.Name) != ".tf" {
		return
	}
	tokens, _ := hclsyntax.LexConfig(f.Before, f.Name, hcl.InitialPos)
	for _, token := range tokens {
		if comment := bytes.TrimSpace(token.Bytes); token.Type == hclsyntax.TokenComment && bytes.Count(f.After, comment) < bytes.Count(f.Before, comment) {
			t.Errorf("the comment %s is lost", comment)
		}
	}
}

// samples stand for what only somebody knows.
var samples = strings.NewReplacer("THIRD_PARTY_ACCOUNT_ID", "444455556666", "EXTERNAL_ID", "8f14e45f", "ROLE", "reader", "OWNER", "acme", "REPOSITORY", "app",
	"REGION", "eu-central-1", "KEY_ID", "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9", "o-ORGANIZATION", "o-a1b2c3d4e5")

// without are the rules whose findings no edit can end; their pages say why.
var without = []string{"kms-grant-external", "policy-undecided", "access-not-judged", "policy-assumed", "kms-key-unexpected-access", "kms-key-missing-access", "kms-key-access-gained"}

// TestFixesOfRules applies the first fix of every finding of every rule's bad fixture by itself, and holds its proof.
func TestFixesOfRules(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/rules/*/bad")
	if err != nil || len(dirs) < 15 {
		t.Fatalf("%d fixtures: %v", len(dirs), err)
	}
	for _, dir := range dirs {
		rule := filepath.Base(filepath.Dir(dir))
		dir, err := filepath.Abs(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(rule, func(t *testing.T) {
			copied(t, dir)
			was, before := formatted(t), judged(t, ".")
			out := fixed(t, ".")
			for i := range out.Result.Report.Findings {
				f := &out.Result.Report.Findings[i]
				switch {
				case !f.Counts() || f.Rule != rule:
				case slices.Contains(without, rule):
					if len(f.Fixes) > 0 {
						t.Errorf("%s has a fix, and is listed as one without", f.Address)
					}
				case len(f.Fixes) == 0 || len(f.Fixes[0].Edits) == 0:
					t.Errorf("%s: %s has no edit: %+v", f.Address, f.Message, out.Left)
				default:
					holds(t, f, before)
				}
			}
			if formatted(t) != was {
				t.Error("terraform fmt -check says something else than before")
			}
		})
	}
}

// TestFixesOfAReport applies each fix that a report shows by itself, though several were proved by one run, and holds its proof.
func TestFixesOfAReport(t *testing.T) {
	dir, err := filepath.Abs("../../fixtures/plans/mistakes")
	if err != nil {
		t.Fatal(err)
	}
	copied(t, dir)
	if err := os.Remove("plan.json"); err != nil { // it would say what it said before
		t.Fatal(err)
	}
	r, err := scan.Run(context.Background(), scan.Options{Paths: []string{"."}, Now: time.Unix(1_700_000_000, 0), Fixes: 1})
	if err != nil {
		t.Fatal(err)
	}
	before, n := judged(t, "."), 0
	for i := range r.Report.Findings {
		if f := &r.Report.Findings[i]; len(f.Fixes) > 0 && len(f.Fixes[0].Edits) > 0 {
			n++
			holds(t, f, before)
		}
	}
	if n < 9 {
		t.Errorf("the report shows %d fixes", n)
	}
}

// TestRulesWithoutFixesSayWhy holds that each rule has a fixture that is mended, or a page that says why nothing mends it.
func TestRulesWithoutFixesSayWhy(t *testing.T) {
	all, diags := check.Load(rules.FS)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, r := range all {
		_, err := os.Stat("../../fixtures/rules/" + r.ID + "/bad")
		mended := err == nil && !slices.Contains(without, r.ID)
		says := strings.Contains(r.Fix, "`keyproof fix` has no edit for it: ") || strings.Contains(r.Fix, "So `keyproof fix` has none.")
		switch {
		case !mended && !says:
			t.Errorf("%s has no fix, and its page does not say why", r.ID)
		case mended && (says || !strings.Contains(r.Fix, "`keyproof fix`")):
			t.Errorf("the page of %s does not say what keyproof fix does", r.ID)
		}
	}
}

// holds applies a fix to the sources, holds what it promises, and takes it back.
func holds(t *testing.T, f *finding.Finding, before []finding.Finding) {
	t.Helper()
	x := f.Fixes[0]
	if !slices.Contains(x.Proof.Ends, f.Fingerprint) {
		t.Errorf("%s: the proof does not say that the finding is gone", f.Address)
	}
	files := map[string][]byte{}
	for i := len(x.Edits) - 1; i >= 0; i-- {
		e := x.Edits[i]
		name := e.Location.File
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if files[name] == nil {
			files[name] = src
		}
		edited := slices.Concat(src[:e.Location.Start.Byte], []byte(samples.Replace(e.Text)), src[e.Location.End.Byte:])
		if err := os.WriteFile(name, edited, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, g := range judged(t, ".") {
		if g.Rule == f.Rule && g.Address == f.Address && g.Fingerprint == f.Fingerprint {
			t.Errorf("%s is there still", f.Address)
		}
		if !slices.ContainsFunc(before, func(b finding.Finding) bool { return b.Rule == g.Rule && b.Address == g.Address }) {
			t.Errorf("%s of %s is new", g.Rule, g.Address)
		}
	}
	if !formatted(t) {
		t.Errorf("%s: the edit is not formatted", f.Address)
	}
	for name, src := range files {
		if err := os.WriteFile(name, src, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFixRefusals holds that nothing is written where a file is not what it was, or is not the user's.
func TestFixRefusals(t *testing.T) {
	from, err := filepath.Abs("../../fixtures/fixes/heredoc")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("changed", func(t *testing.T) {
		copied(t, from)
		out := fixed(t, ".")
		changed := append(bytes.Clone(out.Files[0].Before), "# later\n"...)
		if err := os.WriteFile("main.tf", changed, 0o644); err != nil {
			t.Fatal(err)
		}
		err := scan.WriteFiles(context.Background(), out.Files)
		if now, _ := os.ReadFile("main.tf"); err == nil || !bytes.Equal(now, changed) {
			t.Errorf("it was written: %v", err)
		}
	})
	t.Run("link", func(t *testing.T) {
		copied(t, from)
		if err := os.Rename("main.tf", "elsewhere"); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("elsewhere", "main.tf"); err != nil {
			t.Skip(err)
		}
		if out := fixed(t, "."); len(out.Files) > 0 {
			t.Error("a link is edited")
		}
	})
}

// TestFillIn gives what only somebody knows: a good value is proved and written, a pattern that lets in everybody is not.
func TestFillIn(t *testing.T) {
	from, err := filepath.Abs("../../fixtures/plans/mistakes")
	if err != nil {
		t.Fatal(err)
	}
	copied(t, from)
	asked := 0
	choose := func(o *scan.Offer) (int, error) {
		for n := range o.Fixes {
			if o.Finding.Rule != "iam-role-federated-public" || len(o.Fixes[n].Placeholders) == 0 {
				continue
			}
			asked++
			if o.Fill(n, map[string]string{"OWNER": "*"}) || o.Fill(n, map[string]string{"OWNER": "*", "REPOSITORY": "*"}) {
				t.Error("anybody may be the owner")
			}
			if o.Fill(n, map[string]string{"OWNER": "acme", "REPOSITORY": "s*"}) || o.Fill(n, map[string]string{"OWNER": "acme:x", "REPOSITORY": "site"}) {
				t.Error("a pattern, or a text of several parts, is no name")
			}
			if !o.Fill(n, map[string]string{"OWNER": "acme", "REPOSITORY": "site"}) || len(o.Fixes[n].Placeholders) > 0 {
				t.Error("a named repository is no fix")
			}
			return n, nil
		}
		return -1, nil
	}
	out, err := scan.Fix(context.Background(), scan.Options{Paths: []string{"."}}, scan.FixOptions{Choose: choose})
	if err != nil || asked != 1 || len(out.Files) != 1 {
		t.Fatalf("%v, asked %d times, %d files", err, asked, len(out.Files))
	}
	if !bytes.Contains(out.Files[0].After, []byte(`"repo:acme/site:*"`)) {
		t.Errorf("the value is not written:\n%s", out.Files[0].Diff())
	}
}

// TestFixesOfPlans mends the sources of a plan.
func TestFixesOfPlans(t *testing.T) {
	for name, least := range map[string]int{"policy-documents": 8, "nested-modules": 4, "known-after-apply": 6, "odd-sources": 6} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.Abs("../../fixtures/plans/" + name)
			if err != nil {
				t.Fatal(err)
			}
			copied(t, dir)
			was := formatted(t)
			out := fixed(t, "plan.json")
			if out.Mended < least {
				t.Errorf("%d findings are mended, not %d; left: %+v", out.Mended, least, out.Left)
			}
			write(t, out.Files)
			if formatted(t) != was {
				t.Error("terraform fmt -check says something else than before")
			}
		})
	}
}

// TestLossesOfEachFix holds what each fix of a statement for everybody says that it takes away.
func TestLossesOfEachFix(t *testing.T) {
	const services = "an AWS service that calls as itself for the own account may no longer call kms:Decrypt"
	want := map[string][]string{
		"key: Let in only the own account":       {services},
		"key: Let in only the own organization":  {services},
		"key: Name the own account":              {services, "a principal of the own account may call kms:Decrypt only where an IAM policy allows it", "aws_iam_role.reader may no longer call kms:Decrypt on aws_kms_key.key"},
		"role: Let in only the own account":      {},
		"role: Let in only the own organization": {},
		"role: Name the own account":             {"a principal of the own account may call sts:AssumeRole only where an IAM policy allows it"},
	}
	got := map[string][]string{}
	for _, what := range []string{"key", "role"} {
		opts := scan.Options{Paths: []string{"../../fixtures/fixes-offered/" + what}, Account: "111122223333", Organization: "o-a1b2c3d4e5", Now: time.Unix(1_700_000_000, 0)}
		out, err := scan.Fix(context.Background(), opts, scan.FixOptions{Each: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.Result.Report.Findings {
			for _, x := range f.Fixes {
				title, _, _ := strings.Cut(x.Title, " through ")
				title, _, _ = strings.Cut(title, " as the principal ")
				got[what+": "+title] = x.Proof.TakesAway
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
