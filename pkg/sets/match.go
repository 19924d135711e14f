package sets

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

// manySteps is where trying one place after the other for a run may be worse than trying all at once.
const manySteps = 256
