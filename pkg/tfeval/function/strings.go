package function

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// altered is the token of what a function makes of an unknown value.
func (c *call) altered(hole int) string {
	u, _ := c.e.Holes.Get(hole)
	s := value.NewSigner(c.name)
	s.Unknown(u)
	for _, a := range c.args[min(1, len(c.args)):] {
		s.Value(a)
	}
	return c.e.Holes.Add(unknown.Symbol{Ref: u.Ref, Sensitive: u.Sensitive, Variant: s.Variant()})
}

func title(s string) string {
	v, err := stdlib.Title(cty.StringVal(s))
	if err != nil {
		return s
	}
	return v.AsString()
}

// caseMapped is upper, lower or title. Tokens stand for other values afterwards.
func caseMapped(mapped func(string) string) function {
	return func(c *call) cty.Value {
		s, spans, known := c.str(0)
		if !known {
			return c.unknown(cty.String)
		}
		if !unknown.HasHole(s) {
			if out := mapped(s); len(out) == len(s) {
				return value.BuiltString(out, unlinear(spans))
			}
			return cty.StringVal(mapped(s))
		}
		b := c.e.NewBuilder(c.at)
		for i, p := range unknown.Parts(s) {
			if p.Hole >= 0 {
				b.Raw(c.altered(p.Hole))
				continue
			}
			if r, _ := utf8.DecodeRuneInString(p.Text); i > 0 && c.name == "title" && unicode.IsLetter(r) {
				return c.unknown(cty.String) // whether a word begins here is not known
			}
			b.Raw(mapped(p.Text))
		}
		return b.Result()
	}
}

// unlinear makes spans that no longer map byte by byte to equal text.
func unlinear(in []unknown.Span) []unknown.Span {
	out := make([]unknown.Span, len(in))
	for i, sp := range in {
		sp.Linear = false
		out[i] = sp
	}
	return out
}

// secrecy is the mark that a result takes from sensitive arguments.
func secrecy(c *call) cty.ValueMarks {
	if c.secretArgs() {
		return cty.NewValueMarks(unknown.Sensitive)
	}
	return nil
}

func trimSpace(c *call) cty.Value {
	return c.trimmed(func(s string) (int, int) {
		left := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
		return left, max(left, len(strings.TrimRightFunc(s, unicode.IsSpace)))
	})
}

func trim(c *call) cty.Value {
	set, known := c.literal(1)
	if !known {
		return c.unknown(cty.String)
	}
	return c.trimmed(func(s string) (int, int) {
		left := len(s) - len(strings.TrimLeft(s, set))
		return left, max(left, len(strings.TrimRight(s, set)))
	})
}

func chomp(c *call) cty.Value {
	return c.trimmed(func(s string) (int, int) { return 0, len(strings.TrimRight(s, "\r\n")) })
}

// trimmed cuts off both ends. A token at an end may lose something as well, so it stands for another value then.
func (c *call) trimmed(bounds func(string) (int, int)) cty.Value {
	s, spans, known := c.str(0)
	if !known {
		return c.unknown(cty.String)
	}
	from, to := bounds(s)
	if !unknown.HasHole(s) {
		return c.kept(s, spans, from, to)
	}
	parts := unknown.Parts(s[from:to])
	if len(parts) == 0 || c.plainEdge(parts[0]) && c.plainEdge(parts[len(parts)-1]) {
		return c.kept(s, spans, from, to)
	}
	b := c.e.NewBuilder(c.at)
	at := from
	for i, p := range parts {
		if p.Hole >= 0 {
			n := len(unknown.Hole(p.Hole))
			if (i == 0 || i == len(parts)-1) && !c.plainEdge(p) {
				b.Raw(c.altered(p.Hole))
			} else {
				b.Spanned(s[at:at+n], cut(spans, at, at+n))
			}
			at += n
			continue
		}
		// Next to a token that may vanish altogether, what trimming would take belongs to the token.
		left, right := bounds(p.Text)
		first, last := i == 1 && !c.plainEdge(parts[0]), i == len(parts)-2 && !c.plainEdge(parts[i+1])
		if left >= right && (first || last) {
			return c.unknown(cty.String)
		}
		if !first {
			left = 0
		}
		if !last {
			right = len(p.Text)
		}
		b.Spanned(s[at+left:at+right], cut(spans, at+left, at+right))
		at += len(p.Text)
	}
	return c.e.Untoken(b.Result())
}

// plainEdge says that trimming cannot change the part: it is text, or a value that is known to be free of white space.
func (c *call) plainEdge(p unknown.Part) bool {
	if p.Hole < 0 {
		return true
	}
	u, _ := c.e.Holes.Get(p.Hole)
	return u.Kind != unknown.AnyText
}

// trimAffix is trimprefix or trimsuffix.
func trimAffix(prefix bool) function {
	return func(c *call) cty.Value {
		t, known := c.textArg(0)
		affix, known2 := c.literal(1)
		if !known || !known2 {
			return c.unknown(cty.String)
		}
		switch t.hasAffix(affix, prefix) {
		case value.Undecided:
			return c.unknown(cty.String)
		case value.No:
			return c.args[0]
		}
		if prefix {
			return t.part(c, len(affix), len(t.spelled))
		}
		return t.part(c, 0, len(t.spelled)-len(affix))
	}
}

// affix is startswith or endswith.
func affix(prefix bool) function {
	return func(c *call) cty.Value {
		t, known := c.textArg(0)
		part, known2 := c.literal(1)
		if !known || !known2 {
			return c.unknown(cty.Bool)
		}
		switch t.hasAffix(part, prefix) {
		case value.Yes:
			return cty.True
		case value.No:
			return cty.False
		}
		return c.unknown(cty.Bool)
	}
}

// hasAffix says whether a text starts or ends with a known one.
func (t text) hasAffix(affix string, prefix bool) value.Outcome {
	s := t.spelled
	if !unknown.HasHole(s) {
		if prefix {
			return value.OutcomeOf(strings.HasPrefix(s, affix))
		}
		return value.OutcomeOf(strings.HasSuffix(s, affix))
	}
	if prefix && !t.mayBegin(affix) {
		return value.No
	}
	if last := t.pieces[len(t.pieces)-1]; !prefix && affix != "" && last.vague && last.kind != unknown.AnyText {
		if r, _ := utf8.DecodeLastRuneInString(affix); !last.holds(r) {
			return value.No
		}
	}
	head, tail, _ := unknown.Edges(value.Bare(s))
	edge := head
	if !prefix {
		edge = tail
	}
	n := min(len(edge), len(affix))
	switch {
	case !prefix && edge[len(edge)-n:] != affix[len(affix)-n:]:
		return value.No
	case len(edge) >= len(affix):
		return value.Yes
	}
	return value.Undecided
}

func strContains(c *call) cty.Value {
	t, known := c.textArg(0)
	part, known2 := c.literal(1)
	if !known || !known2 {
		return c.unknown(cty.Bool)
	}
	switch {
	case slices.ContainsFunc(t.pieces, func(p piece) bool { return !p.vague && strings.Contains(p.text, part) }), part == "":
		return cty.True
	case c.encounters(t, part) != apart:
		return c.unknown(cty.Bool)
	}
	return cty.False
}

// indent adds spaces after each line break.
func indent(c *call) cty.Value {
	n, ok := c.number(0)
	s, spans, known := c.str(1)
	if !ok || !known {
		return c.unknown(cty.String)
	}
	if n < 0 || n*strings.Count(s, "\n") > c.e.Limits.Text {
		return c.tooLarge(cty.String, "Text is too long", "The text would become longer than keyproof puts together; --limit built-string=VALUE allows more.")
	}
	b := c.e.NewBuilder(c.at)
	from := 0
	for i := range len(s) {
		if s[i] == '\n' {
			b.Spanned(s[from:i+1], cut(spans, from, i+1))
			b.Raw(strings.Repeat(" ", n))
			from = i + 1
		}
	}
	b.Spanned(s[from:], cut(spans, from, len(s)))
	return c.e.Untoken(b.Result())
}

// substr works on text in front of the first token only.
func substr(c *call) cty.Value {
	s, spans, known := c.str(0)
	from, ok1 := c.number(1)
	n, ok2 := c.number(2)
	if !known || !ok1 || !ok2 {
		return c.unknown(cty.String)
	}
	if head, _, _ := unknown.Edges(value.Bare(s)); unknown.HasHole(s) {
		if from >= 0 && n >= 0 && ascii(head) && from+n <= len(head) {
			return c.kept(s, spans, from, from+n)
		}
		return c.unknown(cty.String)
	}
	if ascii(s) && from >= 0 && from <= len(s) {
		to := from + n
		if n < 0 || to > len(s) {
			to = len(s)
		}
		return c.kept(s, spans, from, to)
	}
	return guarded(stdlib.SubstrFunc)(c)
}
