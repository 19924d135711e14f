package tfplan_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfplan"
)

var update = flag.Bool("update", false, "rewrite the expected results")

// plans are all plans and states that are at hand: those of this package, and the fixtures.
func plans(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, pattern := range []string{"testdata/plans/*/plan.json", "../../fixtures/plans/*/plan.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files for %s (%v)", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(filepath.Dir(file))] = text
		}
	}
	return all
}

// options ask for the types that the plans of the tests are made of.
func options(name string) tfplan.Options {
	return tfplan.Options{Name: name, Types: append(extract.Types(), "terraform_data", "data.terraform_remote_state")}
}

func read(t testing.TB, name string, text []byte) *tf.Plan {
	t.Helper()
	p, diags := tfplan.Read(bytes.NewReader(text), options(name))
	if len(diags) > 0 {
		t.Fatalf("%s: %v", name, messages(diags))
	}
	return p
}

func messages(diags hcl.Diagnostics) string {
	var lines []string
	for _, d := range diags {
		lines = append(lines, d.Summary+": "+d.Detail)
	}
	return strings.Join(lines, "\n")
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (write it with go test -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

func TestRead(t *testing.T) {
	for name, text := range plans(t) {
		t.Run(name, func(t *testing.T) {
			golden(t, filepath.Join("testdata", "want", name+".txt"), render(read(t, name, text)))
		})
	}
}
