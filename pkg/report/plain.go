package report

import (
	"io"
	"strings"
)

// WriteMarked writes the Markdown that rules are described in as text for a terminal: wrapped, code set in, and no marks.
func WriteMarked(w io.Writer, markdown string, o Options) error {
	t := &textWriter{opts: o}
	width := 100
	if o.Width > 0 && o.Width < width {
		width = o.Width
	}
	for i, b := range richText(markdown) {
		if i > 0 {
			t.line("")
		}
		for _, item := range b.Items {
			if b.Kind != "ul" {
				for _, l := range Wrap(words(item), width) {
					if len(item) == 1 && item[0].Kind == "strong" {
						l = t.paint(bold, l)
					}
					t.line(l)
				}
				continue
			}
			mark := "- "
			for _, l := range Wrap(words(item), width-len(mark)) {
				t.line(mark, l)
				mark = "  "
			}
		}
		if b.Kind == "pre" {
			for l := range strings.SplitSeq(b.Code, "\n") {
				t.line(strings.TrimRight("    "+l, " "))
			}
		}
	}
	return t.flush(w)
}

// words are spans as text, each link with its address.
func words(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
		if s.Link != "" {
			b.WriteString(" (" + s.Link + ")")
		}
	}
	return b.String()
}
