package tfhcl_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestSources evaluates the fixtures alone and compares the texts of all resources, and where each star in them is
// written, with want.txt.
func TestSources(t *testing.T) {
	dirs, err := filepath.Glob("../../fixtures/sources/*/main.tf")
	if err != nil || len(dirs) < 5 {
		t.Fatalf("fixtures are missing: %v", err)
	}
	for _, main := range dirs {
		dir := filepath.Dir(main)
		if _, err := os.Stat(filepath.Join(dir, "want.txt")); err != nil && !*update {
			continue // a fixture of another package
		}
		t.Run(filepath.Base(dir), func(t *testing.T) {
			c, diags := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir}, Want: func(m tf.Mode, _ string) bool { return m == tf.Managed }})
			plan, more := c.Plan(context.Background())
			var b strings.Builder
			for _, d := range append(diags, more...) {
				fmt.Fprintln(&b, "note:", d)
			}
			for _, r := range plan.Resources {
				b.WriteString(describe(r))
			}
			got := strings.ReplaceAll(b.String(), dir+"/", "")
			golden := filepath.Join(dir, "want.txt")
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
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// describe writes a resource for people: its texts with named holes, and the place of each star.
func describe(r *tf.Resource) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s", r.Address, r.Source.Block)
	for _, c := range r.Source.Calls {
		fmt.Fprintf(&b, ", called at %s", c)
	}
	b.WriteString("\n")
	names := make([]string, 0, len(r.Source.Attrs))
	for n := range r.Source.Attrs {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		a := r.Source.Attrs[n]
		fmt.Fprintf(&b, "  %s at %s", n, a.Range)
		if len(a.Texts) == 0 {
			v, ok := unknown.Lookup(r.After, n)
			switch {
			case len(a.Unknown) > 0:
				fmt.Fprintf(&b, " waits for %v", a.Unknown)
			case ok && v.IsKnown():
				fmt.Fprintf(&b, " = %#v", v)
			}
		}
		b.WriteString("\n")
		for _, text := range a.Texts {
			if text.Assuming != "" {
				fmt.Fprintf(&b, "    if %s:\n", text.Assuming)
			}
			for _, line := range strings.Split(strings.TrimRight(named(text), "\n"), "\n") {
				fmt.Fprintf(&b, "    %s\n", line)
			}
			b.WriteString(stars(text))
		}
	}
	return b.String()
}

func named(t unknown.Text) string {
	var b strings.Builder
	for _, p := range unknown.Parts(t.S) {
		if p.Hole < 0 {
			b.WriteString(p.Text)
			continue
		}
		fmt.Fprintf(&b, "⟨%s %d⟩", t.Holes[p.Hole].Ref, t.Holes[p.Hole].Kind)
	}
	return b.String()
}

func stars(t unknown.Text) string {
	var b strings.Builder
	for at := 0; ; {
		i := strings.Index(t.S[at:], `"*"`)
		if i < 0 {
			return b.String()
		}
		at += i
		where, _ := t.At(at, at+3)
		fmt.Fprintf(&b, "      star at %s\n", where)
		at += 3
	}
}
