package access

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
	// tag is something that every string of the pattern says, "" if nothing is known: two patterns with different tags share
	// no string.
	tag string
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
	return &pattern{elems: appendText(nil, []byte(p.lit)), lit: p.lit, tag: p.tag}
}

// guess is one string of the pattern: its runs are left empty, but the one at fill holds text.
func (p *pattern) guess(fill int, text string) (string, bool) {
	if p.only {
		return p.lit, true
	}
	out := make([]byte, 0, len(p.elems)+len(text))
	for i := range p.elems {
		if i == fill {
			out = append(out, text...)
		}
		if p.elems[i].star {
			continue
		}
		b, ok := p.elems[i].c, true
		if p.elems[i].set != nil {
			b, ok = p.elems[i].set.prefer()
		}
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}
