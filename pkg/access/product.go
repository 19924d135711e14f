package access

import "math/bits"

// product searches the automata of all members side by side for a shortest string that every member holds of. Each
// language is made deterministic as far as the search comes, so that a step of the search looks one number up for each.
func product(members []member, work *budget) (string, bool) {
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
		for class := range p.alphabet {
			if !work.spend(1 + len(members)/4) {
				return "", false
			}
			next, ok := p.step(nodes[at].state, class)
			if !ok {
				continue
			}
			k, depth := next.key(), nodes[at].depth+1
			if least, ok := depths[k]; !ok || depth < least {
				depths[k] = depth
				nodes = append(nodes, productNode{state: next.clone(), parent: at, char: p.alphabet[class], depth: depth})
				queue.push(depth+p.distance(next), len(nodes)-1)
			}
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

// frontier is a queue of nodes by the least length of a string through them, first come first served.
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
			f.byLength[f.at] = list[1:]
			return list[0], true
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

func newProduct(members []member, work *budget) *automata {
	p := &automata{next: make(productState, len(members))}
	var sets []charset
	seen := map[charset]bool{}
	for _, m := range members {
		a := &automaton{not: m.not, work: work, byKey: map[string]uint32{}}
		for i := range m.lang.alts {
			a.add(m.lang.alts[i].spelled())
		}
		for i := range a.sets {
			if c := a.sets[i]; !a.end[i] && !seen[c] {
				seen[c] = true
				sets = append(sets, c)
			}
		}
		p.members = append(p.members, a)
	}
	p.alphabet = alphabet(sets)
	for _, a := range p.members {
		a.alphabet = p.alphabet
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
		n := a.step(from[i], class)
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

// automaton is a language as a nondeterministic automaton, with a state before each element of each pattern and one at
// its end, and its deterministic form as far as it was needed.
type automaton struct {
	sets     []charset
	stars    []bool
	end      []bool
	free     []bool // from here on, everything matches
	left     []int  // how many characters are missing at least
	starts   []int
	not      bool
	work     *budget
	alphabet []byte
	states   []determined
	byKey    map[string]uint32
}

// determined is a set of states. A dead one cannot lead to what the member wants.
type determined struct {
	set      []uint64
	next     []uint32 // by class; 0 is not known yet, others are one more than the state
	accepts  bool
	dead     bool
	distance int
}

func (a *automaton) add(p *pattern) {
	base := len(a.sets)
	a.starts = append(a.starts, base)
	for i := range p.elems {
		a.sets = append(a.sets, p.elems[i].chars())
		a.stars = append(a.stars, p.elems[i].star)
		a.end = append(a.end, false)
	}
	a.sets, a.stars, a.end = append(a.sets, charset{}), append(a.stars, false), append(a.end, true)
	n := len(a.sets)
	a.free, a.left = append(a.free, make([]bool, n-base)...), append(a.left, make([]int, n-base)...)
	for i := n - 2; i >= base; i-- {
		a.left[i] = a.left[i+1]
		if !a.stars[i] {
			a.left[i]++
		}
		a.free[i] = a.stars[i] && a.sets[i] == *anyChar && (a.end[i+1] || a.free[i+1])
	}
}

func (a *automaton) begin() uint32 {
	set := make([]uint64, len(a.sets)/64+1)
	for _, s := range a.starts {
		a.enter(set, s)
	}
	return a.intern(set)
}

// enter adds a state and those that runs let it skip to.
func (a *automaton) enter(set []uint64, i int) {
	for {
		if set[i>>6]&(1<<(i&63)) != 0 {
			return
		}
		set[i>>6] |= 1 << (i & 63)
		if !a.stars[i] {
			return
		}
		i++
	}
}

func (a *automaton) step(from uint32, class int) uint32 {
	d := &a.states[from]
	if n := d.next[class]; n != 0 {
		return n - 1
	}
	b := a.alphabet[class]
	set := make([]uint64, len(d.set))
	for w, word := range d.set {
		for ; word != 0; word &= word - 1 {
			i := w<<6 + bits.TrailingZeros64(word)
			a.work.spend(1)
			switch {
			case a.end[i] || !a.sets[i].has(b):
			case a.stars[i]:
				a.enter(set, i)
			default:
				a.enter(set, i+1)
			}
		}
	}
	a.work.spend(len(set)/4 + 2)
	n := a.intern(set)
	a.states[from].next[class] = n + 1
	return n
}

// intern numbers a set of states. Where everything matches from here on, which states there are besides is all the same.
func (a *automaton) intern(set []uint64) uint32 {
	d := determined{distance: 1 << 30}
	free := false
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			i := w<<6 + bits.TrailingZeros64(word)
			free = free || a.free[i]
			d.accepts = d.accepts || a.end[i]
			d.distance = min(d.distance, a.left[i])
		}
	}
	empty := d.distance == 1<<30
	if free {
		clear(set)
		set[len(a.sets)>>6] |= 1 << (len(a.sets) & 63)
	}
	d.dead = free && a.not || empty && !a.not
	if a.not || empty {
		d.distance = 0
	}
	k := key(set)
	if n, ok := a.byKey[k]; ok {
		return n
	}
	d.set, d.next = set, make([]uint32, len(a.alphabet))
	if free {
		d.accepts = true
		for i := range d.next {
			d.next[i] = uint32(len(a.states)) + 1
		}
	}
	a.states = append(a.states, d)
	a.byKey[k] = uint32(len(a.states) - 1)
	return uint32(len(a.states) - 1)
}

// alphabet picks one character of each class that no set tells apart.
func alphabet(sets []charset) []byte {
	classes := []charset{*anyChar}
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
	return out
}

func key(state []uint64) string {
	b := make([]byte, 0, len(state)*8)
	for _, w := range state {
		b = append(b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24), byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56))
	}
	return string(b)
}
