package report

import (
	"io"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// WriteDiagnostics writes the problems of the inputs as people read them on the standard error. It writes nothing where
// there are none. Quiet has no effect on it.
func WriteDiagnostics(w io.Writer, r *finding.Report, opts Options) error {
	if len(r.Diagnostics) == 0 {
		return nil
	}
	t := &textWriter{view: newView(r), opts: opts}
	for _, list := range alike(r.Diagnostics) {
		t.diagnostics(list)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

func writeText(w io.Writer, v *view, opts Options) error {
	t := &textWriter{view: v, opts: opts}
	same := sameCause(v.open)
	for i := range v.open {
		if isNotJudged(&v.open[i].Finding) || same.shown[i] {
			continue
		}
		t.finding(&v.open[i], same.with[i])
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

// finding writes a finding, and in short those that one edit ends with it.
func (t *textWriter) finding(g *group, with []*group) {
	f := &g.Finding
	tags := ""
	if list := t.tags(f); len(list) > 0 {
		tags = " (" + strings.Join(list, ", ") + ")"
	}
	t.heading(capital(f.Severity.String()), severityForms[f.Severity].color, t.title(f.Rule), tags)
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

// alike are the problems of one severity and summary each, in the order of the first of them.
func alike(list []finding.Diagnostic) [][]*finding.Diagnostic {
	var out [][]*finding.Diagnostic
	at := map[[2]string]int{}
	for i := range list {
		d := &list[i]
		key := [2]string{d.Severity, d.Summary}
		n, ok := at[key]
		if !ok {
			n, at[key] = len(out), len(out)
			out = append(out, nil)
		}
		out[n] = append(out[n], d)
	}
	return out
}

// diagnostics writes problems that are alike: where there are many, they mostly have one cause, and all but the first are listed.
func (t *textWriter) diagnostics(list []*finding.Diagnostic) {
	const many, whole = 5, 2
	rest := list
	if len(list) < many {
		rest = rest[len(list):]
	} else {
		rest = rest[whole:]
	}
	for _, d := range list[:len(list)-len(rest)] {
		t.diagnostic(d)
	}
	if len(rest) == 0 {
		return
	}
	t.diagnosticHeading(rest[0], " ("+itoa(len(rest))+" more)")
	t.line()
	told := map[string]bool{}
	for _, d := range list[:whole] {
		told[d.Detail] = true
	}
	var fresh, again []*finding.Diagnostic // what was not said yet comes first
	for _, d := range rest {
		if told[d.Detail] {
			again = append(again, d)
		} else {
			fresh, told[d.Detail] = append(fresh, d), true
		}
	}
	for i, d := range append(fresh, again...) {
		if more := len(rest) - i; i == maxInstances && more > 1 {
			t.line("  … and ", itoa(more), " more, which --format json lists")
			break
		}
		text := oneLine(d.Detail)
		switch {
		case d.Location != nil && i < len(fresh) && text != "":
			text = spot(d.Location) + ": " + text
		case d.Location != nil:
			text = spot(d.Location)
		}
		t.prose("", "", text)
	}
	t.line()
}

func (t *textWriter) diagnosticHeading(d *finding.Diagnostic, more string) {
	c := boldRed
	if d.Severity != "error" {
		c = yellow
	}
	t.heading(capital(visible(d.Severity)), c, oneLine(d.Summary), more)
}

func (t *textWriter) diagnostic(d *finding.Diagnostic) {
	t.diagnosticHeading(d, "")
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

// more says where rules are explained, if one of those that found something is built in, and where fixes are that are not shown.
func (t *textWriter) more() {
	var notes []string
	var rules []string
	without := false
	for _, g := range t.open {
		if t.rules[g.Rule].Page != "" && !slices.Contains(rules, g.Rule) {
			rules = append(rules, g.Rule)
		}
		without = without || len(g.Fixes) == 0 && !isNotJudged(&g.Finding)
	}
	if len(rules) > 0 {
		name := visible(rules[0])
		if len(rules) > 1 {
			name = "RULE, such as " + name
		}
		notes = append(notes, "Why a rule matters and how to fix it: keyproof rules "+name+", or "+rulesPage)
	}
	if without {
		notes = append(notes, "Edits that end findings, or why there is none: keyproof fix")
	}
	t.notes(notes)
	if len(notes) > 0 {
		t.line()
	}
}

// notes writes lines that matter less.
func (t *textWriter) notes(list []string) {
	for _, s := range list {
		for _, l := range Wrap(s, t.opts.Width) {
			t.line(t.paint(faint, l))
		}
	}
}

// footer writes what was resolved, the summary, and what the own accounts were taken to be.
func (t *textWriter) footer() {
	for i := range t.resolved {
		f := &t.resolved[i]
		t.heading("Resolved", green, t.title(f.Rule), " ("+visible(f.Rule)+") in "+t.subject(f))
	}
	if len(t.resolved) > 0 {
		t.line()
	}
	t.more()
	head, mood := t.headline()
	c := map[tone]color{clean: green, nothing: yellow, found: boldRed, failed: boldRed}[mood]
	if mood == clean && !t.calm() || mood == found && t.summary.Findings.Critical+t.summary.Findings.High == 0 {
		c = yellow
	}
	rest := "."
	if t.summary.Policies > 0 {
		rest += " " + capital(t.judged()) + "."
	}
	if s := t.aside(); s != "" {
		rest += " " + capital(s) + "."
	}
	for i, l := range Wrap(head+rest, t.opts.Width) {
		if tail, whole := strings.CutPrefix(l, head); i == 0 && whole {
			l = t.paint(c, head) + tail
		} else if i == 0 {
			l = t.paint(c, l)
		}
		t.line(l)
	}
	notes := append(t.accounts(), t.joined()...)
	if s := t.milder(); s != "" {
		notes = append(notes, s)
	}
	for i := range t.silenced {
		f := &t.silenced[i]
		if rest := len(t.silenced) - i; i == maxInstances && rest > 1 {
			notes = append(notes, "and "+itoa(rest)+" more are suppressed: --format json lists them.")
			break
		}
		notes = append(notes, f.Rule+" in "+visible(f.Address)+" is "+why(f.Suppressed)+".")
	}
	t.notes(notes)
	line, how := t.gate()
	if line == "" {
		return
	}
	c = map[verdictOf]color{passes: green, loosened: yellow, fails: boldRed}[how]
	if how == passes && !t.calm() {
		c = yellow
	}
	for _, l := range Wrap(line, t.opts.Width) {
		t.line(t.paint(c, l))
	}
}
