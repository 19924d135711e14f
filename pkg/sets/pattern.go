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

// manySteps is where trying one place after the other for a run may be worse than trying all at once.
const manySteps = 256

// match says whether the pattern matches a string of Latin-1 bytes, and how many steps it took.
func (p *Pattern) match(s string) (ok bool, steps int) {
	if p.only {
		return p.Literal == s, 0
	}
	star, mark := -1, 0 // the last run of any characters, and how far it reaches
	i, j := 0, 0
	for ; j < len(s) || i < len(p.Elements); steps++ {
		switch {
		case steps > manySteps && steps > 8*(len(s)+len(p.Elements)):
			a := newNFA([]Pattern{*p})
			return a.accepts(s), steps + a.words()*len(s)
		case i < len(p.Elements) && p.Elements[i].Star && *p.Elements[i].Set == *AnyChar:
			star, mark = i, j
			i++
		case i < len(p.Elements) && p.Elements[i].Star:
			// What this run takes is certain where the next element is none of its characters.
			if star >= 0 || !p.endsRun(i) {
				if star < 0 && len(p.Elements)-i < 64 {
					return p.rest(i, s[j:]), steps + (len(p.Elements)-i)*(len(s)-j)
				}
				a := newNFA([]Pattern{*p})
				return a.accepts(s), steps + a.words()*len(s)
			}
			for j < len(s) && p.Elements[i].Set.has(s[j]) {
				j++
			}
			i++
		case j < len(s) && i < len(p.Elements) && p.Elements[i].Has(s[j]):
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
func (p *Pattern) rest(i int, s string) bool {
	elems := p.Elements[i:]
	skip := func(set uint64) uint64 {
		for k := range elems {
			if elems[k].Star && set&(1<<k) != 0 {
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
			case set&(1<<k) == 0 || !elems[k].Has(s[j]):
			case elems[k].Star:
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
func (p *Pattern) endsRun(i int) bool {
	if i+1 == len(p.Elements) {
		return true
	}
	return !p.Elements[i+1].Star && p.Elements[i].Set.and(p.Elements[i+1].chars()).empty()
}

// Spelled is the pattern with its elements.
func (p *Pattern) Spelled() *Pattern {
	if !p.only {
		return p
	}
	return &Pattern{Elements: appendText(nil, []byte(p.Literal)), Literal: p.Literal, Tag: p.Tag}
}

// Guess is one string of the pattern: its runs are left empty, but the one at fill holds text.
func (p *Pattern) Guess(fill int, text string) (string, bool) {
	if p.only {
		return p.Literal, true
	}
	out := make([]byte, 0, len(p.Elements)+len(text))
	for i := range p.Elements {
		if i == fill {
			out = append(out, text...)
		}
		if p.Elements[i].Star {
			continue
		}
		b, ok := p.Elements[i].Char, true
		if p.Elements[i].Set != nil {
			b, ok = p.Elements[i].Set.prefer()
		}
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}
