package sets

import (
	"slices"
	"unicode/utf8"
)

// Builder puts a pattern together.
type Builder struct {
	elems []Element
	// IgnoreCase says that letters which are added from here on match without regard to case.
	IgnoreCase bool
	// Literal is what was added, as long as it is one text; Loose says that it no longer is.
	Literal []byte
	Loose   bool
	// Limit are the characters that texts may hold; others make the pattern match nothing (Dead).
	Limit *Chars
	Dead  bool
}

// Pattern is what was put together.
func (b *Builder) Pattern() Pattern {
	if b.Loose {
		return Pattern{Elements: b.elems}
	}
	return Pattern{Literal: string(b.Literal), only: true}
}

// Copy is a builder that goes on from here on its own.
func (b *Builder) Copy() *Builder {
	out := *b
	out.elems, out.Literal = slices.Clone(b.elems), slices.Clone(b.Literal)
	return &out
}

// Text adds a text. AnyRun in it is a run of any characters, AnyField one without a colon.
func (b *Builder) Text(s string) *Builder {
	if b.Literal == nil {
		b.Literal = make([]byte, 0, max(len(s), 64))
	}
	if !b.Loose && !b.IgnoreCase && b.Limit == nil && plainStart(s) == len(s) {
		b.Literal = append(b.Literal, s...)
		return b
	}
	for _, r := range s {
		switch r {
		case AnyRun:
			b.Run(b.inside())
			continue
		case AnyField:
			b.Run(NotColon)
			continue
		}
		c := latin(r)
		if b.Limit != nil && !b.Limit.has(c) {
			b.Dead = true
		}
		o, cased := otherCase(c)
		switch {
		case b.IgnoreCase && cased:
			var both Chars
			both.add(c)
			both.add(o)
			b.add(Element{Set: &both})
		case b.Loose:
			b.add(Element{Char: c})
		default:
			b.Literal = append(b.Literal, c)
		}
	}
	return b
}

// inside are the characters that the builder may write.
func (b *Builder) inside() *Chars {
	if b.Limit != nil {
		return b.Limit
	}
	return AnyChar
}

// add adds an element to a pattern that is no longer a plain text.
func (b *Builder) add(e Element) {
	if !b.Loose {
		b.Loose = true
		b.elems = make([]Element, 0, len(b.Literal)+24)
		b.elems = appendText(b.elems, b.Literal)
	}
	b.elems = append(b.elems, e)
}

func (b *Builder) one(set *Chars) *Builder {
	b.add(Element{Set: set})
	return b
}

// Times adds n characters of a set.
func (b *Builder) Times(set *Chars, n int) *Builder {
	for range n {
		b.one(set)
	}
	return b
}

// Run adds any number of characters of a set.
func (b *Builder) Run(set *Chars) *Builder {
	if n := len(b.elems); n == 0 || !b.elems[n-1].Star || *b.elems[n-1].Set != *set {
		b.add(Element{Set: set, Star: true})
	}
	return b
}

// Plus adds a run of at least one.
func (b *Builder) Plus(set *Chars) *Builder { return b.one(set).Run(set) }

// Glob adds a pattern with * (any run) and ? (one character), which match characters of set.
func (b *Builder) Glob(s string, set *Chars) *Builder {
	for s != "" {
		if n := plainStart(s); n > 0 {
			b.Text(s[:n])
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch r {
		case '*', AnyRun:
			b.Run(set)
		case AnyField:
			b.Run(NotColon)
		case '?':
			b.one(set)
		case LiteralStar:
			b.Text("*")
		case LiteralQuestion:
			b.Text("?")
		default:
			b.Text(string(r))
		}
	}
	return b
}

// plainStart is how many bytes at the start of a text are ASCII and no wildcards.
func plainStart(s string) int {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c == '*' || c == '?' {
			return i
		}
	}
	return len(s)
}
