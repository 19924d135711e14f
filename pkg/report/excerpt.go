package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/keyproof/keyproof/pkg/finding"
)

// excerpt is the source text of a location, line by line.
type excerpt struct {
	lines []excerptLine
	more  int // lines of the location that are left out at the end
}

// excerptLine is one line in three parts, of which the middle one is the location. All of it is visible.
type excerptLine struct {
	number                int
	before, marked, after string
}

const (
	maxExcerptLines = 6   // of one location
	maxExcerptWidth = 160 // columns, where the report has no width of its own
)

// excerpt returns the source lines of a location, each cut to max columns around what is marked. It returns nil where
// there is no source, or where the lines hold a sensitive value.
func (v *view) excerpt(l *finding.Location, max int) *excerpt {
	if l == nil || l.Hidden || l.Start.Line < 1 {
		return nil
	}
	src, ok := v.report.Files[l.File]
	if !ok {
		return nil
	}
	last := lastLine(l)
	e := &excerpt{}
	if n := last - l.Start.Line + 1; n > maxExcerptLines {
		e.more = n - maxExcerptLines + 1
		last = l.Start.Line + maxExcerptLines - 2
	}
	if v.holdsHidden(l.File, l.Start.Line, last) {
		return nil
	}
	for n := l.Start.Line; n <= last; n++ {
		line, ok := v.lineOf(l.File, src, n)
		if !ok {
			break
		}
		e.lines = append(e.lines, mark(line, n, l, max))
	}
	if len(e.lines) == 0 {
		return nil
	}
	return e
}

// spot names a location in words: "main.tf line 3", "main.tf lines 3-5".
func spot(l *finding.Location) string {
	if last := lastLine(l); last > l.Start.Line {
		return inputName(l.File) + " lines " + itoa(l.Start.Line) + "-" + itoa(last)
	}
	return inputName(l.File) + " line " + itoa(l.Start.Line)
}

// lastLine is the last line that holds something of the location; its end is exclusive.
func lastLine(l *finding.Location) int {
	last := l.End.Line
	if l.End.Column <= 1 && last > l.Start.Line {
		last--
	}
	return max(last, l.Start.Line)
}

func (v *view) holdsHidden(file string, first, last int) bool {
	for i := range v.hidden[file] {
		h := &v.hidden[file][i]
		if h.Start.Line <= last && lastLine(h) >= first {
			return true
		}
	}
	if v.report.SecretLines == nil {
		return false
	}
	lines := v.report.SecretLines(file)
	for n := first; n <= last && len(lines) > 0; n++ {
		if lines[n] {
			return true
		}
	}
	return false
}

// lineOf returns line n of a file, without its line break.
func (v *view) lineOf(file string, src []byte, n int) (string, bool) {
	starts, ok := v.lines[file]
	if !ok {
		starts = append(starts, 0)
		for i, c := range src {
			if c == '\n' {
				starts = append(starts, i+1)
			}
		}
		v.lines[file] = starts
	}
	if n > len(starts) || n == len(starts) && starts[n-1] >= len(src) {
		return "", false
	}
	line := src[starts[n-1]:]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	if n == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return string(bytes.TrimSuffix(line, []byte("\r"))), true
}

// cell is one character of a source line as it is shown.
type cell struct {
	text  string
	width int
}

func cells(line string) []cell {
	var out []cell
	for i, r := range line {
		c := cell{text: string(r), width: runeWidth(r)}
		switch {
		case r == '\t':
			c = cell{"    ", 4}
		case r == utf8.RuneError && isBroken(line[i:]):
			c = cell{`\x` + strconv.FormatInt(int64(line[i]), 16), 4}
		case unseen(r):
			c.text = escape(r)
			c.width = len(c.text)
		}
		out = append(out, c)
	}
	return out
}

// mark parts line n at the location's columns, and cuts it to max columns.
func mark(line string, n int, l *finding.Location, max int) excerptLine {
	from, to := 0, utf8.RuneCountInString(line)
	if n == l.Start.Line {
		from = clamp(l.Start.Column-1, 0, to)
	} else if indent := strings.TrimLeftFunc(line, unicode.IsSpace); indent != "" {
		from = utf8.RuneCountInString(line[:len(line)-len(indent)])
	}
	if n == l.End.Line {
		to = clamp(l.End.Column-1, from, to)
	}
	line, skipped, ended := near(line, from, 4*max)
	cs := cells(line)
	from -= skipped
	to = min(to-skipped, len(cs))
	first, last := window(cs, from, to, max)
	out := excerptLine{
		number: n,
		before: join(cs[first:from]),
		marked: join(cs[from:min(to, last)]),
		after:  join(cs[min(to, last):last]),
	}
	if first > 0 || skipped > 0 {
		out.before = "…" + out.before
	}
	if last < len(cs) || !ended {
		if out.after == "" && to > last {
			out.marked += "…"
		} else {
			out.after += "…"
		}
	}
	return out
}

// near returns the part of a line within n characters of column at, how many characters come before it, and whether it
// is the end of the line. A policy may be a line of a megabyte, and only what can be shown is worth looking at.
func near(line string, at, n int) (part string, skipped int, ended bool) {
	start, end, column := 0, len(line), 0
	for i := range line {
		if column == at-n {
			start, skipped = i, column
		}
		if column == at+n {
			end = i
			break
		}
		column++
	}
	return line[start:end], skipped, end == len(line)
}

// window chooses which cells of a line to show: all of them where they fit into max columns, else the marked ones with
// what fits around them.
func window(cs []cell, from, to, max int) (first, last int) {
	total := 0
	for _, c := range cs {
		total += c.width
	}
	if total <= max {
		return 0, len(cs)
	}
	room := max - 2 // for an ellipsis on both sides
	first, last = from, from
	for last < to && room >= cs[last].width {
		room -= cs[last].width
		last++
	}
	for room > 0 && (first > 0 || last < len(cs)) {
		before := room
		if first > 0 && room >= cs[first-1].width {
			first--
			room -= cs[first].width
		}
		if last < len(cs) && last >= to && room >= cs[last].width {
			room -= cs[last].width
			last++
		}
		if room == before {
			break
		}
	}
	return first, last
}

func join(cs []cell) string {
	var b strings.Builder
	for _, c := range cs {
		b.WriteString(c.text)
	}
	return b.String()
}

func clamp(n, low, high int) int { return min(max(n, low), high) }

// columns is the width of a visible string on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// sourceLines are the lines of an excerpt as text, painted, with carets below what is marked on a single line.
func sourceLines(e *excerpt, indent string, paint func(color, string) string) []string {
	var out []string
	digits := len(itoa(e.lines[len(e.lines)-1].number))
	for _, l := range e.lines {
		gutter := fmt.Sprintf("%s%*d: ", indent, digits, l.number)
		out = append(out, strings.TrimRight(paint(faint, gutter)+l.before+paint(bold, l.marked)+l.after, " "))
		if len(e.lines) == 1 {
			carets := strings.Repeat("^", max(1, columns(l.marked)))
			out = append(out, strings.Repeat(" ", len(gutter)+columns(l.before))+paint(red, carets))
		}
	}
	if e.more > 0 {
		out = append(out, paint(faint, indent+strings.Repeat(" ", digits)+"  … "+count(e.more, "more line", "more lines")))
	}
	return out
}

// unpainted is text without colours.
func unpainted(_ color, s string) string { return s }
