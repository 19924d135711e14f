package extract_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/unknown"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestPlans holds what is taken out of each plan against a golden file.
func TestPlans(t *testing.T) {
	for _, path := range plansToTest(t) {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			set, diags := extract.Policies(readPlan(t, path))
			got := describe(set, diags)
			golden := filepath.Join("testdata", "golden", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("run with -update if this is right:\n%s", diff)
			}
		})
	}
}

// plansToTest are the plans in fixtures and testdata.
func plansToTest(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../fixtures/plans/*/plan.json", "testdata/*/plan.json", os.Getenv("KEYPROOF_TEST_PLANS")} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 && pattern != "" {
			t.Fatalf("there are no plans in %s: %v", pattern, err)
		}
		out = append(out, found...)
	}
	return out
}

func readPlan(t testing.TB, path string) *tf.Plan {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, _ := tfplan.Detect(f, tfplan.Options{Name: path, Types: extract.Types()})
	plan, diags := in.Plan()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return plan
}

// describe writes a set as text, with names in the place of tokens.
func describe(set *extract.Set, diags hcl.Diagnostics) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, d := range diags {
		line("diagnostic: %s: %s", d.Summary, d.Detail)
	}
	for _, p := range set.Policies {
		line("%s.%s (%s, from %q)", p.Address, p.Attribute, p.Kind, p.From)
		if p.Sensitive {
			line("  sensitive")
		}
		for _, d := range p.Docs {
			line("  after  %s", text(d.Text))
		}
		if p.Grant != nil {
			line("  after  %s", grant(p.Grant))
		}
		if p.GrantBefore != nil {
			line("  before %s", grant(p.GrantBefore))
		}
		if len(p.DependsOn) > 0 {
			line("  depends on %s", strings.Join(p.DependsOn, ", "))
		}
		switch {
		case p.Before != nil && len(p.Docs) == 1 && p.Before.Text.S == p.Docs[0].Text.S:
			line("  before the same")
		case p.Before != nil:
			line("  before %s", text(p.Before.Text))
		}
		if p.For != "" {
			line("  for    %s", p.For)
		}
		if p.Key != nil && p.Key.Resource != p.Resource {
			line("  key    %s", p.Key.Resource.Address)
		}
	}
	for _, k := range set.Keys {
		if k.Primary != nil {
			line("%s is a replica of %s", k.Resource.Address, k.Primary.Resource.Address)
		}
	}
	for _, h := range set.Holders {
		name := h.Type + " " + h.Name
		if h.Resource != nil {
			name = h.Resource.Address
		}
		for _, p := range h.Inline {
			line("%s has %s.%s", name, p.Address, p.Attribute)
		}
		for _, a := range h.Attached {
			line("%s has %s, by %s", name, attachment(a), a.By.Address)
		}
	}
	for _, c := range set.Callers {
		line("account %s by %s of %s", c.ID, c.Address, c.Provider)
	}
	for _, c := range set.Organizations {
		line("organization %s by %s of %s", c.ID, c.Address, c.Provider)
	}
	return b.String()
}

func attachment(a extract.Attachment) string {
	switch {
	case a.Policy != nil:
		return a.Policy.Address
	case a.AWS != nil:
		return text(a.AWS.Text)
	case a.ARN != "":
		return a.ARN
	}
	return "what depends on " + strings.Join(a.DependsOn, ", ")
}

func grant(g *extract.Grant) string {
	s := fmt.Sprintf("%s may %s on %s", text(g.Grantee), strings.Join(g.Operations, ", "), text(g.Key))
	if g.MoreOperations {
		s += ", and more"
	}
	if g.Constrained {
		s += ", constrained"
	}
	return s
}

// text is a text on one line: unknown parts as «reference kind», sensitive ones as "(sensitive)".
func text(t unknown.Text) string {
	if t.SensitiveAt(0, len(t.S)) {
		return "(sensitive) " + outline(iam.Parse(t))
	}
	var b strings.Builder
	for _, p := range unknown.Parts(t.S) {
		if p.Hole < 0 {
			b.WriteString(p.Text)
			continue
		}
		u := t.Holes[p.Hole]
		fmt.Fprintf(&b, "«%s", u.Ref)
		if u.Kind != unknown.AnyText {
			fmt.Fprintf(&b, " %d", u.Kind)
		}
		if u.Of != "" && !strings.HasPrefix(u.Ref, u.Of) {
			fmt.Fprintf(&b, " of %s", u.Of)
		}
		b.WriteString("»")
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func outline(d *iam.Document) string {
	return fmt.Sprintf("document of %d statements", len(d.Statements))
}
