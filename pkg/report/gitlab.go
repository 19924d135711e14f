package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// gitlabIssue is an issue of GitLab's code quality report. All of its fields are required.
type gitlabIssue struct {
	Description string         `json:"description"`
	CheckName   string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end,omitempty"`
}

// writeGitLab writes GitLab's code quality report. An input that was not analysed is an issue of its own, so that it
// does not look as if nothing was found.
func writeGitLab(w io.Writer, v *view, _ Options) error {
	issues := []gitlabIssue{}
	seen := map[string]int{}
	add := func(i gitlabIssue) {
		seen[i.Fingerprint]++
		if n := seen[i.Fingerprint]; n > 1 { // two issues of one fingerprint are one issue to GitLab
			i.Fingerprint += "-" + itoa(n)
		}
		issues = append(issues, i)
	}
	for _, d := range v.report.Diagnostics {
		if d.Severity == "error" {
			add(gitlabIssue{
				Description: cmp.Or(strings.Trim(oneLine(d.Summary)+": "+oneLine(d.Detail), ": "), "The input could not be read."), CheckName: "input",
				Fingerprint: hash("input", d.Summary, d.Detail), Severity: "blocker", Location: v.gitlabLocation(d.Location, 0),
			})
		}
	}
	for i := range v.findings {
		if f := &v.findings[i]; f.Counts() {
			add(gitlabIssue{
				Description: cmp.Or(strings.Join(v.sentences(f), " "), v.title(f.Rule)), CheckName: visible(f.Rule),
				Fingerprint: fingerprint(f), Severity: severityForms[f.Severity].gitlab, Location: v.gitlabLocation(f.Location, f.Input),
			})
		}
	}
	line, how := v.gate()
	if s := v.milder(); s != "" {
		line += " " + s
	}
	if s := v.aside(); s != "" {
		line += " " + capital(s) + "."
	}
	if how == fails || len(v.report.Gate.Settings) > 0 || v.summary.Suppressed > 0 { // the format has room for issues only; none is a gate that passes
		add(gitlabIssue{Description: line, CheckName: "gate", Fingerprint: hash("gate"), Severity: "info", Location: v.gitlabLocation(nil, 0)})
	}
	return WriteJSON(w, issues)
}

// fingerprint is the finding's own, or made of what it is about.
func fingerprint(f *finding.Finding) string {
	if f.Fingerprint != "" {
		return visible(f.Fingerprint)
	}
	return hash(f.Rule, f.Address, f.Attribute)
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// gitlabLocation is a place in the repository. A path is required, so what has no place is put at its input.
func (v *view) gitlabLocation(l *finding.Location, input int) gitlabLocation {
	if l == nil {
		path := "."
		if input >= 0 && input < len(v.report.Inputs) {
			path = v.pathOf(v.report.Inputs[input].Path)
		}
		return gitlabLocation{Path: visible(path), Lines: gitlabLines{Begin: 1}}
	}
	begin := max(l.Start.Line, 1)
	return gitlabLocation{Path: visible(v.pathOf(l.File)), Lines: gitlabLines{Begin: begin, End: max(lastLine(l), begin)}}
}
