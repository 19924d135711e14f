package report

import (
	"io"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

type textWriter struct {
	*view
	opts Options
	lines
}

func (t *textWriter) flush(w io.Writer) error {
	_, err := io.WriteString(w, t.b.String())
	t.b.Reset()
	return err
}

func (t *textWriter) paint(c color, s string) string {
	if !t.opts.Color || s == "" {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}

// heading writes the first line of a block. Nothing else in a block starts at the left margin.
func (t *textWriter) heading(label string, c color, title, tags string) {
	lines := Wrap(label+": "+title+tags, t.opts.Width-2)
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
		s += ", which holds a sensitive value and is not shown"
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
	for _, l := range sourceLines(e, "  ", t.paint) {
		t.line(l)
	}
}

// prose writes a labelled text, indented and wrapped. Its own line breaks stay.
func (t *textWriter) prose(label string, c color, s string) {
	for i, p := range VisibleLines(s) {
		if i == 0 {
			p = label + p
		}
		for j, l := range Wrap(p, t.opts.Width-2) {
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

// Wrap breaks a line at spaces so that it fits into n columns; n < 20 does not break. A word is never broken, so that
// addresses and ARNs can be copied. It returns at least one line.
func Wrap(s string, n int) []string {
	if n < 20 || columns(s) <= n {
		return []string{s}
	}
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	var out []string
	line := indent
	used := len(indent)
	for word := range strings.FieldsSeq(s) {
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
