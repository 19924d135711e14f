package access

import (
	"slices"
	"strings"
)

// builder puts a pattern together.
type builder struct {
	elems []elem
	fold  bool // letters match without regard to case
	lit   []byte
	loose bool
	// limit are the characters that text may hold; others make the pattern match nothing (dead).
	limit *charset
	dead  bool
}

func (b *builder) pattern() pattern {
	return pattern{elems: b.elems, lit: string(b.lit), only: !b.loose}
}

// copy is a builder that goes on from here on its own.
func (b *builder) copy() *builder {
	out := *b
	out.elems, out.lit = slices.Clone(b.elems), slices.Clone(b.lit)
	return &out
}

func (b *builder) text(s string) *builder {
	if b.lit == nil {
		b.lit = make([]byte, 0, max(len(s), 64))
	}
	for _, r := range s {
		if r == anyText {
			b.run(b.inside())
			continue
		}
		c := latin(r)
		if b.limit != nil && !b.limit.has(c) {
			b.dead = true
		}
		o, cased := otherCase(c)
		switch {
		case b.fold && cased:
			var both charset
			both.add(c)
			both.add(o)
			b.add(elem{set: &both})
		case b.loose:
			b.add(elem{c: c})
		default:
			b.lit = append(b.lit, c)
		}
	}
	return b
}

// inside are the characters that the builder may write.
func (b *builder) inside() *charset {
	if b.limit != nil {
		return b.limit
	}
	return anyChar
}

// add adds an element to a pattern that is no longer a plain text.
func (b *builder) add(e elem) {
	if !b.loose {
		b.loose = true
		b.elems = make([]elem, 0, len(b.lit)+24)
		b.elems = appendText(b.elems, b.lit)
	}
	b.elems = append(b.elems, e)
}

func appendText(elems []elem, text []byte) []elem {
	for _, c := range text {
		elems = append(elems, elem{c: c})
	}
	return elems
}

func (b *builder) one(set *charset) *builder {
	b.add(elem{set: set})
	return b
}

func (b *builder) times(set *charset, n int) *builder {
	for range n {
		b.one(set)
	}
	return b
}

func (b *builder) run(set *charset) *builder {
	if n := len(b.elems); n == 0 || !b.elems[n-1].star || *b.elems[n-1].set != *set {
		b.add(elem{set: set, star: true})
	}
	return b
}

// plus is a run of at least one.
func (b *builder) plus(set *charset) *builder { return b.one(set).run(set) }

// glob adds a pattern of the policy language, whose wildcards match characters of set.
func (b *builder) glob(s string, set *charset) *builder {
	for _, r := range s {
		switch r {
		case '*', anyText:
			b.run(set)
		case '?':
			b.one(set)
		case literalStar:
			b.text("*")
		case literalQuestion:
			b.text("?")
		default:
			b.text(string(r))
		}
	}
	return b
}

// arn adds an ARN pattern: the wildcards of the first five components stay inside of them.
func (b *builder) arn(s string) (*builder, bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 {
		return b, false
	}
	for _, p := range parts[:5] {
		b.glob(p, notColon).text(":")
	}
	return b.glob(parts[5], anyChar), true
}
