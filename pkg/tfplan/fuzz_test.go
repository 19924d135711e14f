package tfplan_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

// Whatever comes in, it is either read or refused with an error. Compressing it changes nothing of that, and what can be
// parsed as a whole gives the same as what is left after cutting.
func FuzzRead(f *testing.F) {
	for name, text := range plans(f) {
		if len(text) < 8000 || name == "sensitive" {
			f.Add(text)
		}
	}
	files, err := filepath.Glob("../../fixtures/inputs/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && len(text) < 4000 {
			f.Add(text)
		}
	}
	f.Add([]byte(withValues(`"actions":["create"],"after":{"a":[1,{"b":null}]},"after_unknown":{"a":[false,{"b":true}]},"after_sensitive":{"a":true}`)))
	opts := options("fuzz")
	opts.Limits = tfplan.Limits{String: 1 << 20, Memory: 64 << 20, Text: 1 << 26}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, diags := tfplan.Read(bytes.NewReader(text), opts)
		if whole, err := tfplan.ReadUncut(bytes.NewReader(text), opts); err == nil && (p == nil || render(p) != render(whole)) {
			t.Fatalf("read as a whole:\n%s\nafter cutting:\n%v\n%s", render(whole), p, messages(diags))
		}
		if (p == nil) != diags.HasErrors() {
			t.Fatalf("the plan is %v, but the errors are %s", p, messages(diags))
		}
		if p == nil {
			return
		}
		if bytes.HasPrefix(text, []byte{0x1F, 0x8B}) {
			return
		}
		again, diags := tfplan.Read(bytes.NewReader(zipped(t, text)), opts)
		if diags.HasErrors() {
			t.Fatalf("refused when compressed: %s", messages(diags))
		}
		if a, b := render(p), render(again); a != b {
			t.Fatalf("compressed, it reads differently:\n%s\n%s", a, b)
		}
	})
}
