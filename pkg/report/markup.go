package report

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"sync"
)

// Markdown of text from the input. It must read as the text and as nothing else, in CommonMark, in tables, and to the
// filters of code hosts that look for mentions, issues, commits, addresses and emoji. Those leave code alone, so what is
// not an ordinary word becomes code.

// mdProse is prose as Markdown. An address that occurs in it is given by name.
func mdProse(s, name string) string { return prose(s, name, mdCode, mdWords) }

// prose writes the names of a prose with code, and its words with text.
func prose(s, name string, code, text func(string) string) string {
	var b strings.Builder
	for _, seg := range segments(s, name) {
		if seg.code {
			b.WriteString(code(seg.text))
		} else {
			b.WriteString(text(seg.text))
		}
	}
	return b.String()
}

var (
	mdSpecial = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("[\\\\`*_{}\\[\\]()<>#|~&@$!]") })
	mdList    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\s*)([-+])`) })
	mdNumber  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\s*\d+)([.)])`) })
)

// mdWords is text without names as Markdown.
func mdWords(s string) string {
	s = mdSpecial().ReplaceAllString(s, `\$0`)
	s = mdList().ReplaceAllString(s, `$1\$2`)
	return mdNumber().ReplaceAllString(s, `$1\$2`)
}

// mdCodes is a list of names as Markdown, up to the number that is worth reading.
func mdCodes(names []string) string {
	return listed(names, func(n string) string { return mdCode(clip(n, 300)) })
}

// listed joins names as they are to be written, up to the number that is worth reading.
func listed(names []string, write func(string) string) string {
	var out []string
	for i, n := range names {
		if i == maxInstances {
			return strings.Join(out, ", ") + " and " + itoa(len(names)-i) + " more"
		}
		out = append(out, write(n))
	}
	return strings.Join(out, ", ")
}

// mdCode is a name as Markdown code, also in a table.
func mdCode(s string) string {
	s = visible(s)
	if s == "" {
		return "`\"\"`"
	}
	if strings.ContainsAny(s, "`|\\") || s[0] == ' ' || s[len(s)-1] == ' ' {
		return "<code>" + entities(s) + "</code>"
	}
	return "`" + s + "`"
}

// entities writes every character that means something to HTML or Markdown by its number.
func entities(s string) string { return numbered(s, "&#%d;") }

// numbered writes all of ASCII that is not a letter, a digit or a space by its number.
func numbered(s, form string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x80 && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == ' ') {
			fmt.Fprintf(&b, form, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// htmlProse is prose as HTML, for the places of a Markdown text where only HTML is read.
func htmlProse(s, name string) string { return prose(s, name, htmlCode, html.EscapeString) }

func htmlCode(s string) string { return "<code>" + html.EscapeString(visible(s)) + "</code>" }

// mdFence is lines of source as a code block. The lines are visible already.
func mdFence(info string, lines []string) string {
	fence := "```"
	for _, l := range lines {
		for strings.Contains(l, fence) {
			fence += "`"
		}
	}
	return fence + info + "\n" + strings.Join(lines, "\n") + "\n" + fence + "\n"
}
