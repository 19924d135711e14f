package fix

import (
	"bytes"
	"slices"
	"strings"
)

// splice replaces bytes of a file.
type splice struct {
	file       string
	start, end int
	text       string
}

// view is a text inside of a file with its escapes resolved: a JSON document in a quoted string, an expression in a
// .tf.json file, or the file itself.
type view struct {
	file string
	text []byte
	// at tells where each byte of text, and its end, is in the file; nil where it is the same.
	at []int
	// outer writes what is put into the text as the file has to hold it.
	outer func(string) string
	// literal writes a string as a literal of the text's syntax, without outer.
	literal func(s string) (string, bool)
	hcl     bool
	// yaml says that the text is YAML: what is written in blocks is edited as such.
	yaml bool
	// from and to are where a document is in the text; to is 0 where it ends with it.
	from, to int
}

func (v *view) offset(i int) int {
	if v.at == nil {
		return i
	}
	return v.at[min(max(i, 0), len(v.at)-1)]
}

// find is the offset in the text of a byte of the file, and false where it is not in it.
func (v *view) find(at int) (int, bool) {
	if v.at == nil {
		return at, at >= 0 && at <= len(v.text)
	}
	i, ok := slices.BinarySearch(v.at, at)
	return i, ok
}

func (v *view) splice(start, end int, text string) splice {
	if v.outer != nil {
		text = v.outer(text)
	}
	return splice{v.file, v.offset(start), v.offset(end), text}
}

// comments are those in a part, as lines with the indentation of the line that the part begins on; "" where it has none.
func (v *view) comments(start, end int) string {
	switch {
	case v.yaml:
		return yamlComments(string(v.text[start:end]), v.indent(start))
	case v.hcl:
		return hclComments(v.text[start:end], v.indent(start))
	}
	return ""
}

// line is the offset at which the line with that byte begins.
func (v *view) line(at int) int { return bytes.LastIndexByte(v.text[:at], '\n') + 1 }

// indent is the white space that the line with that byte begins with.
func (v *view) indent(at int) string {
	line := v.text[v.line(at):]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// column is white space as wide as what stands in front of a byte on its line.
func (v *view) column(at int) string { return strings.Repeat(" ", at-v.line(at)) }

// startsLine says whether only white space stands before it on its line.
func (v *view) startsLine(at int) bool {
	return len(bytes.TrimSpace(v.text[v.line(at):at])) == 0
}

// unit is one step of indentation around an object: its members' less its own.
func (v *view) unit(n *node) string {
	if parts := n.pieces(); len(parts) > 0 && v.startsLine(parts[0].start) {
		if rest, ok := strings.CutPrefix(v.indent(parts[0].start), v.indent(n.end-1)); ok && rest != "" {
			return rest
		}
	}
	if strings.HasPrefix(v.indent(n.start), "\t") {
		return "\t"
	}
	return "  "
}

// apply puts splices into a file. They are sorted by where they begin; those at one place keep their order. It is false
// where two overlap.
func apply(src []byte, splices []splice) ([]byte, bool) {
	list := slices.Clone(splices)
	slices.SortStableFunc(list, func(a, b splice) int { return a.start - b.start })
	var out []byte
	at := 0
	for _, s := range list {
		if s.start < at || s.end < s.start || s.end > len(src) {
			return nil, false
		}
		out = append(append(out, src[at:s.start]...), s.text...)
		at = s.end
	}
	return append(out, src[at:]...), true
}

// decode resolves the escapes of a quoted HCL string, whose content is src[start:end]. Template escapes stay.
func decode(src []byte, start, end int, escape func(rest []byte) (text string, n int)) (text []byte, at []int) {
	for i := start; i < end; {
		out, n := string(src[i:i+1]), 1
		if src[i] == '\\' {
			if s, w := escape(src[i:end]); w > 0 {
				out, n = s, w
			}
		}
		for range len(out) {
			at = append(at, i)
		}
		text = append(text, out...)
		i += n
	}
	return text, append(at, end)
}

func simpleEscape(rest []byte) (string, int) {
	if len(rest) < 2 {
		return "", 0
	}
	switch rest[1] {
	case 'n':
		return "\n", 2
	case 't':
		return "\t", 2
	case 'r':
		return "\r", 2
	case '"', '\\', '/':
		return string(rest[1]), 2
	case 'u':
		if len(rest) < 6 {
			return "", 0
		}
		var r rune
		for _, c := range rest[2:6] {
			d := strings.IndexByte("0123456789abcdef", c|0x20)
			if d < 0 {
				return "", 0
			}
			r = r<<4 | rune(d)
		}
		return string(r), 6
	}
	return "", 0
}

// quotedEscape writes a text for the inside of a quoted HCL string. What is inside of ${ } stays.
func quotedEscape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.HasPrefix(s[i:], "${") && (i == 0 || s[i-1] != '$') {
			end := interpolationEnd([]byte(s), i+2)
			b.WriteString(s[i:end])
			i = end - 1
			continue
		}
		switch c := s[i]; c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
