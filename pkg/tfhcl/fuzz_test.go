package tfhcl_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// FuzzLoad loads and evaluates whatever it is given. Spans must stay inside of their text, and holes must have names.
func FuzzLoad(f *testing.F) {
	for _, glob := range []string{"../../fixtures/reconstruct/*/main.tf", "../../fixtures/sources/*/main.tf"} {
		names, err := filepath.Glob(glob)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(src), false)
		}
	}
	// An index that is not known, into values with elements and without.
	f.Add(`
variable "n" {}
locals {
  values = { text = "a", number = 1, list = ["a"], none = [], map = tomap({ a = "b" }), null = null, file = jsondecode(file("p.json")) }
  at     = [for name, v in local.values : v[var.n]]
  each   = [local.values.text[var.n], local.values.number["a-${var.n}"], local.values.none[var.n], local.values.file[var.n], local.values.file.a[var.n]]
}
resource "x" "y" {
  input = [local.at, local.each]
}
`, false)
	f.Add(`{"resource": {"x": {"y": {"input": "${jsonencode({a = \"*\"})}\u00fc"}}}}`, true)
	f.Fuzz(func(t *testing.T, src string, isJSON bool) {
		name := "main.tf"
		if isJSON {
			name = "main.tf.json"
		}
		fsys := fstest.MapFS{name: {Data: []byte(src)}, "p.json": {Data: []byte(`{"a": ["*"]}`)}}
		c, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{FS: fsys}, Budget: tfhcl.Budget{Steps: 20_000, Text: 64 << 10, Modules: 20}})
		if c == nil {
			return
		}
		c.References()
		plan, _ := c.Plan(context.Background())
		for _, r := range plan.Resources {
			for path, a := range r.Source.Attrs {
				for _, text := range a.Texts {
					checkText(t, r.Address+" "+path, text)
				}
			}
		}
		if _, diags := c.Join(context.Background(), plan); diags == nil && plan == nil {
			t.Error("no plan")
		}
	})
}

func checkText(t *testing.T, where string, text unknown.Text) {
	t.Helper()
	for _, s := range text.Spans {
		if s.Start < 0 || s.End > len(text.S) || s.Start > s.End {
			t.Errorf("%s: span %d-%d lies outside of a text of %d bytes", where, s.Start, s.End, len(text.S))
		}
	}
	for _, p := range unknown.Parts(text.S) {
		if p.Hole >= len(text.Holes) {
			t.Errorf("%s: hole %d of %d", where, p.Hole, len(text.Holes))
		}
		if p.Hole >= 0 && p.Hole < len(text.Holes) && text.Holes[p.Hole].Ref == "" {
			t.Errorf("%s: hole %d has no name in %q", where, p.Hole, text.S)
		}
	}
	for i := 0; i < len(text.S); i += 1 + len(text.S)/50 {
		text.At(i, i+1)
	}
}
