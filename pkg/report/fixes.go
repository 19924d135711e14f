package report

import (
	"cmp"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// fixLines are the lines of a fix's diff that change something, with the place of each hunk.
func fixLines(x *finding.Fix) []string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimSuffix(x.Diff, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "--- "):
		case strings.HasPrefix(line, "+++ "):
			out = append(out, "+++ "+strings.TrimPrefix(line[4:], "b/"))
		case strings.HasPrefix(line, "+"), strings.HasPrefix(line, "-"):
			out = append(out, strings.TrimSuffix(line, "\r"))
		}
	}
	return out
}

// maxFixLines is how many lines of a diff a report of the terminal shows.
const maxFixLines = 16

// fix writes the smallest fix of a finding below it.
func (t *textWriter) fix(f *finding.Finding) {
	if len(f.Fixes) == 0 {
		return
	}
	x := &f.Fixes[0]
	words := "Proved fix: "
	if len(x.Placeholders) > 0 {
		words = "Proved fix, with " + oneLine(inWords(x.Placeholders)) + " for you to fill in: "
	}
	t.prose(words, bold, oneLine(x.Title))
	for _, lost := range x.Proof.TakesAway {
		t.prose("Takes away: ", bold, oneLine(lost))
	}
	lines := unindented(fixLines(x), t.room())
	n := 0
	for i, line := range lines {
		mark, c := "", faint
		switch {
		case strings.HasPrefix(line, "+++ "):
			line = strings.TrimPrefix(line, "+++ ")
		case strings.HasPrefix(line, "-"):
			mark, line, c = line[:1], line[1:], red
		default:
			mark, line, c = line[:1], line[1:], green
		}
		for k, part := range folded(whole(line), t.room()) {
			if n++; n > maxFixLines {
				t.line(t.paint(faint, "    … "+count(len(lines)-i, "more line", "more lines")))
				return
			}
			if k > 0 {
				part = "  " + part
			}
			if mark != "" {
				part = mark + " " + part
			}
			t.line("    ", t.paint(c, part))
		}
	}
	if len(lines) == 0 && x.Policy != "" && f.Input < len(t.report.Inputs) {
		t.prose("", "", "The whole policy with it:")
		t.line("    keyproof fix ", shellWord(visible(t.report.Inputs[f.Input].Path)), " --policy ", shellWord(visible(cmp.Or(x.Address, f.Address))))
	}
}

// shellWord is a text as one word of a shell's command.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// unindented takes the spaces away that all changed lines begin with, and of two lines of which one replaces the other, and which
// are too long for the terminal, what they have in common far from the change.
func unindented(lines []string, room int) []string {
	out := make([]string, len(lines))
	least := -1
	for i, l := range lines {
		out[i] = strings.ReplaceAll(l, "\t", "  ")
		text := strings.TrimLeft(out[i][1:], " ")
		if n := len(out[i]) - 1 - len(text); text != "" && !strings.HasPrefix(l, "+++ ") && (least < 0 || n < least) {
			least = n
		}
	}
	for i, l := range out {
		if !strings.HasPrefix(l, "+++ ") && len(l) > least {
			out[i] = l[:1] + l[1+max(least, 0):]
		}
	}
	for i := 1; i < len(out); i++ {
		if strings.HasPrefix(out[i-1], "-") && strings.HasPrefix(out[i], "+") && max(len(out[i-1]), len(out[i])) > room {
			out[i-1], out[i] = apart(out[i-1], out[i])
		}
	}
	return out
}

// around is how much of what does not change stands beside what does.
const around = 30

// apart leaves out what two changed lines have in common far from where they differ.
func apart(a, b string) (string, string) {
	x, y := []rune(a[1:]), []rune(b[1:])
	n := min(len(x), len(y))
	head := 0
	for head < n && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < n-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	part := func(s []rune) string {
		from, to := 0, len(s)
		before, after := "", ""
		if head > 2*around {
			from, before = head-around, "…"
		}
		if tail > 2*around {
			to, after = len(s)-tail+around, "…"
		}
		return before + string(s[from:to]) + after
	}
	return a[:1] + part(x), b[:1] + part(y)
}

// folded parts a line into pieces of n columns, at a space where one is near the end.
func folded(s string, n int) []string {
	var out []string
	start, used, space := 0, 0, 0
	for i, r := range s {
		if used += runeWidth(r); used > n {
			end := i
			if space > start+(i-start)*2/3 {
				end = space
			}
			out = append(out, strings.TrimRight(s[start:end], " "))
			start, used = end, columns(s[end:i])+runeWidth(r)
		}
		if r == ' ' {
			space = i + 1
		}
	}
	return append(out, s[start:])
}

// markdownFix is the first fix of a finding: the diff, else what to run.
func markdownFix(b *lines, f *finding.Finding) {
	if len(f.Fixes) == 0 {
		return
	}
	x := &f.Fixes[0]
	line := b.line
	words := mdProse(clip(x.Title, 1000), f.Address)
	if len(x.Placeholders) > 0 {
		words += " Fill in " + mdCodes(x.Placeholders) + "."
	}
	line("**Proved fix:** ", words, "\n")
	for _, lost := range x.Proof.TakesAway {
		line("It takes away: ", mdProse(clip(lost, 500), f.Address), "\n")
	}
	if diff := fixLines(x); len(diff) > 0 && len(diff) <= 60 {
		line(mdFence("diff", visibleAll(diff)))
	}
	if f.Status == finding.Existing && len(x.Commands) > 0 {
		line("For what exists already:\n")
		line(mdFence("sh", visibleAll(x.Commands)))
	}
}

func visibleAll(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = whole(l)
	}
	return out
}

func shownLines(lines []string) string { return strings.Join(visibleAll(lines), "\n") }

func fixCards(f *finding.Finding) []fixCard {
	var out []fixCard
	for i := range f.Fixes {
		x := &f.Fixes[i]
		c := fixCard{Title: oneLine(x.Title), Diff: diffLines(x.Diff), Policy: shownLines(strings.Split(strings.TrimSuffix(x.Policy, "\n"), "\n")), Commands: shownLines(x.Commands), Placeholders: visible(inWords(x.Placeholders))}
		for _, s := range x.Proof.TakesAway {
			c.TakesAway = append(c.TakesAway, oneLine(s))
		}
		for _, s := range x.Console {
			c.Console = append(c.Console, oneLine(s))
		}
		out = append(out, c)
	}
	return out
}

// diffLines are the lines of a diff that is read, and applied by keyproof fix: a line of a megabyte is cut.
func diffLines(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = cut(l)
	}
	return shownLines(lines)
}

// inWords are names in a sentence.
func inWords(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// fixes are the fixes that can be made as they are.
func (s *sarifWriter) fixes(f *finding.Finding) []sarifFix {
	var out []sarifFix
	for i := range f.Fixes {
		x := &f.Fixes[i]
		if len(x.Edits) == 0 || len(x.Placeholders) > 0 {
			continue
		}
		fix := sarifFix{Description: sarifText{Text: unlinked(oneLine(x.Title))}}
		for _, e := range x.Edits {
			if e.Location == nil || s.physical(e.Location) == nil {
				continue
			}
			at := s.physical(e.Location).ArtifactLocation
			n := len(fix.ArtifactChanges)
			if n == 0 || fix.ArtifactChanges[n-1].ArtifactLocation != at {
				fix.ArtifactChanges = append(fix.ArtifactChanges, sarifArtifactChange{ArtifactLocation: at})
				n++
			}
			r := sarifReplacement{DeletedRegion: *s.physical(e.Location).Region}
			if e.Text != "" {
				r.InsertedContent = &sarifContent{Text: e.Text}
			}
			fix.ArtifactChanges[n-1].Replacements = append(fix.ArtifactChanges[n-1].Replacements, r)
		}
		if len(fix.ArtifactChanges) > 0 {
			out = append(out, fix)
		}
	}
	return out
}
