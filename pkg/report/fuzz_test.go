package report_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// woven is a report with the strings a and b in every field that may come from an input, and a source of its own.
func woven(a, b string, line, column int, hidden bool) *finding.Report {
	l := &finding.Location{File: a + ".tf", Start: finding.Pos{Line: line, Column: column}, End: finding.Pos{Line: line + column%4, Column: column + 3}}
	place := *l
	place.Hidden = hidden
	w := &finding.Witness{Principal: b, Action: a, Resource: b, Context: map[string]any{a: b, b: []string{a, b}, "aws:SourceIp": a}}
	f := finding.Finding{
		Rule: "kms-key-public", Severity: finding.Critical, Certainty: finding.Certain, Status: finding.New,
		Address: a, Attribute: b, Statement: &finding.Statement{Sid: b}, Message: a + " is " + b, Remedy: b + "\n" + a,
		Witness: w, DependsOn: []string{a, b}, Location: &place, Related: []finding.Related{{Message: b, Location: l}, {Message: a}},
		Fingerprint: a,
	}
	again, closed, silent, nowhere := f, f, f, f
	again.Address = b
	closed.Status = finding.Resolved
	silent.Suppressed = &finding.Suppressed{By: "comment", Reason: a, Until: b}
	nowhere.Location, nowhere.Rule, nowhere.Severity = nil, a, finding.Low
	r := &finding.Report{
		FormatVersion: finding.FormatVersion,
		Tool:          finding.Tool{Name: "keyproof", Version: b},
		Inputs:        []finding.Input{{Path: a, Kind: "plan", Account: &finding.Account{ID: a, From: b}}, {Path: b, Kind: "source"}},
		Diagnostics:   []finding.Diagnostic{{Severity: "error", Summary: a, Detail: b, Location: l}, {Severity: "warning", Summary: b}},
		Policies:      []finding.Policy{{Address: a, Attribute: b, Kind: "key", Verdict: "public", Public: "yes", ResolvedFrom: "plan", Witness: w, Location: l}},
		Findings:      []finding.Finding{f, again, closed, silent, nowhere},
		Rules:         []finding.Rule{{ID: "kms-key-public", Title: a, Severity: finding.Critical, Why: b, Fix: a, References: []string{b, "https://example.org/" + a}}},
		Files:         map[string][]byte{l.File: []byte(a + "\n" + b + "\n\t" + a + b + "\n")},
		Root:          "/repo", Dir: "/repo/" + a,
		Paths: []finding.Path{
			{Key: a, Steps: []finding.Step{{From: b, Label: a, To: a, Location: l}}},
			{Key: a, Steps: []finding.Step{{From: a, Label: b, To: b}, {From: b, Label: a, To: a, Location: &place}}},
		},
	}
	r.Summary = finding.Summarize(r)
	return r
}

// FuzzReport holds for any string in any field that each format stays what it is.
func FuzzReport(f *testing.F) {
	for _, s := range []string{
		"", "plain", "a\nCritical: b", "\x1b[31m\x00\x7f\u0085", "\u202e\u2066\u200b\ufeff", "\xff\xfe", "</script><img src=x onerror=alert(1)>",
		"`x`` ```\n# h", "| a | b |", "@octocat #1 GH-1 owner/repo#1", "%0A::error::x,file=y:z", "<!-- -->", "[a](javascript:alert(1))", "${x} $y$",
		"```mermaid\nflowchart", "\"];click n0 call x()", "日本語 e\u0301 👩‍👩‍👧", "a\\|b\\", "]]>", "&amp;&#64;", "style x:#a;", "  indented\n    code", "1. a\n- b\n> c",
	} {
		f.Add(s, "name", 1, 1, false)
		f.Add("name", s, 2, 3, true)
	}
	f.Fuzz(func(t *testing.T, a, b string, line, column int, hidden bool) {
		r := woven(a, b, line%8, column%200, hidden)
		checkSeen(t, write(t, "text", r, report.Options{Width: 60}))
		checkJSON(t, write(t, "json", r, report.Options{}))
		checkGitHub(t, write(t, "github", r, report.Options{}))
		checkMarkdown(t, write(t, "markdown", r, report.Options{}))
		checkGitLab(t, write(t, "gitlab", r, report.Options{}))
		checkJUnit(t, write(t, "junit", r, report.Options{}))
		checkHTML(t, write(t, "html", r, report.Options{}))
		checkSARIF(t, write(t, "sarif", r, report.Options{}))
	})
}
