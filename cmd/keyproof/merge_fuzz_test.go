package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// FuzzMerge reads whatever it is given as a report, and writes it in every format: a gate that passes has no errors.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"format_version":"1.1","tool":{"name":"keyproof","version":"1"},"inputs":[{"path":"p","kind":"plan"}],"findings":[{"rule":"kms-key-public","severity":"critical","fingerprint":"1:a","input":0}],` +
		`"gate":{"passed":false,"fail_on":"high","counted":["1:a"],"settings":[],"sources":[]}}`))
	f.Add([]byte(`{"format_version":"1.1","tool":{"name":"keyproof"},"inputs":[],"findings":[],"access":[{"input":7,"key":"k","class":"data","who":{"kind":"role"}}],"gate":{"passed":true,"fail_on":"high"}}`))
	for _, input := range []string{"../../fixtures/plans/mistakes/plan.json", "../../fixtures/plans/sensitive/plan.json", "../../fixtures/example"} {
		var out bytes.Buffer
		run(context.Background(), []string{"keyproof", "check", "--format", "json", "--access", "all", input}, nil, &out, io.Discard)
		if out.Len() == 0 {
			f.Fatal("no report of " + input)
		}
		f.Add(out.Bytes())
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		path := filepath.Join(t.TempDir(), "r.json")
		if err := os.WriteFile(path, src, 0o600); err != nil {
			t.Fatal(err)
		}
		one, err := readReport(path)
		if err != nil {
			return
		}
		r := finding.Merge([]*finding.Report{one, one}, "")
		if r.Gate.Passed && r.HasErrors() {
			t.Error("the gate passes with errors")
		}
		for _, format := range report.Formats() {
			var b bytes.Buffer
			if err := report.Write(&b, format, r, report.Options{}); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
	})
}
