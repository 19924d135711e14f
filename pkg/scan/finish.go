package scan

import (
	"bytes"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/keyproof/keyproof/rules"
)

// finish puts the report in its final order and counts.
func (r *run) finish() *Result {
	report := r.result.Report
	finding.Sort(report.Findings)
	for i := range report.Policies {
		slices.Sort(report.Policies[i].DependsOn)
	}
	report.Summary = finding.Summarize(report)
	r.gate()
	report.Files = r.files
	r.result.Diagnostics = distinct(r.result.Diagnostics)
	for _, d := range r.result.Diagnostics {
		report.Diagnostics = append(report.Diagnostics, r.diagnostic(d))
	}
	for _, rule := range r.rules {
		report.Rules = append(report.Rules, finding.Rule{ID: rule.ID, Title: rule.Title, Severity: rule.Severity, Why: rule.Why, Fix: rule.Fix, References: rule.References, Page: rules.Page(rule.ID)})
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

// holdsSecrets says whether the source at a place must not be shown for what is wrong with it. Files with the values of
// variables hold what is nowhere else, and a text that cannot be read does not tell which of it is sensitive.
func (r *run) holdsSecrets(name string, at hcl.Range) bool {
	for _, f := range r.VarFiles {
		if r.name(f) == name {
			return true
		}
	}
	if strings.HasSuffix(name, ".tfvars") || strings.HasSuffix(name, ".tfvars.json") {
		return true
	}
	src := r.files[name]
	from, to := min(max(at.Start.Byte, 0), len(src)), min(max(at.End.Byte, at.Start.Byte, 0), len(src))
	from = bytes.LastIndexByte(src[:from], '\n') + 1
	if end := bytes.IndexByte(src[to:], '\n'); end >= 0 {
		to += end
	}
	return bytes.Contains(src[from:to], []byte("sensitive("))
}

func (r *run) diagnostic(d *hcl.Diagnostic) finding.Diagnostic {
	out := finding.Diagnostic{Severity: "warning", Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagError {
		out.Severity = "error"
	}
	if d.Subject != nil {
		name := d.Subject.Filename
		_, hidden := d.Extra.(unknown.HiddenSource)
		src := r.files[name]
		out.Location = location(name, *d.Subject, src, lineStarts(src), hidden || r.holdsSecrets(name, *d.Subject))
	}
	return out
}
