package report

import "strings"

type markdownWriter struct {
	*view
	lines
}

// lines is a text that is written line by line.
type lines struct{ b strings.Builder }

func (l *lines) line(parts ...string) {
	for _, p := range parts {
		l.b.WriteString(p)
	}
	l.b.WriteByte('\n')
}

// fits says whether s can be added without passing the limit.
func (m *markdownWriter) fits(s string, limit int) bool { return m.b.Len()+len(s) <= limit }
