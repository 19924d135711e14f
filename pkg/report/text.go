package report

import (
	"io"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// maxInstances is how many addresses of one finding are listed.
const maxInstances = 10

// WriteDiagnostics writes the problems of the inputs as people read them on the standard error. It writes nothing where
// there are none. Quiet has no effect on it.
func WriteDiagnostics(w io.Writer, r *finding.Report, opts Options) error {
	t := &textWriter{view: newView(r), opts: opts}
	for i := range r.Diagnostics {
		t.diagnostic(&r.Diagnostics[i])
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

func writeText(w io.Writer, v *view, opts Options) error {
	t := &textWriter{view: v, opts: opts}
	with := sameCause(v.open)
	for i := range v.open {
		if isNotJudged(&v.open[i].Finding) || with.leads(i) {
			continue
		}
		t.finding(&v.open[i], with.of(v.open, i))
		if t.b.Len() > 1<<16 {
			if err := t.flush(w); err != nil {
				return err
			}
		}
	}
	t.notJudgedTypes()
	if !opts.Quiet {
		t.access()
		t.footer()
	}
	return t.flush(w)
}

type textWriter struct {
	*view
	opts Options
	b    strings.Builder
}

func (t *textWriter) flush(w io.Writer) error {
	_, err := io.WriteString(w, t.b.String())
	t.b.Reset()
	return err
}

// color is a terminal colour by its SGR parameters.
type color string

// The colours are those of the fixed palette of 256: a terminal's own yellow and green cannot be read on a light ground. A test
// holds the contrast on light and dark ones.
const (
	bold    color = "1"
	faint   color = "38;5;244"
	red     color = "38;5;196"
	boldRed color = "1;38;5;196"
	alarm   color = "1;38;5;231;48;5;160" // white on red
	yellow  color = "38;5;166"
	green   color = "38;5;64"
	cyan    color = "38;5;32"
)

func (t *textWriter) paint(c color, s string) string {
	if !t.opts.Color || s == "" {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}

func severityColor(s finding.Severity) color {
	switch s {
	case finding.Critical:
		return alarm
	case finding.High:
		return red
	case finding.Medium:
		return yellow
	}
	return cyan
}

func (t *textWriter) line(parts ...string) {
	for _, p := range parts {
		t.b.WriteString(p)
	}
	t.b.WriteByte('\n')
}

// finding writes a finding, and in short those that one edit ends with it.
func (t *textWriter) finding(g *group, with []*group) {
	f := &g.Finding
	tags := ""
	if list := t.tags(f); len(list) > 0 {
		tags = " (" + strings.Join(list, ", ") + ")"
	}
	t.heading(capital(f.Severity.String()), severityColor(f.Severity), t.title(f.Rule), tags)
	t.line()
	subject := t.subject(f)
	if f.Location != nil && f.Location.File == f.Address { // a bare policy document: its path is said already
		subject = strings.TrimPrefix(subject, visible(f.Address)+", ")
	}
	t.place(f.Location, subject)
	t.instances(g)
	t.line()
	t.prose("", "", oneLine(f.Message))
	t.prose("", "", t.words(f))
	if names := awaited(f); len(names) > 0 {
		t.prose("Depends on: ", bold, strings.Join(names, ", "))
	}
	t.prose("Fix: ", bold, plainCode(f.Remedy))
	t.fix(f)
	t.together(with)
	for i := range f.Related {
		t.related(&f.Related[i], f.Location)
	}
	t.line()
}

func (t *textWriter) diagnostic(d *finding.Diagnostic) {
	c := boldRed
	if d.Severity != "error" {
		c = yellow
	}
	t.heading(capital(visible(d.Severity)), c, oneLine(d.Summary), "")
	if d.Location != nil {
		t.line()
		t.place(d.Location, "")
	}
	if d.Detail != "" {
		t.line()
		t.prose("", "", d.Detail)
	}
	t.line()
}

// heading writes the first line of a block. Nothing else in a block starts at the left margin.
func (t *textWriter) heading(label string, c color, title, tags string) {
	lines := wrap(label+": "+title+tags, t.opts.Width-2)
	lines[0] = t.paint(c, label+":") + t.paint(bold, strings.TrimPrefix(lines[0], label+":"))
	for i, l := range lines {
		if i > 0 {
			l = "  " + t.paint(bold, l)
		}
		t.line(l)
	}
}

// place writes where something is, with its source lines.
func (t *textWriter) place(l *finding.Location, subject string) {
	if l == nil {
		t.prose("", "", "in "+subject)
		return
	}
	s := "on " + spot(l)
	if subject != "" {
		s += ", in " + subject
	}
	e := t.excerpt(l, t.room())
	if e != nil {
		s += ":"
	} else if l.Hidden {
		s += " (sensitive)"
	}
	t.prose("", "", s)
	t.source(e)
}

// room is how many columns a source line may take.
func (t *textWriter) room() int {
	if t.opts.Width == 0 {
		return maxExcerptWidth
	}
	return max(t.opts.Width-8, 20)
}

// source writes source lines, with carets below what is marked.
func (t *textWriter) source(e *excerpt) {
	if e == nil {
		return
	}
	digits := len(itoa(e.lines[len(e.lines)-1].number))
	for _, l := range e.lines {
		n := itoa(l.number)
		gutter := strings.Repeat(" ", 2+max(0, digits-len(n))) + n + ": "
		t.line(strings.TrimRight(t.paint(faint, gutter)+l.before+t.paint(bold, l.marked)+l.after, " "))
		if len(e.lines) == 1 {
			carets := strings.Repeat("^", max(1, columns(l.marked)))
			t.line(strings.Repeat(" ", len(gutter)+columns(l.before)), t.paint(red, carets))
		}
	}
	if e.more > 0 {
		t.line(t.paint(faint, strings.Repeat(" ", 4+digits)+"… "+count(e.more, "more line", "more lines")))
	}
}

// instances lists what else a finding was made for: other instances, or resources that share the text.
func (t *textWriter) instances(g *group) {
	rest := g.addresses[1:]
	if len(rest) == 0 {
		return
	}
	t.line()
	t.prose("", "", "and the same in "+itoa(len(rest))+" more:")
	for i, a := range rest {
		if i == maxInstances {
			t.line("    … and ", itoa(len(rest)-i), " more")
			break
		}
		t.line("    ", visible(a))
	}
}

// related writes a related place; one that the finding itself points to is not shown again.
func (t *textWriter) related(r *finding.Related, shown *finding.Location) {
	if r.Location == nil {
		t.prose("See: ", bold, r.Message)
		return
	}
	if shown != nil && *shown == *r.Location {
		t.prose("See: ", bold, "on "+spot(shown)+": "+oneLine(r.Message))
		return
	}
	l := r.Location
	t.line()
	s := "on " + spot(l) + ": " + oneLine(r.Message)
	t.prose("See: ", bold, s)
	t.source(t.excerpt(l, t.room()))
}

// prose writes a labelled text, indented and wrapped. Its own line breaks stay.
func (t *textWriter) prose(label string, c color, s string) {
	for i, p := range paragraphs(s) {
		if i == 0 {
			p = label + p
		}
		for j, l := range wrap(p, t.opts.Width-2) {
			if i == 0 && j == 0 && label != "" {
				head := strings.TrimRight(label, " ")
				l = t.paint(c, head) + strings.TrimPrefix(l, head)
			}
			t.line(strings.TrimRight("  "+l, " "))
		}
	}
}

// plainCode takes the backquotes away that mark code in a rule's text: a terminal shows them as they are.
func plainCode(s string) string {
	if strings.Count(s, "`")%2 != 0 {
		return s
	}
	return strings.ReplaceAll(s, "`", "")
}

// moreOnRules says where rules are explained, if one of those that found something is built in.
func (t *textWriter) moreOnRules() {
	for _, g := range t.open {
		if t.rules[g.Rule].Page == "" {
			continue
		}
		for _, l := range wrap("Why a rule matters and how to fix it: keyproof rules "+visible(g.Rule)+", or "+rulesPage, t.opts.Width) {
			t.line(t.paint(faint, l))
		}
		t.line()
		return
	}
}

// rulesPage describes all rules that are built in.
const rulesPage = homepage + "/blob/main/rules/README.md"

// footer writes what was resolved, the summary, and what the own accounts were taken to be.
func (t *textWriter) footer() {
	for i := range t.resolved {
		f := &t.resolved[i]
		t.heading("Resolved", green, t.title(f.Rule), " ("+visible(f.Rule)+") in "+t.subject(f))
	}
	if len(t.resolved) > 0 {
		t.line()
	}
	t.moreOnRules()
	head, mood := t.headline()
	c := map[tone]color{clean: green, nothing: yellow, found: boldRed, failed: boldRed}[mood]
	rest := "."
	if t.summary.Policies > 0 {
		rest += " " + capital(t.judged()) + "."
	}
	if s := t.aside(); s != "" {
		rest += " " + capital(s) + "."
	}
	for i, l := range wrap(head+rest, t.opts.Width) {
		if tail, whole := strings.CutPrefix(l, head); i == 0 && whole {
			l = t.paint(c, head) + tail
		} else if i == 0 {
			l = t.paint(c, l)
		}
		t.line(l)
	}
	notes := append(t.accounts(), t.joined()...)
	if list := t.settings(); len(list) > 0 {
		notes = append(notes, "Settings that make the gate milder: "+strings.Join(list, "; ")+".")
	}
	for _, s := range notes {
		for _, l := range wrap(s, t.opts.Width) {
			t.line(t.paint(faint, l))
		}
	}
	line, how := t.gate()
	if line == "" {
		return
	}
	c = map[verdictOf]color{passes: green, loosened: yellow, fails: boldRed}[how]
	for _, l := range wrap(line, t.opts.Width) {
		t.line(t.paint(c, l))
	}
}

// wrap breaks a line at spaces so that it fits into n columns; n < 20 does not break. A word is never broken, so that
// addresses and ARNs can be copied. It returns at least one line.
func wrap(s string, n int) []string {
	if n < 20 || columns(s) <= n {
		return []string{s}
	}
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	var out []string
	line := indent
	used := len(indent)
	for _, word := range strings.Fields(s) {
		w := columns(word)
		if used > len(indent) && used+1+w > n {
			out = append(out, line)
			line, used = indent, len(indent)
		}
		if used > len(indent) {
			line += " "
			used++
		}
		line += word
		used += w
	}
	return append(out, line)
}
