package tfplan_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

// Every input that is no plan is recognised by its content, and answered with what to do. Files of the kinds that can
// be read are among them, to show that they are told apart.
func TestInputs(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/inputs/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no inputs (%v)", err)
	}
	var got strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		in, diags := tfplan.Detect(bytes.NewReader(text), tfplan.Options{Name: name})
		kind := in.Kind
		if !diags.HasErrors() {
			_, more := in.Plan()
			diags = append(diags, more...)
		}
		fmt.Fprintf(&got, "== %s: %s\n", name, describe(kind, in.Kind))
		for _, d := range diags {
			fmt.Fprintln(&got, describeDiag(d))
		}
		if again, _ := tfplan.Detect(bytes.NewReader(zipped(t, text)), tfplan.Options{}); again.Kind != kind && !strings.HasPrefix(name, "gzip") && !strings.HasSuffix(name, ".gz") {
			t.Errorf("%s is of kind %q, but %q when compressed", name, kind, again.Kind)
		}
		if in.Kind == tfplan.Other && !diags.HasErrors() {
			t.Errorf("%s cannot be read, but there is no error", name)
		}
	}
	golden(t, "testdata/inputs.txt", got.String())
}

func describe(before, after tfplan.Kind) string {
	show := func(k tfplan.Kind) string {
		if k == tfplan.Other {
			return "other"
		}
		return string(k)
	}
	if before == after {
		return show(after)
	}
	return show(before) + ", then " + show(after)
}

func describeDiag(d *hcl.Diagnostic) string {
	severity := "error"
	if d.Severity == hcl.DiagWarning {
		severity = "warning"
	}
	return fmt.Sprintf("%s at %d:%d: %s\n    %s\n", severity, d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, strings.ReplaceAll(d.Detail, "\n", "\n    "))
}
