package sets

// Element is one element of a pattern: the character Char, a character of Set where there is one, or any run of them.
type Element struct {
	// Set are the characters that it matches; nil is Char alone.
	Set  *Chars
	Char byte
	// Star says that it is any run of them.
	Star bool
}

// Has says whether the element matches the character.
func (e *Element) Has(b byte) bool {
	if e.Set == nil {
		return e.Char == b
	}
	return e.Set.has(b)
}

// chars are the characters that the element matches.
func (e *Element) chars() Chars {
	if e.Set != nil {
		return *e.Set
	}
	var c Chars
	c.add(e.Char)
	return c
}

func (e Element) equal(o Element) bool {
	return e.Star == o.Star && e.Char == o.Char && (e.Set == o.Set || e.Set != nil && o.Set != nil && *e.Set == *o.Set)
}

// Pattern is a concatenation of elements.
type Pattern struct {
	// Elements are none where the pattern has no choice; Literal is its only text then.
	Elements []Element
	Literal  string
	only     bool
	// Tag is something that every string of the pattern says, "" if nothing is known: two patterns with different tags share
	// no string.
	Tag string
	// Sample is a string of the pattern that is likely to do, "" where none is known: it saves a search.
	Sample string
}

// Fixed says whether the pattern is one string.
func (p *Pattern) Fixed() bool { return p.only }

// Spelled is the pattern with its elements.
func (p *Pattern) Spelled() *Pattern {
	if !p.only {
		return p
	}
	return &Pattern{Elements: appendText(nil, []byte(p.Literal)), Literal: p.Literal, Tag: p.Tag}
}

func appendText(elems []Element, text []byte) []Element {
	for _, c := range text {
		elems = append(elems, Element{Char: c})
	}
	return elems
}

// Language is a union of patterns: a set of strings. The nil language is empty.
type Language struct {
	// Alternatives are the patterns.
	Alternatives []Pattern
	// Tags are those whose every string the language holds, see [Pattern].
	Tags map[string]bool
}
