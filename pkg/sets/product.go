package sets

import (
	"math/bits"
	"slices"
	"strings"
)

// product searches the automata of all members side by side for a shortest string that every member holds of. Each
// Language is made deterministic as far as the search comes, so that a step of the search looks one number up for each.
func product(members []Member, work *Budget) (string, bool) {
	if work.Over() {
		return "", false
	}
	p := newProduct(members, work)
	start, ok := p.start()
	if !ok {
		return "", false
	}
	queue := &frontier{}
	depths := map[string]int{start.key(): 0} // the least so far
	nodes := []productNode{{state: start, parent: -1}}
	queue.push(p.distance(start), 0)
	for {
		at, ok := queue.pop()
		if !ok {
			return "", false
		}
		if p.accepts(nodes[at].state) {
			return spell(nodes, at), true
		}
		first := len(nodes)
		for class := range p.alphabet {
			if !work.Spend(1 + len(members)/4) {
				return "", false
			}
			next, ok := p.step(nodes[at].state, class)
			if !ok {
				continue
			}
			k, depth := next.key(), nodes[at].depth+1
			if least, ok := depths[k]; !ok || depth < least {
				depths[k] = depth
				work.Spend(20 + len(members))
				nodes = append(nodes, productNode{state: next.clone(), parent: at, char: p.alphabet[class], depth: depth})
			}
		}
		for i := len(nodes) - 1; i >= first; i-- { // backwards, because the last one is followed first
			queue.push(nodes[i].depth+p.distance(nodes[i].state), i)
		}
	}
}

type productNode struct {
	state  productState
	parent int
	depth  int
	char   byte
}

func spell(nodes []productNode, at int) string {
	out := make([]byte, nodes[at].depth)
	for ; nodes[at].parent >= 0; at = nodes[at].parent {
		out[nodes[at].depth-1] = nodes[at].char
	}
	return string(out)
}

// frontier is a queue of nodes by the least length of a string through them. Of equal ones the last is first, so that one
// string is followed to its end.
type frontier struct {
	byLength [][]int
	at       int // the least length that may have nodes
}

func (f *frontier) push(length, node int) {
	for len(f.byLength) <= length {
		f.byLength = append(f.byLength, nil)
	}
	f.byLength[length] = append(f.byLength[length], node)
	f.at = min(f.at, length)
}

func (f *frontier) pop() (int, bool) {
	for ; f.at < len(f.byLength); f.at++ {
		if list := f.byLength[f.at]; len(list) > 0 {
			f.byLength[f.at] = list[:len(list)-1]
			return list[len(list)-1], true
		}
	}
	return 0, false
}

// productState has the state of each member's automaton.
type productState []uint32

func (s productState) clone() productState { return append(productState(nil), s...) }

func (s productState) key() string {
	b := make([]byte, 0, 3*len(s))
	for _, n := range s {
		b = append(b, byte(n), byte(n>>8), byte(n>>16))
	}
	return string(b)
}

// automata are the members' automata with a common alphabet: one character of each class that no pattern tells apart.
type automata struct {
	members  []*automaton
	alphabet []byte
	next     productState
}

func newProduct(members []Member, work *Budget) *automata {
	p := &automata{next: make(productState, len(members))}
	var sets []Chars
	seen := map[Chars]bool{}
	for _, m := range members {
		a := &automaton{nfa: newNFA(m.In.Alternatives), not: m.Not, work: work, byKey: map[string]uint32{}}
		a.finish()
		work.Spend(len(a.elems) / 2)
		for i := range a.elems {
			if c := a.elems[i].chars(); !a.isEnd(i) && !seen[c] {
				seen[c] = true
				sets = append(sets, c)
			}
		}
		p.members = append(p.members, a)
	}
	p.alphabet = alphabet(sets)
	for _, a := range p.members {
		a.moves = make([][]uint64, len(p.alphabet))
	}
	return p
}

func (p *automata) start() (productState, bool) {
	for i, a := range p.members {
		p.next[i] = a.begin()
		if a.states[p.next[i]].dead {
			return nil, false
		}
	}
	return p.next.clone(), true
}

// step moves every automaton, and returns false where some member can no longer hold. The result is good until the next
// step.
func (p *automata) step(from productState, class int) (productState, bool) {
	for i, a := range p.members {
		n := a.step(from[i], class, p.alphabet[class])
		if a.states[n].dead {
			return nil, false
		}
		p.next[i] = n
	}
	return p.next, true
}

func (p *automata) accepts(s productState) bool {
	for i, a := range p.members {
		if a.states[s[i]].accepts == a.not {
			return false
		}
	}
	return true
}

// distance is how many characters are missing at least.
func (p *automata) distance(s productState) int {
	most := 0
	for i, a := range p.members {
		most = max(most, a.states[s[i]].distance)
	}
	return most
}

// automaton is a language as a nondeterministic automaton, and its deterministic form as far as it was needed. Sets of
// its states are kept as bits, so that a step is a few operations on words.
type automaton struct {
	*nfa
	left   []int // how many characters are missing at least, by state
	free   []uint64
	not    bool
	work   *Budget
	states []determined
	byKey  map[string]uint32
	moves  [][]uint64 // by class
	// scratch is the set that is being made, key its name.
	scratch []uint64
	key     []byte
}

// determined is a set of states. A dead one cannot lead to what the member wants.
type determined struct {
	lo       int // the word that set begins with
	set      []uint64
	next     []uint32 // by class; 0 is not known yet, others are one more than the state
	accepts  bool
	dead     bool
	distance int
}

// free states are those from which on everything matches.
func (a *automaton) finish() {
	n := len(a.elems)
	a.left, a.free = make([]int, n), make([]uint64, a.words())
	for i := n - 1; i >= 0; i-- {
		e := &a.elems[i]
		if a.isEnd(i) {
			continue
		}
		a.left[i] = a.left[i+1]
		switch {
		case !e.Star:
			a.left[i]++
		case *e.Set == *AnyChar && (a.isEnd(i+1) || hasBit(a.free, i+1)):
			setBit(a.free, i)
		}
	}
}

func (a *automaton) begin() uint32 {
	a.scratch = make([]uint64, a.words())
	copy(a.scratch, a.starts)
	a.skip(a.scratch, 0, len(a.scratch))
	return a.intern(0, len(a.scratch))
}

func (a *automaton) step(from uint32, class int, b byte) uint32 {
	d := &a.states[from]
	if n := d.next[class]; n != 0 {
		return n - 1
	}
	if a.moves[class] == nil {
		a.moves[class] = a.matching(b)
		a.work.Spend(len(a.elems) / 8)
	}
	lo, high := a.move(d.set, d.lo, a.scratch, a.moves[class])
	n := a.intern(lo, high)
	a.states[from].next[class] = n + 1
	return n
}

// intern numbers the set of states in the words from lo to high of scratch. Where everything matches from here on, which
// states there are besides is all the same.
func (a *automaton) intern(lo, high int) uint32 {
	for lo < high && a.scratch[lo] == 0 {
		lo++
	}
	for lo < high && a.scratch[high-1] == 0 {
		high--
	}
	set := a.scratch[lo:high]
	a.work.Spend(2 + len(set)/4)
	free := overlap(set, a.free[lo:high])
	switch {
	case free:
		lo, set = -1, nil
	case len(set) == 0:
		lo = -2
	}
	a.key = appendKey(a.key[:0], lo, set)
	if n, ok := a.byKey[string(a.key)]; ok {
		return n
	}
	d := determined{lo: lo, set: slices.Clone(set), next: make([]uint32, len(a.moves)), accepts: free}
	switch {
	case free:
		d.dead = a.not
		for i := range d.next {
			d.next[i] = uint32(len(a.states)) + 1
		}
	case len(set) == 0:
		d.lo, d.dead = 0, !a.not
	default:
		d.accepts = overlap(set, a.ends[lo:high])
		if !a.not {
			d.distance = a.missing(lo, set)
		}
	}
	a.work.Spend(10 + len(set)/2 + len(d.next)/8)
	a.states = append(a.states, d)
	a.byKey[string(a.key)] = uint32(len(a.states) - 1)
	return uint32(len(a.states) - 1)
}

// missing is how many characters are missing at least.
func (a *automaton) missing(lo int, set []uint64) int {
	least := 1 << 30
	a.work.Spend(8 * len(set))
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			least = min(least, a.left[(lo+i)<<6+bits.TrailingZeros64(word)])
		}
	}
	return least
}

func appendKey(b []byte, lo int, set []uint64) []byte {
	b = append(b, byte(lo), byte(lo>>8), byte(lo>>16))
	for _, w := range set {
		b = append(b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24), byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56))
	}
	return b
}

// alphabet picks one character of each class that no set tells apart, those first that read best.
func alphabet(sets []Chars) []byte {
	classes := []Chars{*AnyChar}
	for _, s := range sets {
		for i, n := 0, len(classes); i < n; i++ {
			in, out := classes[i].and(s), classes[i].minus(s)
			if in.empty() || out.empty() {
				continue
			}
			classes[i] = in
			classes = append(classes, out)
		}
	}
	out := make([]byte, 0, len(classes))
	for _, c := range classes {
		if b, ok := c.prefer(); ok {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b byte) int { return readability(a) - readability(b) })
	return out
}

// readability orders characters, the best first.
func readability(b byte) int {
	if i := strings.IndexByte(preferred, b); i >= 0 {
		return i
	}
	return len(preferred) + int(b)
}
