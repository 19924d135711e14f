package report

import "strings"

type markdownWriter struct {
	*view
	b strings.Builder
}

func (m *markdownWriter) line(parts ...string) {
	for _, p := range parts {
		m.b.WriteString(p)
	}
	m.b.WriteByte('\n')
}

// fits says whether s can be added without passing the limit.
func (m *markdownWriter) fits(s string, limit int) bool { return m.b.Len()+len(s) <= limit }
