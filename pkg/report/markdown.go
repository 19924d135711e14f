package report

import (
	"io"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// Marker is the first line of a Markdown report. A comment that begins with it is one of ours and can be replaced.
const Marker = "<!-- keyproof -->"

const (
	// maxMarkdown is the size of a comment on GitHub. It counts characters; bytes are never fewer. The summary of a step
	// may be larger.
	maxMarkdown = 65536
	// tailRoom is kept for the lines after the last finding, keyRoom for what a comment with a key adds.
	tailRoom = 1500
	keyRoom  = 1000
)

// inputsLine begins the second line, which names the inputs for whoever tells the comments of several jobs apart.
const inputsLine = "<!-- inputs: "

// inputList are the paths of the inputs in the repository, as one line that cannot end a comment of HTML.
func (m *markdownWriter) inputList() string {
	var paths []string
	for _, in := range m.report.Inputs {
		paths = append(paths, m.pathOf(in.Path))
	}
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '<' || r == '>' {
			return '?'
		}
		return r
	}, strings.ReplaceAll(strings.Join(paths, ", "), "--", "-?"))
	return clip(line, 200)
}

// writeMarkdown writes a comment for a pull request, or the summary of a step: the verdict, a table of the findings, and
// each finding folded. What does not fit is cut at a finding, and the report says so.
func writeMarkdown(w io.Writer, v *view, _ Options) error {
	m := &markdownWriter{view: v}
	m.verdict()
	m.problems(maxMarkdown / 4)
	m.access(maxMarkdown / 3)
	m.table(maxMarkdown / 2)
	m.picture(maxMarkdown * 3 / 4)
	cut := m.details(maxMarkdown - keyRoom - 2*tailRoom)
	const rest = maxMarkdown - keyRoom - tailRoom
	m.list("resolved by this change", m.resolved, rest, func(*finding.Finding) string { return "" })
	m.list("suppressed", m.silenced, rest, func(f *finding.Finding) string { return ", " + mdProse(clip(why(f.Suppressed), 500), "") })
	m.foot(cut)
	_, err := io.WriteString(w, m.b.String())
	return err
}

func (m *markdownWriter) verdict() {
	m.line(Marker)
	m.line(inputsLine, m.inputList(), " -->")
	decided := ""
	if _, how := m.gate(); how != unsaid {
		decided = "gate " + map[verdictOf]string{passes: "passes", loosened: "passes by its settings", fails: "fails"}[how] + " · "
	}
	m.line("### ", mdProse(m.report.Tool.Name, ""), " · ", decided, mdWords(m.answer()))
	m.line()
	if list := m.besides(); len(list) > 0 {
		m.line(mdWords(strings.Join(list, " · ")))
		m.line()
	}
	if line, _ := m.gate(); line != "" {
		m.line("**", mdWords(line), "**")
		m.line()
	}
	if list := m.settings(); len(list) > 0 {
		m.line("Settings that make the gate milder: ", mdCodes(list))
		m.line()
	}
}

// problems lists what could not be read.
func (m *markdownWriter) problems(limit int) {
	for i, d := range m.report.Diagnostics {
		label := "Warning"
		if d.Severity == "error" {
			label = "Error"
		}
		s := "**" + label + ":** " + mdProse(clip(d.Summary, 500), "")
		if d.Location != nil {
			s += " (" + m.spot(d.Location) + ")"
		}
		switch lines := VisibleLines(clip(d.Detail, 2000)); {
		case len(lines) == 1:
			s += "\n\n" + mdProse(lines[0], "") + "\n"
		case len(lines) > 1:
			s += "\n\n" + mdFence("text", lines)
		default:
			s += "\n"
		}
		if !m.fits(s, limit) {
			m.line(count(len(m.report.Diagnostics)-i, "more problem of the input is", "more problems of the input are"), " not shown.")
			m.line()
			return
		}
		m.line(s)
	}
}

// spot names a location in code.
func (m *markdownWriter) spot(l *finding.Location) string {
	path, _ := m.repoPath(l.File)
	words := strings.TrimPrefix(spot(l), visible(l.File))
	return mdCode(clip(path, 500)) + words
}

// table lists the findings by severity, one line each.
func (m *markdownWriter) table(limit int) {
	if len(m.open) == 0 {
		return
	}
	several := len(m.report.Inputs) > 1
	m.line("| Severity | Finding | Resource |", onlyIf(several, " In |"), onlyIf(m.changed, " Change |"))
	m.line("|:--|:--|:--|", onlyIf(several, ":--|"), onlyIf(m.changed, ":--|"))
	for i := range m.open {
		g := &m.open[i]
		row := "| **" + g.Severity.String() + "** | " + m.name(g) + " | " + mdCode(clip(g.addresses[0], 300))
		if n := len(g.addresses) - 1; n > 0 {
			row += " and " + itoa(n) + " more"
		}
		row += " |"
		if several {
			row += " " + mdCode(clip(m.input(g.Input), 300)) + " |"
		}
		row += onlyIf(m.changed, " "+mdProse(g.Status, "")+" |")
		if !m.fits(row, limit) {
			m.line()
			m.line(count(len(m.open)-i, "more finding is", "more findings are"), " not in this table.")
			break
		}
		m.line(row)
	}
	m.line()
}

func onlyIf(cond bool, s string) string {
	if cond {
		return s
	}
	return ""
}

// name is a finding's title and rule.
func (m *markdownWriter) name(g *group) string {
	s := mdProse(clip(m.title(g.Rule), 300), "")
	if m.rules[g.Rule].Title != "" {
		s += " (" + mdCode(g.Rule) + ")"
	}
	if g.Certainty == finding.Possible {
		s += ", possible"
	}
	return s
}

// picture draws who reaches which key, where there is more than one way.
func (m *markdownWriter) picture(limit int) {
	paths := m.report.Paths
	if len(paths) < 2 {
		return
	}
	for n := min(len(paths), maxDrawn); n > 0; n /= 2 {
		chart := m.mermaid(n)
		if !m.fits(chart, limit) {
			continue
		}
		m.line("<details open>\n<summary>Who reaches which key</summary>\n")
		m.line(chart)
		if rest := len(paths) - n; rest > 0 {
			m.line(count(rest, "more way is", "more ways are"), " not drawn.\n")
		}
		m.line("</details>\n")
		return
	}
}

// details writes the findings, folded, and returns how many did not fit.
func (m *markdownWriter) details(limit int) int {
	for i := range m.open {
		s := m.fold(&m.open[i])
		if !m.fits(s, limit) {
			return len(m.open) - i
		}
		m.line(s)
	}
	return 0
}

func (m *markdownWriter) fold(g *group) string {
	f := &g.Finding
	var b lines
	line := b.line
	line("<details>")
	line("<summary><b>", f.Severity.String(), "</b> · ", htmlProse(clip(m.title(f.Rule), 300), ""), " · ", htmlCode(clip(f.Address, 300)), "</summary>\n")
	line(m.where(f), "\n")
	if e := m.excerpt(f.Location, maxExcerptWidth); e != nil {
		line(mdFence("hcl", sourceLines(e, "", unpainted)))
	}
	line(mdProse(clip(f.Message, 2000), f.Address), "\n")
	if s := m.words(f); s != "" {
		line(mdProse(clip(s, 2000), ""), "\n")
	}
	if names := awaited(f); len(names) > 0 {
		line("**Depends on:** ", mdCodes(names), "\n")
	}
	if f.Remedy != "" {
		line("**Fix:** ", mdProse(clip(f.Remedy, 2000), f.Address), "\n")
	}
	markdownFix(&b, f)
	if rest := g.addresses[1:]; len(rest) > 0 {
		line("**Also in:** ", mdCodes(rest), "\n")
	}
	for i, r := range f.Related {
		if i == 5 {
			break
		}
		m.related(&b, &r)
	}
	if page := m.rulePage(f.Rule); page != "" {
		line("[About this rule](<", page, ">)\n")
	}
	line("</details>")
	return b.b.String()
}

// where names the place of a finding.
func (m *markdownWriter) where(f *finding.Finding) string {
	var parts []string
	if f.Location != nil {
		s := m.spot(f.Location)
		if f.Location.Hidden {
			s += " (sensitive)"
		}
		parts = append(parts, s)
	}
	if f.Attribute != "" {
		parts = append(parts, mdCode(clip(f.Attribute, 200)))
	}
	if st := f.Statement; st != nil && st.Sid != "" {
		parts = append(parts, "statement "+mdCode(clip(st.Sid, 200)))
	} else if st != nil {
		parts = append(parts, statement(st))
	}
	if in := m.input(f.Input); in != "" {
		parts = append(parts, mdCode(clip(in, 300)))
	}
	if f.Status != "" {
		parts = append(parts, mdProse(f.Status, ""))
	}
	return strings.Join(parts, " · ")
}

func (m *markdownWriter) related(b *lines, r *finding.Related) {
	s := "**See:** "
	if r.Location != nil {
		s += m.spot(r.Location) + ": "
	}
	b.line(s, mdProse(clip(r.Message, 1000), ""), "\n")
	if e := m.excerpt(r.Location, maxExcerptWidth); e != nil {
		b.line(mdFence("hcl", sourceLines(e, "", unpainted)))
	}
}

// list writes findings that do not count, folded.
func (m *markdownWriter) list(what string, findings []finding.Finding, limit int, more func(*finding.Finding) string) {
	if len(findings) == 0 {
		return
	}
	const end = "\n</details>\n"
	s := "<details>\n<summary>" + count(len(findings), "finding", "findings") + " " + what + "</summary>\n\n"
	for i := range findings {
		f := &findings[i]
		row := "- **" + f.Severity.String() + "** " + mdCode(f.Rule) + " in " + mdCode(clip(f.Address, 300)) + more(f) + "\n"
		if !m.fits(s+row+end, limit-200) {
			s += "- " + itoa(len(findings)-i) + " more\n"
			break
		}
		s += row
	}
	if m.fits(s+end, limit) {
		m.line(s + end)
	}
}

func (m *markdownWriter) foot(cut int) {
	if cut > 0 {
		m.line("**", count(cut, "finding is", "findings are"), " not shown in full here**, because a comment on GitHub has a limit. ",
			"The other formats show everything.\n")
	}
	notes := []string{mdProse(clip(m.report.Tool.Name+" "+m.report.Tool.Version, 100), "")}
	for _, s := range append(m.accounts(), m.joined()...) {
		if note := mdProse(clip(s, 300), ""); len(strings.Join(notes, "")+note) < tailRoom/2 {
			notes = append(notes, note)
		}
	}
	m.line("<sub>", strings.Join(notes, " · "), "</sub>")
}
