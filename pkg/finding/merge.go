package finding

import (
	"cmp"
	"slices"
)

// Merge makes one report of several, such as those of the jobs of a pipeline, in their order. What it fails on is the
// strictest of theirs where failOn is ""; what they rest on, their settings and sources, is put together. The gate passes
// where no finding counts and every report was complete.
func Merge(reports []*Report, failOn string) *Report {
	out := &Report{FormatVersion: FormatVersion, Inputs: []Input{}, Diagnostics: []Diagnostic{}, Policies: []Policy{}, NotJudged: []NotJudged{}, Findings: []Finding{}}
	out.Gate = Gate{FailOn: failOn, NewOnly: true, Untrusted: true, Counted: []string{}, Settings: []Setting{}, Sources: []Source{}}
	if failOn == "" {
		out.Gate.FailOn = strictest(reports)
	}
	whole := true
	for _, r := range reports {
		whole = whole && !r.HasErrors() && (r.Gate.Passed || len(r.Gate.Counted) > 0)
		out.take(r)
	}
	if len(reports) == 0 {
		out.Gate.NewOnly, out.Gate.Untrusted = false, false
	}
	Sort(out.Findings)
	slices.Sort(out.Gate.Counted)
	out.Summary = Summarize(out)
	out.Gate.Passed = whole && len(out.Gate.Counted) == 0
	return out
}

// strictest is the mildest severity that one of the reports fails on.
func strictest(reports []*Report) string {
	least := Severity(0)
	for _, r := range reports {
		if s, err := ParseSeverity(r.Gate.FailOn); err == nil && (least == 0 || s < least) {
			least = s
		}
	}
	if least == 0 {
		return Never
	}
	return least.String()
}

// take adds a report to the one that is made.
func (out *Report) take(r *Report) {
	first := len(out.Inputs)
	out.Inputs = append(out.Inputs, r.Inputs...)
	out.Diagnostics = append(out.Diagnostics, r.Diagnostics...)
	for _, p := range r.Policies {
		p.Input += first
		out.Policies = append(out.Policies, p)
	}
	for _, a := range r.Access {
		a.Input += first
		out.Access = append(out.Access, a)
	}
	switch shown := r.AccessShown; {
	case shown == "" && r.Access == nil: // it was not asked for
	case out.AccessShown == "":
		out.AccessShown = shown
	case out.AccessShown != shown:
		out.AccessShown = "some"
	}
	for _, n := range r.NotJudged {
		n.Input += first
		out.NotJudged = append(out.NotJudged, n)
	}
	least, err := ParseSeverity(out.Gate.FailOn)
	out.Findings = slices.Grow(out.Findings, len(r.Findings))
	for _, f := range r.Findings {
		f.Input += first
		out.Findings = append(out.Findings, f)
		if err == nil && f.Counts() && f.Severity >= least && (!r.Gate.NewOnly || f.Status == New) {
			out.Gate.Counted = append(out.Gate.Counted, f.Fingerprint)
		}
	}
	g := &out.Gate
	g.NewOnly, g.Untrusted = g.NewOnly && r.Gate.NewOnly, g.Untrusted && r.Gate.Untrusted
	for _, s := range r.Gate.Settings {
		if !slices.Contains(g.Settings, s) {
			g.Settings = append(g.Settings, s)
		}
	}
	for _, s := range r.Gate.Sources {
		s.Input += first
		g.Sources = append(g.Sources, s)
	}
	out.Tool = Tool{Name: cmp.Or(out.Tool.Name, r.Tool.Name), Version: cmp.Or(out.Tool.Version, r.Tool.Version)}
}
