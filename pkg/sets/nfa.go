package sets

// nfa is the automaton of some patterns: a state before each element of each pattern and one at its end. Sets of states
// are kept as bits.
type nfa struct {
	elems  []Element // by state; what stands at an end is not used
	starts []uint64
	ends   []uint64
	stars  []uint64
}

func newNFA(alts []Pattern) *nfa {
	n := 0
	for i := range alts {
		n += alts[i].length() + 1
	}
	a := &nfa{elems: make([]Element, 0, n)}
	words := n>>6 + 1
	a.starts, a.ends, a.stars = make([]uint64, words), make([]uint64, words), make([]uint64, words)
	for i := range alts {
		setBit(a.starts, len(a.elems))
		if alts[i].only {
			a.elems = appendText(a.elems, []byte(alts[i].Literal))
		} else {
			for _, e := range alts[i].Elements {
				if e.Star {
					setBit(a.stars, len(a.elems))
				}
				a.elems = append(a.elems, e)
			}
		}
		setBit(a.ends, len(a.elems))
		a.elems = append(a.elems, Element{})
	}
	return a
}

func (p *Pattern) length() int {
	if p.only {
		return len(p.Literal)
	}
	return len(p.Elements)
}

func (a *nfa) words() int { return len(a.starts) }

func (a *nfa) isEnd(i int) bool { return hasBit(a.ends, i) }

// matching are the states whose element matches the character.
func (a *nfa) matching(b byte) []uint64 {
	out := make([]uint64, a.words())
	for i := range a.elems {
		if a.elems[i].Has(b) && !a.isEnd(i) {
			setBit(out, i)
		}
	}
	return out
}

// move goes from one set of states to the next over a character that the states in matching take. The sets are given
// from word lo on; to is cleared first, and the words that it may have are returned.
func (a *nfa) move(from []uint64, lo int, to, matching []uint64) (low, high int) {
	high = min(lo+len(from)+1, len(to))
	clear(to[lo:high])
	carry := uint64(0)
	for i, f := range from {
		w := lo + i
		taken := f & matching[w]
		once := taken &^ a.stars[w]
		to[w] |= taken&a.stars[w] | once<<1 | carry
		carry = once >> 63
	}
	if carry != 0 {
		to[lo+len(from)] |= carry
	}
	return lo, a.skip(to, lo, high)
}

// skip adds the states behind runs, which may be empty, to the words from lo to high of a set, and returns how far it
// reaches then.
func (a *nfa) skip(set []uint64, lo, high int) int {
	carry := uint64(0)
	for w := lo; w < high || carry != 0; w++ {
		if w == high {
			set[w] = 0
			high++
		}
		set[w] |= carry
		for {
			more := (set[w] & a.stars[w]) << 1
			if more&^set[w] == 0 {
				break
			}
			set[w] |= more
		}
		carry = (set[w] & a.stars[w]) >> 63
	}
	return high
}

// accepts runs the automaton over a string.
func (a *nfa) accepts(s string) bool {
	var matching [256][]uint64
	cur, next := make([]uint64, a.words()), make([]uint64, a.words())
	copy(cur, a.starts)
	a.skip(cur, 0, len(cur))
	for i := 0; i < len(s); i++ {
		if matching[s[i]] == nil {
			matching[s[i]] = a.matching(s[i])
		}
		a.move(cur, 0, next, matching[s[i]])
		cur, next = next, cur
	}
	return overlap(cur, a.ends)
}

func setBit(set []uint64, i int)      { set[i>>6] |= 1 << (i & 63) }
func hasBit(set []uint64, i int) bool { return set[i>>6]&(1<<(i&63)) != 0 }

func overlap(a, b []uint64) bool {
	for w := range a {
		if a[w]&b[w] != 0 {
			return true
		}
	}
	return false
}
