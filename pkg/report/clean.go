package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText is how many bytes of one text of the input a report shows. JSON has all of it.
const maxText = 10_000

// visible returns what is shown of s, as whole does: of a very long text the beginning, and how much more there is.
func visible(s string) string { return whole(cut(s)) }

// cut is a text, or its beginning and how much more there is.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > maxText-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + fmt.Sprintf("… (and %d bytes more)", len(s)-n)
}

// whole returns s as one line in which everything can be seen: control characters, characters that turn the
// direction of writing, invisible ones and bytes that are not UTF-8 are written as escapes.
func whole(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && isBroken(s[i:]):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unseen(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Visible returns s as one line in which everything can be seen, for what is printed beside a report.
func Visible(s string) string { return visible(s) }

func plain(s string) bool {
	for i, r := range s {
		if unseen(r) || r == utf8.RuneError && isBroken(s[i:]) {
			return false
		}
	}
	return true
}

// isBroken says whether s begins with a byte that is not UTF-8, rather than with a real U+FFFD.
func isBroken(s string) bool {
	_, n := utf8.DecodeRuneInString(s)
	return n == 1
}

// unseen says whether a character must not be passed on as it is: it is not drawn, or changes how others are.
func unseen(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}

func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// oneLine returns prose as one visible line: line breaks and runs of spaces in it become one space.
func oneLine(s string) string {
	return visible(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n\r", r) }), " "))
}

// VisibleLines returns prose line by line, each visible. Its own line breaks stay, empty lines at the ends do not.
func VisibleLines(s string) []string {
	s = strings.Trim(strings.ReplaceAll(cut(s), "\r\n", "\n"), "\n ")
	if s == "" {
		return nil
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = uncommanded(strings.TrimRight(visible(strings.ReplaceAll(l, "\t", "    ")), " "))
	}
	return lines
}

// uncommanded is a line that no runner takes for a command to it: they look for these at the start of lines, behind spaces, too.
func uncommanded(line string) string {
	if text := strings.TrimLeft(line, " "); strings.HasPrefix(text, "::") || strings.HasPrefix(text, "##") {
		return line[:len(line)-len(text)] + `\` + text
	}
	return line
}

// clip shortens s to at most n characters, the last of them an ellipsis where something is cut off.
func clip(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return string(runes[:n-1]) + "…"
}

// count is a number with its noun: "1 policy", "2 policies".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// capital returns s with its first letter in upper case.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
