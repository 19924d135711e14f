package scan

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/finding"
)

// finish puts the report in its final order and counts.
func (r *run) finish() *Result {
	report := r.result.Report
	finding.Sort(report.Findings)
	for i := range report.Policies {
		slices.Sort(report.Policies[i].DependsOn)
	}
	report.Summary = finding.Summarize(report.Policies, report.Findings)
	report.Files = map[string][]byte{}
	for name, src := range r.files {
		report.Files[r.name(name)] = src
	}
	r.result.Diagnostics = distinct(r.result.Diagnostics)
	for _, d := range r.result.Diagnostics {
		report.Diagnostics = append(report.Diagnostics, r.diagnostic(d))
	}
	for _, rule := range r.rules {
		report.Rules = append(report.Rules, finding.Rule{ID: rule.ID, Title: rule.Title, Severity: rule.Severity, Why: rule.Why, Fix: rule.Fix, References: rule.References})
	}
	return r.result
}

// distinct leaves out diagnostics that say the same about the same place: several plans may share sources.
func distinct(diags hcl.Diagnostics) hcl.Diagnostics {
	type id struct {
		summary, detail string
		at              hcl.Range
	}
	seen := map[id]bool{}
	var out hcl.Diagnostics
	for _, d := range diags {
		k := id{summary: d.Summary, detail: d.Detail}
		if d.Subject != nil {
			k.at = *d.Subject
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, d)
		}
	}
	return out
}

func (r *run) diagnostic(d *hcl.Diagnostic) finding.Diagnostic {
	out := finding.Diagnostic{Severity: "warning", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagError {
		out.Severity = "error"
	}
	if d.Subject != nil {
		name := r.name(d.Subject.Filename)
		out.Location = location(name, *d.Subject, r.files[name], false)
	}
	return out
}
