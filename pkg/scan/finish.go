package scan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
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
	report.Files, report.SecretLines = r.files, r.secretLines
	r.result.Diagnostics = distinct(r.result.Diagnostics)
	for _, d := range r.result.Diagnostics {
		report.Diagnostics = append(report.Diagnostics, r.diagnostic(d))
	}
	for _, rule := range r.rules {
		report.Rules = append(report.Rules, finding.Rule{ID: rule.ID, Title: rule.Title, Severity: rule.Severity, Why: rule.Why, Fix: rule.Fix, References: rule.References, Page: rules.Page(rule.ID)})
	}
	return r.result
}

// mostAlike is how many diagnostics of one summary are told, mostTold how many of one severity; the others are counted. An author
// may make any number of them.
const (
	mostAlike = 50
	mostTold  = 200
)

// distinct leaves out diagnostics that say the same about the same place, because several plans may share sources, and counts those
// of a kind that has many.
func distinct(diags hcl.Diagnostics) hcl.Diagnostics {
	type kind struct {
		severity hcl.DiagnosticSeverity
		summary  string
	}
	type id struct {
		kind
		detail string
		at     hcl.Range
	}
	seen, alike := map[id]bool{}, map[kind]int{}
	var out, rest hcl.Diagnostics
	for _, d := range diags {
		k := id{kind: kind{d.Severity, d.Summary}, detail: d.Detail}
		if d.Subject != nil {
			k.at = *d.Subject
		}
		if seen[k] {
			continue
		}
		seen[k] = true
		told := kind{severity: d.Severity}
		if alike[told] == mostTold {
			k.summary = "More problems"
			alike[k.kind] = max(alike[k.kind], mostAlike)
		}
		alike[k.kind]++
		switch n := alike[k.kind]; {
		case n <= mostAlike:
			alike[told]++
			out = append(out, d)
		case n == mostAlike+1:
			rest = append(rest, &hcl.Diagnostic{Severity: d.Severity, Summary: k.summary})
		}
	}
	for _, d := range rest {
		d.Detail = fmt.Sprintf("There are %d more of these.", alike[kind{d.Severity, d.Summary}]-mostAlike)
	}
	return append(out, rest...)
}

// secretLines are the lines of a file that no excerpt may show: all those of files of values, because these do not say which of
// them are of variables that are sensitive in some module.
func (r *run) secretLines(name string) map[int]bool {
	if lines, ok := r.secrets.Load(name); ok {
		return lines.(map[int]bool)
	}
	src := r.files[name]
	lines := tf.SecretLines(name, src, nil)
	if strings.HasSuffix(name, ".tfvars") || slices.ContainsFunc(r.Values, func(v Value) bool { return v.File != "" && r.name(v.File) == name }) {
		for n := range len(lineStarts(src)) {
			lines[n+1] = true
		}
	}
	r.secrets.Store(name, lines)
	return lines
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
		out.Location = location(name, *d.Subject, src, lineStarts(src), hidden)
	}
	return out
}
