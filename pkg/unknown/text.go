// Package unknown is the one home of values that are not known before apply: symbols and what is certain of them, texts
// with holes and the places their parts come from, and the marks that carry both through cty values.
//
// It knows nothing of Terraform or of policies; every reader and the engine use it.
//
// It is no API: it may change in any version.
package unknown

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Text is a string of which parts may not be known before apply. A hole is written into S as a token (see [Hole]), so
// that the text around it keeps its shape: the policy {"Principal": {"AWS": ⟨0⟩}} is still a policy.
type Text struct {
	S     string
	Holes []Symbol
	// Spans say where parts of S come from, in the order of Start; they may nest, the inner one after the outer one.
	Spans []Span
	// Assuming says in words under which outcome of unknown conditions this is the text, "" if under every one.
	// DependsOn names the references that those conditions wait for.
	Assuming  string
	DependsOn []string
}

// Span says that S[Start:End] comes from Range. Linear spans map byte by byte (a literal part of a template), others as
// a whole (an expression whose value was put in).
type Span struct {
	Start, End int
	Range      hcl.Range
	Linear     bool
	// Sensitive says that the part must never be printed, and that Range must be shown without an excerpt. Range may be
	// the zero range then: the place is not known.
	Sensitive bool
}

const (
	holeStart = "\uE0A0"
	holeEnd   = "\uE0A1"
	fixedEnd  = "\u0087"
)

// FixedMark is in every text that [Fixed] puts for a token. It is one of the control characters of Latin-1, which languages
// of texts can hold and no name has.
const FixedMark = "\u0086"

// FixedChars are the characters of Latin-1 that [Fixed] puts around the number of a token, one byte each.
const FixedChars = "\x86\x87"

// Hole is the token that stands for Holes[i] in S.
func Hole(i int) string { return holeStart + strconv.Itoa(i) + holeEnd }

// Fixed is s with its tokens as symbols: each is some value, the same wherever the token stands, and no text that anybody
// writes. Where such a text is compared, it is only equal to itself. It is never shown, see [NameFixed] and [Plain].
func Fixed(s string) string {
	if !HasHole(s) {
		return s
	}
	var b strings.Builder
	for _, p := range Parts(s) {
		if p.Hole < 0 {
			b.WriteString(p.Text)
			continue
		}
		b.WriteString(FixedText(p.Hole + 1))
	}
	return b.String()
}

// FixedText is the symbol with a number: [Fixed] puts the number of the token and one. It is as long as the ids that AWS makes.
func FixedText(i int) string { return fmt.Sprintf("%s%010d%s", FixedMark, i, fixedEnd) }

// NameFixed puts names for the symbols in s.
func NameFixed(s string, name func(i int) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, FixedMark)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		number, after, ok := strings.Cut(rest, fixedEnd)
		i, err := strconv.Atoi(number)
		if !ok || err != nil {
			i, after = -1, rest
		}
		b.WriteString(name(i))
		s = after
	}
}

// HasFixed says whether s holds what [Fixed] puts for a token.
func HasFixed(s string) bool { return strings.Contains(s, FixedMark) }

// IsFixed says whether s is one text that [Fixed] puts for a token, and nothing else.
func IsFixed(s string) bool {
	rest, ok := strings.CutPrefix(s, FixedMark)
	return ok && strings.Index(rest, fixedEnd) == len(rest)-len(fixedEnd)
}

// Shown is s, a part of the text, with what decides it in the place of each unknown part: ${aws_iam_role.app.arn}.
func (t Text) Shown(s string) string {
	var b strings.Builder
	for _, p := range Parts(s) {
		b.WriteString(p.Text)
		if p.Hole >= 0 && p.Hole < len(t.Holes) {
			b.WriteString("${" + t.Holes[p.Hole].Ref + "}")
		}
	}
	return b.String()
}

// Known is the text s without holes.
func Known(s string) Text { return Text{S: s} }

// Then is the text with another one behind it. It tells no places.
func (t Text) Then(next Text) Text {
	out := Text{Holes: append(slices.Clip(t.Holes), next.Holes...)}
	var b strings.Builder
	b.WriteString(t.S)
	for _, p := range Parts(next.S) {
		if b.WriteString(p.Text); p.Hole >= 0 {
			b.WriteString(Hole(len(t.Holes) + p.Hole))
		}
	}
	out.S = b.String()
	return out
}

// HasHole says whether s holds a token.
func HasHole(s string) bool { return strings.Contains(s, holeStart) }

// Part is a piece of a string with holes: text, or the hole with that number.
type Part struct {
	Text string
	Hole int // -1 for text
}

// Parts splits a string at its tokens. A malformed token is text.
func Parts(s string) []Part {
	var out []Part
	for {
		i := strings.Index(s, holeStart)
		if i < 0 {
			break
		}
		rest := s[i+len(holeStart):]
		j := strings.Index(rest, holeEnd)
		n, err := -1, error(nil)
		if j > 0 {
			n, err = strconv.Atoi(rest[:j])
		}
		if j <= 0 || err != nil || n < 0 {
			break
		}
		if i > 0 {
			out = append(out, Part{Text: s[:i], Hole: -1})
		}
		out = append(out, Part{Hole: n})
		s = rest[j+len(holeEnd):]
	}
	if s != "" {
		out = append(out, Part{Text: s, Hole: -1})
	}
	return out
}

// OneHole says whether a text is a single hole and nothing around it, and returns its number.
func OneHole(s string) (hole int, ok bool) {
	parts := Parts(s)
	if len(parts) != 1 || parts[0].Hole < 0 {
		return 0, false
	}
	return parts[0].Hole, true
}

// At returns the tightest source range of S[start:end], and false where no span covers its start.
// Linear spans are narrowed to the part that is asked for as long as it stays on the bytes of the span.
//
// A quoted string whose content was put in as a whole, or is a literal of its own, is where the content comes from, not
// where the quotes are written.
func (t Text) At(start, end int) (hcl.Range, bool) {
	if t.isPutIn(start, end) {
		start, end = start+1, end-1
	}
	best := -1
	for i, s := range t.Spans {
		if s.Range != (hcl.Range{}) && s.Start <= start && start < s.End && (best < 0 || s.End-s.Start <= t.Spans[best].End-t.Spans[best].Start) {
			best = i
		}
	}
	if best < 0 {
		return hcl.Range{}, false
	}
	s := t.Spans[best]
	if !s.Linear {
		return s.Range, true
	}
	return hcl.Range{
		Filename: s.Range.Filename,
		Start:    advance(s.Range.Start, t.S[s.Start:start]),
		End:      advance(s.Range.Start, t.S[s.Start:min(max(end, start), s.End, len(t.S))]),
	}, true
}

// isPutIn says whether S[start:end] is a quoted string of which spans tell where the content comes from as a whole, and
// none tells it of the string with its quotes.
func (t Text) isPutIn(start, end int) bool {
	if start < 0 || end > len(t.S) || end-start < 3 || t.S[start] != '"' || t.S[end-1] != '"' {
		return false
	}
	content, literal := false, hcl.Range{}
	var quoted []hcl.Range
	for _, s := range t.Spans {
		switch {
		case s.Range == (hcl.Range{}):
		case s.Start == start && s.End == end:
			quoted = append(quoted, s.Range)
		case s.Start == start+1 && s.End == end-1:
			content = true
			if s.Linear {
				literal = s.Range
			}
		}
	}
	if len(quoted) == 0 {
		return content
	}
	// A literal that went through functions is where it is written. One with its quotes is where these are.
	return literal != (hcl.Range{}) && !slices.ContainsFunc(quoted, func(q hcl.Range) bool {
		return q.Filename == literal.Filename && q.Start.Byte == literal.Start.Byte-1 && q.End.Byte == literal.End.Byte+1
	})
}

// SensitiveAt says whether a part of S[start:end] is sensitive.
func (t Text) SensitiveAt(start, end int) bool {
	for _, s := range t.Spans {
		if s.Sensitive && s.Start < end && start < s.End {
			return true
		}
	}
	return false
}

// advance moves a position over text. Columns count code points.
func advance(p hcl.Pos, text string) hcl.Pos {
	for _, r := range text {
		p.Column++
		if r == '\n' {
			p.Line, p.Column = p.Line+1, 1
		}
	}
	p.Byte += len(text)
	return p
}
