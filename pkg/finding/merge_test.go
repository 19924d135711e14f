package finding_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/finding"
)

func TestMerge(t *testing.T) {
	report := func(path, failOn string, passed bool, findings ...finding.Finding) *finding.Report {
		r := &finding.Report{Inputs: []finding.Input{{Path: path}}, Findings: findings}
		r.Gate = finding.Gate{FailOn: failOn, Passed: passed, Sources: []finding.Source{{Path: path}}, Settings: []finding.Setting{{What: "x", From: "y"}}}
		for _, f := range findings {
			if !passed {
				r.Gate.Counted = append(r.Gate.Counted, f.Fingerprint)
			}
		}
		return r
	}
	medium := finding.Finding{Severity: finding.Medium, Status: finding.Existing, Fingerprint: "m"}
	high := finding.Finding{Severity: finding.High, Status: finding.New, Fingerprint: "h"}
	tests := []struct {
		name    string
		reports []*finding.Report
		failOn  string
		passed  bool
		want    string
		counted []string
	}{
		{"all pass", []*finding.Report{report("a", "high", true, medium), report("b", "high", true)}, "", true, "high", []string{}},
		{"one fails", []*finding.Report{report("a", "high", true), report("b", "high", false, high)}, "", false, "high", []string{"h"}},
		{"two plans with the same finding", []*finding.Report{report("a", "high", false, high), report("b", "high", false, high)}, "", false, "high", []string{"h", "h"}},
		{"the strictest holds for all", []*finding.Report{report("a", "high", true, medium), report("b", "low", true)}, "", false, "low", []string{"m"}},
		{"never beside a severity", []*finding.Report{report("a", "never", true, high), report("b", "critical", true)}, "", true, "critical", []string{}},
		{"given", []*finding.Report{report("a", "low", false, medium)}, "high", true, "high", []string{}},
		{"incomplete without a word", []*finding.Report{report("a", "high", false)}, "", false, "high", []string{}},
	}
	for _, tt := range tests {
		got := finding.Merge(tt.reports, tt.failOn)
		if got.Gate.Passed != tt.passed || got.Gate.FailOn != tt.want || cmp.Diff(tt.counted, got.Gate.Counted) != "" {
			t.Errorf("%s: %+v", tt.name, got.Gate)
		}
		if len(got.Inputs) != len(tt.reports) || len(got.Gate.Settings) != 1 || got.Gate.Sources[len(tt.reports)-1].Input != len(tt.reports)-1 {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
	broken := report("a", "high", false, high)
	broken.Diagnostics = []finding.Diagnostic{{Severity: "error"}}
	if got := finding.Merge([]*finding.Report{broken, report("b", "high", true, medium)}, "never"); got.Gate.Passed || got.Findings[0].Input != 0 || got.Findings[1].Input != 1 {
		t.Errorf("broken: %+v", got)
	}
}
