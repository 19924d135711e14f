package value

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Builder puts a string together and remembers where its parts come from.
type Builder struct {
	e     *Run
	at    hcl.Range // of the whole expression
	s     strings.Builder
	spans []unknown.Span
	only  cty.Value // the unknown value that is all the string consists of so far
	parts int
}

// NewBuilder begins a string for the expression at that place.
func (e *Run) NewBuilder(at hcl.Range) *Builder { return &Builder{e: e, at: at} }

// Raw appends text without an origin of its own.
func (b *Builder) Raw(s string) {
	if s != "" {
		b.parts++
		b.s.WriteString(s)
	}
}

// Spanned appends text with spans that count from its start.
func (b *Builder) Spanned(s string, spans []unknown.Span) {
	base := b.s.Len()
	for _, sp := range spans {
		sp.Start, sp.End = sp.Start+base, sp.End+base
		b.spans = append(b.spans, sp)
	}
	if len(b.spans) > 2*maxSpans {
		// They are too many to be of use: what is sensitive is kept.
		sensitive := slices.ContainsFunc(b.spans, func(sp unknown.Span) bool { return sp.Sensitive })
		b.spans = append(b.spans[:maxSpans+1:maxSpans+1], unknown.Span{End: base, Range: b.at, Sensitive: sensitive})
	}
	b.Raw(s)
}

// Literal appends a literal part of a template. Its value has escapes and indentation resolved, its source has not.
func (b *Builder) Literal(val string, src hcl.Range) {
	base := b.s.Len()
	for _, sp := range b.e.align(val, src) {
		sp.Start, sp.End = sp.Start+base, sp.End+base
		b.spans = append(b.spans, sp)
	}
	b.Raw(val)
}

// Value appends a value as Terraform puts it into a template.
func (b *Builder) Value(v cty.Value, at hcl.Range) *hcl.Diagnostic {
	raw, _ := v.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return Fault(at, "Null value in a template", "The value is null and cannot be put into a string.")
	}
	start := b.s.Len()
	if !raw.IsKnown() {
		b.parts++
		if b.only == cty.NilVal {
			b.only = v
		}
		u := b.e.Unknown(v)
		b.s.WriteString(b.e.Holes.Add(u))
		b.spans = append(b.spans, unknown.Span{Start: start, End: b.s.Len(), Range: at, Sensitive: u.Sensitive})
		return nil
	}
	str, err := plainString(raw)
	if err != nil {
		return Fault(at, "Value that is no string in a template", "The value cannot be put into a string: "+Reason(err, v))
	}
	_, inner, ok := Text(v)
	if !ok {
		// A number or a bool: it knows where it was written, but not as a string.
		inner = nil
		if r, ok := Origin(v); ok {
			inner = []unknown.Span{{End: len(str), Range: r}}
		}
	}
	sensitive := IsSecret(v) && (len(inner) == 0 || v.HasMark(unknown.Sensitive))
	b.spans = append(b.spans, unknown.Span{Start: start, End: start + len(str), Range: at, Sensitive: sensitive})
	b.Spanned(str, inner)
	return nil
}

// TooLong says whether the string is longer than the limit.
func (b *Builder) TooLong() bool { return b.s.Len() > b.e.Limits.Text }

// Result is the string. A string that is nothing but one unknown value is that value.
func (b *Builder) Result() cty.Value {
	if b.parts == 1 && b.only != cty.NilVal {
		raw, marks := b.only.Unmark()
		if raw.Type() != cty.String {
			raw = cty.UnknownVal(cty.String)
		}
		return raw.WithMarks(marks)
	}
	if b.TooLong() {
		b.e.Refuse(b.at, "Text is too long", "A string grows beyond what keyproof puts together; it is treated as unknown. --limit built-string=VALUE allows more.")
		return UnknownOf(cty.String, unknown.Symbol{Ref: b.e.Source(b.at)})
	}
	s := b.s.String()
	if !b.e.Step(len(s) / 32) {
		return UnknownOf(cty.String, unknown.Symbol{Ref: b.e.Source(b.at)})
	}
	whole := unknown.Span{End: len(s), Range: b.at}
	if len(b.spans) > maxSpans {
		whole.Sensitive = slices.ContainsFunc(b.spans, func(sp unknown.Span) bool { return sp.Sensitive })
		b.spans = nil
	}
	return BuiltString(s, append([]unknown.Span{whole}, b.spans...))
}

// maxSpans is more parts than people write. Texts of more parts are located as a whole.
const maxSpans = 20_000

// BuiltString is a string value with spans. cty normalizes strings; where that changes bytes the spans have no meaning.
func BuiltString(s string, spans []unknown.Span) cty.Value {
	v := cty.StringVal(s)
	sensitive := false
	for _, sp := range spans {
		sensitive = sensitive || sp.Sensitive
	}
	if norm := v.AsString(); norm != s {
		s = norm
		var at hcl.Range
		if len(spans) > 0 {
			at = spans[0].Range
		}
		spans = []unknown.Span{{End: len(s), Range: at, Sensitive: sensitive}}
	}
	v = v.Mark(unknown.Built{S: s, Spans: &spans})
	if sensitive {
		v = v.Mark(Partly)
	}
	return v
}

// align maps a literal's value onto its source: bytes that are equal advance both, escapes resolve, and white space that
// only the source has (indentation of a heredoc, trimmed by ~) is passed over.
func (e *Run) align(val string, src hcl.Range) []unknown.Span {
	if val == "" {
		return nil
	}
	raw := e.SourceText(src)
	whole := []unknown.Span{{End: len(val), Range: src}}
	if raw == nil || len(raw) > 1<<20 {
		return whole
	}
	if string(raw) == val {
		whole[0].Linear = true
		return whole
	}
	for _, quoted := range []bool{false, true} {
		a := alignment{raw: raw, val: val, src: src, quoted: quoted}
		if spans, ok := a.run(); ok {
			return spans
		}
	}
	return whole
}

// alignment walks over a literal's source and value at once. Only quoted strings have backslash escapes.
type alignment struct {
	raw    []byte
	val    string
	src    hcl.Range
	quoted bool
	i, j   int // where it is in raw and in val
	from   int // where the current linear run began in raw
	start  int // and in val
	spans  []unknown.Span
}

func (a *alignment) run() ([]unknown.Span, bool) {
	for a.j < len(a.val) {
		n := 0
		if a.quoted && a.i < len(a.raw) {
			n = escapeLen(a.raw[a.i:], a.val[a.j:])
		}
		switch skip := a.indentation(); {
		case skip > 0:
			a.pass(skip)
		case n > 0:
			a.flush()
			_, w := utf8.DecodeRuneInString(a.val[a.j:])
			a.spans = append(a.spans, unknown.Span{Start: a.j, End: a.j + w, Range: a.rangeOf(a.i, a.i+n)})
			a.i, a.j = a.i+n, a.j+w
			a.from, a.start = a.i, a.j
		case a.i < len(a.raw) && a.raw[a.i] == a.val[a.j]:
			n := doubled(a.raw[a.i:])
			a.i, a.j = a.i+1, a.j+1
			if n > 0 { // $${ and %%{ stand for ${ and %{
				a.pass(n)
			}
		case a.i < len(a.raw) && isSpace(a.raw[a.i]):
			a.pass(1)
		default:
			return nil, false
		}
	}
	a.flush()
	for _, c := range a.raw[a.i:] {
		if !isSpace(c) {
			return nil, false
		}
	}
	return a.spans, true
}

// indentation is how much of the white space at the start of a line the value lacks.
func (a *alignment) indentation() int {
	if a.i >= len(a.raw) || a.i > 0 && a.raw[a.i-1] != '\n' || a.j > 0 && a.val[a.j-1] != '\n' {
		return 0
	}
	return max(0, indentOf(a.raw[a.i:])-indentOf([]byte(a.val[a.j:])))
}

func (a *alignment) pass(n int) {
	a.flush()
	a.i += n
	a.from, a.start = a.i, a.j
}

func (a *alignment) flush() {
	if a.j > a.start {
		a.spans = append(a.spans, unknown.Span{Start: a.start, End: a.j, Range: a.rangeOf(a.from, a.i), Linear: true})
	}
}

func (a *alignment) rangeOf(i, j int) hcl.Range {
	at := a.src.Start.Byte
	return hcl.Range{Filename: a.src.Filename, Start: hcl.Pos{Byte: at + i}, End: hcl.Pos{Byte: at + j}}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func indentOf(b []byte) int {
	n := 0
	for n < len(b) && (b[n] == ' ' || b[n] == '\t') {
		n++
	}
	return n
}

// doubled is how many bytes to pass over after the first one of $${ or %%{.
func doubled(raw []byte) int {
	if len(raw) > 2 && (raw[0] == '$' || raw[0] == '%') && raw[1] == raw[0] && raw[2] == '{' {
		return 1
	}
	return 0
}

// escapeLen is the length of the escape sequence that raw starts with if it stands for what val starts with, else 0.
func escapeLen(raw []byte, val string) int {
	if len(raw) < 2 || val == "" || raw[0] != '\\' {
		return 0
	}
	r, _ := utf8.DecodeRuneInString(val)
	switch raw[1] {
	case 'n', 'r', 't', '"', '\\':
		if want := map[byte]rune{'n': '\n', 'r': '\r', 't': '\t', '"': '"', '\\': '\\'}[raw[1]]; want == r {
			return 2
		}
	case 'u':
		return min(6, len(raw))
	case 'U':
		return min(10, len(raw))
	}
	return 0
}
