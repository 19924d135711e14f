package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// maxAnnotations is how many annotations of each level GitHub shows of one step.
const maxAnnotations = 10

// annotation is a workflow command of GitHub Actions.
type annotation struct {
	level    string // error, warning, notice
	location *finding.Location
	title    string
	lines    []string
	findings int // how many it stands for; 0 for a problem of the input
	severity finding.Severity
}

// writeGitHub writes workflow commands, no more than GitHub shows, the worst first; the last line is the summary.
func writeGitHub(w io.Writer, v *view, _ Options) error {
	room := map[string]int{"error": maxAnnotations, "warning": maxAnnotations, "notice": maxAnnotations - 1}
	var left finding.Counts
	problems := 0
	for _, a := range v.annotations() {
		if room[a.level] == 0 {
			if a.findings == 0 {
				problems++
			}
			left.Add(a.severity, a.findings)
			continue
		}
		room[a.level]--
		if _, err := io.WriteString(w, v.command(a)); err != nil {
			return err
		}
	}
	if s := leftOut(left, problems); s != "" {
		if _, err := fmt.Fprintf(w, "::notice title=%s::%s\n", propertyEscapes.Replace(v.report.Tool.Name), messageEscapes.Replace(s)); err != nil {
			return err
		}
	}
	head, _ := v.headline()
	if v.summary.Policies > 0 {
		head += ". " + capital(v.judged())
	}
	if s := v.aside(); s != "" {
		head += ". " + capital(s)
	}
	head += "."
	if s := v.milder(); s != "" {
		head += " " + s
	}
	if line, _ := v.gate(); line != "" {
		head += "\n" + line
	}
	_, err := fmt.Fprintln(w, head)
	return err
}

// annotations lists what could be annotated, in order of importance: what was not analysed, findings, warnings.
func (v *view) annotations() []annotation {
	var out, warnings []annotation
	for i := range v.report.Diagnostics {
		d := &v.report.Diagnostics[i]
		a := annotation{level: "error", location: d.Location, title: oneLine(d.Summary), lines: VisibleLines(d.Detail)}
		if len(a.lines) == 0 {
			a.lines = []string{a.title}
		}
		if d.Severity == "error" {
			out = append(out, a)
			continue
		}
		a.level = "warning"
		warnings = append(warnings, a)
	}
	for i := range v.open {
		g := &v.open[i]
		a := annotation{
			level: severityForms[g.Severity].github, location: g.Location, severity: g.Severity, findings: len(g.addresses),
			title: capital(g.Severity.String()) + ": " + v.title(g.Rule),
			lines: v.sentences(&g.Finding),
		}
		if tags := v.tags(&g.Finding); len(tags) > 0 {
			a.title += " (" + strings.Join(tags, ", ") + ")"
		}
		if rest := g.addresses[1:]; len(rest) > 0 {
			a.lines = append(a.lines, "Also in "+listed(rest, visible))
		}
		out = append(out, a)
	}
	return append(out, warnings...)
}

// leftOut says what is not annotated, "" if everything is.
func leftOut(c finding.Counts, problems int) string {
	var parts []string
	if c != (finding.Counts{}) {
		parts = append(parts, tally(c))
	}
	if problems > 0 {
		parts = append(parts, count(problems, "problem of the input", "problems of the input"))
	}
	if parts == nil {
		return ""
	}
	return "Not annotated, because GitHub shows " + itoa(maxAnnotations) + " annotations of a kind: " + strings.Join(parts, "; ") + "."
}

// command writes an annotation as one line.
func (v *view) command(a annotation) string {
	var props []string
	set := func(name, value string) { props = append(props, name+"="+propertyEscapes.Replace(value)) }
	if l := a.location; l != nil {
		if path, inside := v.repoPath(l.File); inside {
			set("file", visible(path))
			set("line", itoa(max(l.Start.Line, 1)))
			last := max(lastLine(l), 1)
			set("endLine", itoa(last))
			if last == l.Start.Line && l.End.Line == last && l.Start.Column > 0 && l.End.Column > l.Start.Column {
				set("col", itoa(l.Start.Column)) // GitHub takes columns within one line only
				set("endColumn", itoa(l.End.Column))
			}
		} else {
			a.lines = append([]string{"In " + spot(l) + ":"}, a.lines...)
		}
	}
	set("title", a.title)
	return "::" + a.level + " " + strings.Join(props, ",") + "::" + messageEscapes.Replace(strings.Join(a.lines, "\n")) + "\n"
}

// The escapes of a workflow command: of its text, and of the value of a property.
var (
	messageEscapes  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
