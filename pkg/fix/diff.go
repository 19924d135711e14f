package fix

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/keyproof/keyproof/pkg/finding"
)

// Diff is the change of a file as a unified diff, as git apply and patch take it; name is the file's path from where they
// run. There are three lines of context, or as many as hold no sensitive value; where a line that changes holds one there is
// no diff. Secret are the numbers of such lines.
func Diff(name string, before, after []byte, secret map[int]bool) string {
	changes := changed(string(before), string(after))
	for context := 3; context >= 0; context-- {
		if shows(before, changes, context, secret) {
			continue
		}
		if d, err := udiff.ToUnifiedDiff(quoted("a/"+name), quoted("b/"+name), string(before), changes, context); err == nil {
			return unified(&d)
		}
	}
	return ""
}

// unified writes a diff. The line numbers of what is new are counted here: git apply takes them for the place, and would find
// the wrong one of two that look alike.
func unified(d *udiff.UnifiedDiff) string {
	if len(d.Hunks) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString("--- " + d.From + "\n+++ " + d.To + "\n")
	shift := 0
	for _, h := range d.Hunks {
		var lines strings.Builder
		old, is := 0, 0
		for _, l := range h.Lines {
			switch l.Kind {
			case udiff.Delete:
				lines.WriteByte('-')
				old++
			case udiff.Insert:
				lines.WriteByte('+')
				is++
			default:
				lines.WriteByte(' ')
				old, is = old+1, is+1
			}
			lines.WriteString(l.Content)
			if !strings.HasSuffix(l.Content, "\n") {
				lines.WriteString("\n\\ No newline at end of file\n")
			}
		}
		out.WriteString("@@ -" + lineSpan(h.FromLine, old) + " +" + lineSpan(h.FromLine+shift, is) + " @@\n" + lines.String())
		shift += is - old
	}
	return out.String()
}

// lineSpan is how a unified diff writes so many lines: of none, the line in front of them.
func lineSpan(first, n int) string {
	switch n {
	case 0:
		return itoa(first-1) + ",0"
	case 1:
		return itoa(first)
	}
	return itoa(first) + "," + itoa(n)
}

// changed are the lines that differ. Those that are the same at the end of both, often most of a file, are not compared.
func changed(before, after string) []udiff.Edit {
	end := 0
	for end < min(len(before), len(after)) && before[len(before)-1-end] == after[len(after)-1-end] {
		end++
	}
	line := strings.IndexByte(before[len(before)-end:], '\n')
	if end -= line + 1; line < 0 {
		end = 0
	}
	return udiff.Lines(before[:len(before)-end], after[:len(after)-end])
}

// quoted is the name of a file as git writes it: on one line, and with a tab behind it where it has spaces.
func quoted(name string) string {
	switch {
	case strings.ContainsFunc(name, unicode.IsControl):
		return strconv.Quote(name)
	case strings.Contains(name, " "):
		return name + "\t"
	}
	return name
}

// shows says whether a diff with so many lines of context shows one of the lines.
func shows(src []byte, changes []udiff.Edit, context int, secret map[int]bool) bool {
	for _, e := range changes {
		first, last := position(src, e.Start).Line-context, position(src, e.End).Line+context
		for line := range secret {
			if first <= line && line <= last {
				return true
			}
		}
	}
	return false
}

// edits are the parts of a file that differ, as edits of it.
func edits(name string, before, after []byte) []finding.Edit {
	var out []finding.Edit
	for _, e := range changed(string(before), string(after)) {
		start, end, text := e.Start, e.End, e.New
		// What is the same at both ends of the lines is not part of the edit.
		old := string(before[start:end])
		for len(old) > 0 && len(text) > 0 && old[0] == text[0] {
			_, n := utf8.DecodeRuneInString(old)
			if !strings.HasPrefix(text, old[:n]) {
				break
			}
			old, text, start = old[n:], text[n:], start+n
		}
		for len(old) > 0 && len(text) > 0 {
			r, n := utf8.DecodeLastRuneInString(old)
			if s, _ := utf8.DecodeLastRuneInString(text); s != r || !strings.HasSuffix(text, old[len(old)-n:]) {
				break
			}
			old, text, end = old[:len(old)-n], text[:len(text)-n], end-n
		}
		out = append(out, finding.Edit{Location: &finding.Location{File: name, Start: position(before, start), End: position(before, end)}, Text: text})
	}
	return out
}

func position(src []byte, at int) finding.Pos {
	line := bytes.LastIndexByte(src[:at], '\n') + 1
	return finding.Pos{Line: bytes.Count(src[:line], []byte("\n")) + 1, Column: utf8.RuneCount(src[line:at]) + 1, Byte: at}
}

// pretty is a JSON document with an indent where it is written on one line.
func pretty(text string) string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "\n") {
		return text + "\n"
	}
	v := jsontext.Value(text)
	if v.Indent(jsontext.WithIndent("  ")) != nil {
		return text + "\n"
	}
	return string(v) + "\n"
}
