package access

import (
	"slices"
	"strings"
)

// charset is a set of the characters that a policy may hold, U+0000 to U+00FF. Other characters stand in for one of
// U+0080 to U+009F: AWS refuses documents that hold them, and a witness is replayed on the document as it is.
type charset [4]uint64

func (c *charset) has(b byte) bool { return c[b>>6]&(1<<(b&63)) != 0 }
func (c *charset) add(b byte)      { c[b>>6] |= 1 << (b & 63) }
func (c charset) and(o charset) charset {
	return charset{c[0] & o[0], c[1] & o[1], c[2] & o[2], c[3] & o[3]}
}
func (c charset) minus(o charset) charset {
	return charset{c[0] &^ o[0], c[1] &^ o[1], c[2] &^ o[2], c[3] &^ o[3]}
}
func (c charset) empty() bool { return c == charset{} }

func chars(s string) *charset {
	var c charset
	for i := 0; i < len(s); i++ {
		c.add(s[i])
	}
	return &c
}

// except are all characters but those of s.
func except(s string) *charset {
	c := anyChar.minus(*chars(s))
	return &c
}

var (
	anyChar   = &charset{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	notColon  = except(":")
	digits    = chars(digit)
	printable = &charset{0xFFFFFFFE00000000, 0x7FFFFFFFFFFFFFFF} // U+0021 to U+007E
	nameChars = chars(lower + upper + digit + "_+=,.@-")
	lowerDash = chars(lower + "-")
	wordDash  = chars(lower + digit + "-")
	hostChars = chars(lower + digit + "-.")
)

const (
	lower = "abcdefghijklmnopqrstuvwxyz"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digit = "0123456789"
)

// elem is one element of a pattern: the character c, a character of set where there is one, or any run of them.
type elem struct {
	set  *charset
	c    byte
	star bool
}

func (e *elem) has(b byte) bool {
	if e.set == nil {
		return e.c == b
	}
	return e.set.has(b)
}

// chars are the characters that the element matches.
func (e *elem) chars() charset {
	if e.set != nil {
		return *e.set
	}
	var c charset
	c.add(e.c)
	return c
}

func (e elem) equal(o elem) bool {
	return e.star == o.star && e.c == o.c && (e.set == o.set || e.set != nil && o.set != nil && *e.set == *o.set)
}

// pattern is a concatenation of elements. lit is its only text where it has no choice; it has no elements then.
type pattern struct {
	elems []elem
	lit   string
	only  bool
	// account is the account id that every string of the pattern names in the account field of an ARN, "" if none.
	account string
}

// language is a union of patterns: a set of strings. The nil language is empty.
type language struct {
	alts []pattern
	// accounts are account ids: the language holds every string that names one of them as its account.
	accounts map[string]bool
}

// finite says whether the language is a list of strings.
func (l *language) finite() bool {
	for i := range l.alts {
		if !l.alts[i].only {
			return false
		}
	}
	return true
}

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

func latin(r rune) byte {
	if r > 0xFF {
		return 0x80 | byte(r&0x1F)
	}
	return byte(r)
}

func toLatin(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			out := make([]byte, 0, len(s))
			for _, r := range s {
				out = append(out, latin(r))
			}
			return string(out)
		}
	}
	return s
}

func fromLatin(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			out := make([]rune, 0, len(s))
			for j := 0; j < len(s); j++ {
				out = append(out, rune(s[j]))
			}
			return string(out)
		}
	}
	return s
}

func otherCase(c byte) (byte, bool) {
	switch {
	case c >= 'a' && c <= 'z', c >= 0xE0 && c <= 0xFE && c != 0xF7:
		return c - 32, true
	case c >= 'A' && c <= 'Z', c >= 0xC0 && c <= 0xDE && c != 0xD7:
		return c + 32, true
	}
	return 0, false
}

// manySteps is where trying one place after the other for a run may be worse than trying all at once.
const manySteps = 256

// match says whether the pattern matches a string of Latin-1 bytes, and how many steps it took.
func (p *pattern) match(s string) (ok bool, steps int) {
	if p.only {
		return p.lit == s, 0
	}
	star, mark := -1, 0 // the last run of any characters, and how far it reaches
	i, j := 0, 0
	for ; j < len(s) || i < len(p.elems); steps++ {
		switch {
		case steps > manySteps && steps > 8*(len(s)+len(p.elems)):
			a := newNFA([]pattern{*p})
			return a.accepts(s), steps + a.words()*len(s)
		case i < len(p.elems) && p.elems[i].star && *p.elems[i].set == *anyChar:
			star, mark = i, j
			i++
		case i < len(p.elems) && p.elems[i].star:
			// What this run takes is certain where the next element is none of its characters.
			if star >= 0 || !p.endsRun(i) {
				if star < 0 && len(p.elems)-i < 64 {
					return p.rest(i, s[j:]), steps + (len(p.elems)-i)*(len(s)-j)
				}
				a := newNFA([]pattern{*p})
				return a.accepts(s), steps + a.words()*len(s)
			}
			for j < len(s) && p.elems[i].set.has(s[j]) {
				j++
			}
			i++
		case j < len(s) && i < len(p.elems) && p.elems[i].has(s[j]):
			i, j = i+1, j+1
		case star >= 0 && mark < len(s):
			mark++
			i, j = star+1, mark
		default:
			return false, steps
		}
	}
	return true, steps
}

// rest says whether the elements from i on, fewer than 64, match a string. The states are the bits of one word.
func (p *pattern) rest(i int, s string) bool {
	elems := p.elems[i:]
	skip := func(set uint64) uint64 {
		for k := range elems {
			if elems[k].star && set&(1<<k) != 0 {
				set |= 1 << (k + 1)
			}
		}
		return set
	}
	set := skip(1)
	for j := 0; j < len(s) && set != 0; j++ {
		next := uint64(0)
		for k := range elems {
			switch {
			case set&(1<<k) == 0 || !elems[k].has(s[j]):
			case elems[k].star:
				next |= 1 << k
			default:
				next |= 1 << (k + 1)
			}
		}
		set = skip(next)
	}
	return set&(1<<len(elems)) != 0
}

// endsRun says whether what follows a run is none of its characters.
func (p *pattern) endsRun(i int) bool {
	if i+1 == len(p.elems) {
		return true
	}
	return !p.elems[i+1].star && p.elems[i].set.and(p.elems[i+1].chars()).empty()
}

// spelled is the pattern with its elements.
func (p *pattern) spelled() *pattern {
	if !p.only {
		return p
	}
	return &pattern{elems: appendText(nil, []byte(p.lit)), lit: p.lit, account: p.account}
}

func (l *language) matches(s string) bool { return l.contains(s, &budget{fullBudget}) }

// contains is matches with the work counted.
func (l *language) contains(s string, work *budget) bool {
	if l == nil {
		return false
	}
	steps := len(l.alts)
	for i := range l.alts {
		ok, n := l.alts[i].match(s)
		steps += n
		if ok {
			work.spend(steps / stepsPerUnit)
			return true
		}
	}
	work.spend(steps / stepsPerUnit)
	return false
}
