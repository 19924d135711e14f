package function

import (
	"slices"
	"sort"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// piece is a part of a text as functions that look for something in it see it: text that is known, or a run of characters of
// which only the kind is. An unknown value that has a spelling (see [value.Run.Spell]) is several pieces.
type piece struct {
	text string
	// kind is what is certain of the characters, where the text is not known; vague says that it is not.
	kind  unknown.Kind
	vague bool
	hole  int
	// from and to are where it lies in the text whose pieces these are, with the spelling in place of the token.
	from, to int
}

// mayBeEmpty says whether there may be no character in the run.
func (p piece) mayBeEmpty() bool { return p.vague && p.kind == unknown.AnyText }

// stretch is a part of a text as it is written: text, or the token of one unknown value.
type stretch struct {
	from, to int    // in the text
	spelled  string // what the value is known to be, or the same as the text
	at       int    // where that begins, with spellings in place of tokens
	whole    bool   // one unknown value
}

// text is a text with what is known of its parts.
type text struct {
	s         string
	spans     []unknown.Span
	stretches []stretch
	pieces    []piece
	spelled   string // with what is known of values in place of their tokens
}

func (c *call) textOf(s string, spans []unknown.Span) text {
	t := text{s: s, spans: spans}
	var b strings.Builder
	at := 0
	for _, p := range unknown.Parts(s) {
		st := stretch{from: at, at: b.Len(), spelled: p.Text, whole: p.Hole >= 0}
		if st.whole {
			st.spelled = unknown.Hole(p.Hole)
		}
		at += len(st.spelled)
		st.to = at
		if u, ok := c.e.Holes.Get(p.Hole); ok {
			if text, ok := c.e.Spell(value.UnknownOf(cty.String, u)); ok {
				st.spelled = text
			}
		}
		t.stretches = append(t.stretches, st)
		b.WriteString(st.spelled)
	}
	t.spelled = b.String()
	at = 0
	for _, p := range unknown.Parts(t.spelled) {
		next := piece{text: p.Text, from: at, to: at + len(p.Text)}
		if p.Hole >= 0 {
			u, _ := c.e.Holes.Get(p.Hole)
			next = piece{hole: p.Hole, kind: u.Kind, vague: true, from: at, to: at + len(unknown.Hole(p.Hole))}
		}
		at = next.to
		t.pieces = append(t.pieces, next)
	}
	return t
}

// textArg is argument i as a text with what is known of its parts, false where nothing is.
func (c *call) textArg(i int) (text, bool) {
	s, spans, known := c.str(i)
	if known || c.failed != nil {
		return c.textOf(s, spans), known
	}
	v, err := value.ConvertTo(c.args[i], cty.String)
	if err != nil {
		return text{}, false
	}
	_, m := unknown.Unmark(v)
	if !value.NeverNull(m) || m.Sensitive {
		return text{}, false
	}
	return c.textOf(c.e.Holes.Add(m.Refs[0]), nil), true
}

// part is a part of the text; from and to count with spellings in place of tokens.
func (t text) part(c *call, from, to int) cty.Value {
	b := c.e.NewBuilder(c.at)
	t.put(b, from, to)
	return c.e.Untoken(b.Result())
}

// put appends a part of the text to another one. Values that are wholly in it stay what they are.
func (t text) put(b *value.Builder, from, to int) {
	first := sort.Search(len(t.stretches), func(i int) bool { return t.stretches[i].at+len(t.stretches[i].spelled) > from })
	for _, st := range t.stretches[first:] {
		if st.at >= to {
			break
		}
		end := st.at + len(st.spelled)
		x, y := max(from, st.at), min(to, end)
		switch {
		case x >= y:
		case x == st.at && y == end:
			b.Spanned(t.s[st.from:st.to], cut(t.spans, st.from, st.to))
		case !st.whole:
			b.Spanned(t.s[st.from+x-st.at:st.from+y-st.at], cut(t.spans, st.from+x-st.at, st.from+y-st.at))
		default:
			b.Raw(t.spelled[x:y])
		}
	}
}

// encounter is how an occurrence of a text may lie towards something.
type encounter int

const (
	apart  encounter = iota
	inside           // wholly in it
	across           // partly in it and partly around it
)

// meets says how an occurrence of the text may lie towards a part that is not known, with the pieces around it. Of a value that
// nothing is known of it is taken for granted, as everywhere, that it does not end the JSON string that it stands in.
func meets(before []piece, p piece, after []piece, text string) encounter {
	b := make(begun, len(text)+1)
	if n := len(before); n > 0 && !before[n-1].vague {
		b.in(before[n-1].text, text)
	}
	b.step(p, text)
	if b[len(text)] || b.ends(after, text) {
		return across
	}
	clear(b)
	b.from(p, text, 0)
	found := apart
	if b[len(text)] {
		found, b[len(text)] = inside, false
	}
	if b.ends(after, text) {
		return across
	}
	return found
}

// mayBegin says whether the text may begin with another one.
func (t text) mayBegin(with string) bool {
	b := make(begun, len(with)+1)
	b[0] = true
	return with == "" || b.ends(t.pieces, with)
}

// begun tells by n whether the first n characters of a text that is looked for may have been passed.
type begun []bool

// in begins in a known text: each end of it that is a beginning of what is looked for.
func (b begun) in(known, text string) {
	for n := 1; n < len(text) && n <= len(known); n++ {
		if strings.HasSuffix(known, text[:n]) {
			b[n] = true
		}
	}
}

// ends says whether the rest may stand in the pieces. It leaves in b what may go on behind them.
func (b begun) ends(pieces []piece, text string) bool {
	for _, p := range pieces {
		if b.step(p, text); b[len(text)] {
			return true
		}
		if !slices.Contains(b, true) {
			break
		}
	}
	return false
}

// step goes on over one piece.
func (b begun) step(p piece, text string) {
	was := slices.Clone(b[:len(text)])
	clear(b)
	done := 0
	for n, is := range was {
		switch {
		case !is:
		case p.vague:
			b[n] = b[n] || p.mayBeEmpty()
			if n >= done {
				done = b.from(p, text, n)
			}
		case strings.HasPrefix(p.text, text[n:]):
			b[len(text)] = true
		case strings.HasPrefix(text[n:], p.text):
			b[n+len(p.text)] = true
		}
	}
}

// from goes on over a run of unknown characters, with n characters behind it, and returns how far it may come.
func (b begun) from(p piece, text string, n int) int {
	for _, r := range text[n:] {
		if !p.holds(r) {
			break
		}
		n += len(string(r))
		b[n] = true
	}
	return n
}

// holds says whether the run may hold the character.
func (p piece) holds(r rune) bool {
	if p.kind == unknown.AnyText {
		return r != '"'
	}
	return p.kind.MayHold(string(r))
}

// maxTraced bounds how much text is searched for the places of the values of one text: those after it have none of their own.
const maxTraced = 1 << 27

// traced runs a guarded function whose result holds pieces of its text argument i: a piece that stands there once is where
// it is written.
func traced(fn function, i int) function {
	return func(c *call) cty.Value {
		s, spans, known := c.str(i)
		v := fn(c)
		if !known || unknown.HasHole(s) || len(spans) == 0 {
			return v
		}
		left := maxTraced
		return c.trace(v, s, spans, &left)
	}
}

// trace says of the texts in a value where in s they come from.
func (c *call) trace(v cty.Value, s string, spans []unknown.Span, left *int) cty.Value {
	raw, _ := v.Unmark()
	switch {
	case value.IsString(raw):
		if *left -= len(s); *left < 0 {
			return v
		}
		from, to, ok := onlyPlace(s, raw.AsString())
		if !ok {
			return v
		}
		return value.SecretIf(v.HasMark(unknown.Sensitive), c.kept(s, spans, from, to))
	case !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() || raw.Type().IsSetType():
		return v
	}
	out := value.Remade(v, func(_ string, el cty.Value) cty.Value { return c.trace(el, s, spans, left) })
	if raw.Type().IsCollectionType() {
		return value.Typed(out, raw.Type())
	}
	return out
}

// onlyPlace finds the one place of a text in another: in quotes, else as it is.
func onlyPlace(s, part string) (from, to int, ok bool) {
	if part == "" {
		return 0, 0, false
	}
	for _, quote := range []string{`"`, "'", ""} {
		q := quote + part + quote
		if i := strings.Index(s, q); i >= 0 && i == strings.LastIndex(s, q) {
			return i + len(quote), i + len(quote) + len(part), true
		}
	}
	return 0, 0, false
}

// kept is s[from:to] as a value that knows where it comes from.
func (c *call) kept(s string, spans []unknown.Span, from, to int) cty.Value {
	b := c.e.NewBuilder(c.at)
	b.Spanned(s[from:to], cut(spans, from, to))
	return c.e.Untoken(b.Result())
}

// cut returns the spans of s[from:to], counted from from.
func cut(spans []unknown.Span, from, to int) []unknown.Span {
	var out []unknown.Span
	for _, sp := range spans {
		a, b := max(sp.Start, from), min(sp.End, to)
		if a >= b {
			continue
		}
		if sp.Linear {
			sp.Range.Start.Byte += a - sp.Start
			sp.Range.End.Byte = sp.Range.Start.Byte + (b - a)
		}
		sp.Start, sp.End = a-from, b-from
		out = append(out, sp)
	}
	return out
}

// ascii says whether a text holds nothing that counts for other than one byte.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] == '\r' {
			return false
		}
	}
	return true
}
