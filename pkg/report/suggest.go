package report

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// Suggestion is a fix as a change of some whole lines of one file, which a code host can offer to apply.
type Suggestion struct {
	// Path is the file's path from the repository's root, with slashes.
	Path string
	// Start and End are the first and the last line that are replaced, counted from 1.
	Start, End int
	// Old are those lines as they are, New what they become, without line ends.
	Old, New []string
	// Title is what it mends, in one line of Markdown.
	Title string
	// Text is the Markdown around the change.
	Text string
	// ID tells it from others: the fingerprint of the finding.
	ID string
}

// Suggestions are the fixes of a report that are one change of whole lines in one file, worst finding first, and how many cannot be
// written so: what is to be filled in, what is in several places, what is not in the repository. Read reads a file by its name
// in the report.
func Suggestions(r *finding.Report, read func(name string) ([]byte, error)) (out []Suggestion, others int) {
	v := newView(r)
	seen := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !f.Counts() || len(f.Fixes) == 0 {
			continue
		}
		s, ok := v.suggestion(f, read)
		if !ok {
			others++
			continue
		}
		same := s.Path + "\x00" + itoa(s.Start) + "\x00" + itoa(s.End) + "\x00" + strings.Join(s.New, "\n")
		if !seen[same] { // other findings that the same edit ends
			seen[same] = true
			out = append(out, *s)
		}
	}
	return out, others
}

func (v *view) suggestion(f *finding.Finding, read func(string) ([]byte, error)) (*Suggestion, bool) {
	x := &f.Fixes[0]
	if len(x.Edits) == 0 || len(x.Placeholders) > 0 || x.Edits[0].Location == nil {
		return nil, false
	}
	name := x.Edits[0].Location.File
	path, inside := v.repoPath(name)
	if !inside {
		return nil, false
	}
	src, err := read(name)
	if err != nil {
		return nil, false
	}
	s := &Suggestion{Path: path, ID: f.Fingerprint, Start: x.Edits[0].Location.Start.Line, End: x.Edits[0].Location.End.Line}
	from, to := len(src), 0
	for _, e := range x.Edits {
		if e.Location == nil || e.Location.File != name || e.Location.Start.Byte < 0 || e.Location.End.Byte > len(src) || e.Location.Start.Byte > e.Location.End.Byte {
			return nil, false
		}
		from, to = min(from, e.Location.Start.Byte), max(to, e.Location.End.Byte)
		s.Start, s.End = min(s.Start, e.Location.Start.Line), max(s.End, e.Location.End.Line)
	}
	begin := bytes.LastIndexByte(src[:from], '\n') + 1
	end := len(src)
	if n := bytes.IndexByte(src[to:], '\n'); n >= 0 {
		end = to + n
	}
	// The file may be another one by now: then its lines are not those of the report.
	if bytes.Count(src[:begin], []byte("\n"))+1 != s.Start || s.Start+bytes.Count(src[begin:end], []byte("\n")) != s.End {
		return nil, false
	}
	s.Old, s.New = wholeLines(src[begin:end]), wholeLines(edited(src, begin, end, x.Edits))
	s.Title = "**" + capital(f.Severity.String()) + ":** " + mdProse(v.title(f.Rule), "")
	s.Text = v.suggestionText(f, x)
	return s, true
}

func wholeLines(b []byte) []string {
	return strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
}

// edited are the lines of a part of a file after edits in it.
func edited(src []byte, begin, end int, edits []finding.Edit) []byte {
	var out []byte
	at := begin
	byStart := func(a, b finding.Edit) int { return cmp.Compare(a.Location.Start.Byte, b.Location.Start.Byte) }
	for _, e := range slices.SortedStableFunc(slices.Values(edits), byStart) {
		if l := e.Location; l.Start.Byte >= at {
			out = append(append(out, src[at:l.Start.Byte]...), e.Text...)
			at = l.End.Byte
		}
	}
	return append(out, src[at:end]...)
}

// suggestionText says of a suggestion what it mends and what it takes away.
func (v *view) suggestionText(f *finding.Finding, x *finding.Fix) string {
	var b strings.Builder
	b.WriteString(mdProse(clip(oneLine(f.Message), 1000), f.Address) + "\n\n" + mdProse(clip(x.Title, 1000), f.Address) + "\n")
	for _, lost := range x.Proof.TakesAway {
		b.WriteString("\nIt takes away: " + mdProse(clip(lost, 500), f.Address) + "\n")
	}
	b.WriteString("\nThis edit is proved: with it the finding is gone, no other is new, and no verdict is wider. " + mdCode(f.Rule) + "\n")
	return b.String()
}

// Block is the suggestion as GitHub reads it.
func (s *Suggestion) Block() string { return mdFence("suggestion", s.New) }
