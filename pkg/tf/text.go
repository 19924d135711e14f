package tf

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Text is a string of which parts may not be known before apply. A hole is written into S as a token (see [Hole]), so
// that the text around it keeps its shape: the policy {"Principal": {"AWS": ⟨0⟩}} is still a policy.
type Text struct {
	S     string
	Holes []Unknown
	// Spans say where parts of S come from, in the order of Start; they may nest, the inner one after the outer one.
	Spans []Span
	// Assuming says in words under which outcome of unknown conditions this is the text, "" if under every one.
	// DependsOn names the references that those conditions wait for.
	Assuming  string
	DependsOn []string
}

// Unknown is a value that is not known before apply.
type Unknown struct {
	// Ref is what decides it, as an expression would write it: aws_iam_role.app.arn.
	Ref string
	// Kind is what is known of it all the same.
	Kind UnknownKind
	// Of is the full address of the resource instance whose attribute it is, "" where it is none or not known.
	Of string
	// Sensitive says that the value is sensitive when it becomes known.
	Sensitive bool
	// Variant tells apart different values that the same Ref decides: equal unknowns are one value. It is 0 where the
	// value is Ref itself.
	Variant int
}

// UnknownKind is what is known of a value that is not known. The zero value is nothing.
type UnknownKind int

// The kinds. All of them are free of wildcards.
const (
	AnyText      UnknownKind = iota
	OwnAccount               // the id of the own account
	OwnOrg                   // the id of the own organization
	PartitionID              // aws, aws-cn, aws-us-gov, …
	RegionName               // us-east-1, …
	RoleARN                  // the ARN of a role of the own account
	UserARN                  // the ARN of a user of the own account
	CallerARN                // the ARN of whoever runs Terraform, of the own account
	KeyARN                   // the ARN of a key of the own account
	KeyID                    // the id of a key, without the ARN around it
	OwnARN                   // some other ARN of the own account that names one resource (a bucket's ARN has no account)
	UniqueID                 // AROA…, AIDA…: the unique id of a role or user
	OIDCProvider             // the ARN of an OIDC provider of the own account; Detail of Of may tell the issuer
	SAMLProvider             // the ARN of a SAML provider of the own account
	PlainName                // a name or id that AWS or Terraform makes: no wildcard, no colon, no slash
)

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
)

// Hole is the token that stands for Holes[i] in S.
func Hole(i int) string { return holeStart + strconv.Itoa(i) + holeEnd }

// Known is the text s without holes.
func Known(s string) Text { return Text{S: s} }

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

// At returns the tightest source range of S[start:end], and false where no span covers its start.
// Linear spans are narrowed to the part that is asked for as long as it stays on the bytes of the span.
//
// A quoted string whose content was put in as a whole is where the content comes from, not where the quotes are written.
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
	content := false
	for _, s := range t.Spans {
		if s.Range == (hcl.Range{}) {
			continue
		}
		if s.Start == start && s.End == end {
			return false
		}
		content = content || s.Start == start+1 && s.End == end-1
	}
	return content
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

// Concat joins texts: holes are renumbered and spans moved. Conditions are joined with "and".
func Concat(parts ...Text) Text {
	var out Text
	var b strings.Builder
	for _, p := range parts {
		shift := b.Len()
		moved := p.Spans
		if len(p.Holes) == 0 {
			b.WriteString(p.S)
		} else {
			moved = writeRenumbered(&b, p, len(out.Holes))
		}
		for _, s := range moved {
			s.Start, s.End = s.Start+shift, s.End+shift
			out.Spans = append(out.Spans, s)
		}
		out.Holes = append(out.Holes, p.Holes...)
		out.DependsOn = append(out.DependsOn, p.DependsOn...)
		switch {
		case out.Assuming == "":
			out.Assuming = p.Assuming
		case p.Assuming != "" && p.Assuming != out.Assuming:
			out.Assuming += " and " + p.Assuming
		}
	}
	out.S = b.String()
	return out
}

// writeRenumbered writes p with its holes counted from base and returns its spans, moved by what longer tokens add.
func writeRenumbered(b *strings.Builder, p Text, base int) []Span {
	type shift struct{ at, by int }
	var shifts []shift
	in, out := 0, 0
	for _, part := range Parts(p.S) {
		if part.Hole < 0 {
			b.WriteString(part.Text)
			in, out = in+len(part.Text), out+len(part.Text)
			continue
		}
		token := Hole(base + part.Hole)
		b.WriteString(token)
		in, out = in+len(Hole(part.Hole)), out+len(token)
		shifts = append(shifts, shift{in, out - in})
	}
	move := func(at int) int {
		by := 0
		for _, s := range shifts {
			if s.at <= at {
				by = s.by
			}
		}
		return at + by
	}
	spans := make([]Span, len(p.Spans))
	for i, s := range p.Spans {
		s.Start, s.End = move(s.Start), move(s.End)
		spans[i] = s
	}
	return spans
}
