package access

import "slices"

// literal constraints on strings: membership in a language, or not.
type member struct {
	lang *language
	not  bool
}

// budget bounds the work of one analysis in steps of the automata and the search. Running out of it makes the answer
// unknown. The same document always uses the same number of steps, so the answer does not depend on the machine.
type budget struct{ left int }

const fullBudget = 6_000_000

func (b *budget) spend(n int) bool {
	b.left -= n
	return b.left >= 0
}

func (b *budget) over() bool { return b.left < 0 }

// find looks for a string that every member holds of: first among samples, then by running all patterns side by side.
// It returns false where there is none, or where the budget ran out.
func find(members []member, samples []string, work *budget) (string, bool) {
	if contradicts(members) {
		return "", false
	}
	try := func(s string) bool {
		work.spend(len(members))
		for _, m := range members {
			if m.lang.matches(s) == m.not {
				return false
			}
		}
		return true
	}
	for _, s := range samples {
		if try(s) {
			return s, true
		}
	}
	for _, m := range members {
		if m.not {
			continue
		}
		for i := range m.lang.alts {
			if s, ok := m.lang.alts[i].guess(); ok && try(s) {
				return s, true
			}
		}
		if m.lang.finite() {
			return "", false
		}
	}
	return product(members, work)
}

// contradicts catches a language that is both wanted and unwanted, and the empty one.
func contradicts(members []member) bool {
	for i, m := range members {
		if !m.not && len(m.lang.alts) == 0 {
			return true
		}
		for j, o := range members {
			if o.lang == m.lang && o.not != m.not {
				return true
			}
			if j != i && !m.not && o.not && m.lang.within(o.lang) {
				return true
			}
		}
	}
	return false
}

// within says whether it is plain to see that o holds all of l.
func (l *language) within(o *language) bool {
	for i := range l.alts {
		a := &l.alts[i]
		if a.account != "" && o.accounts[a.account] {
			continue
		}
		if !slices.ContainsFunc(o.alts, func(b pattern) bool {
			return a.only == b.only && a.lit == b.lit && slices.EqualFunc(a.elems, b.elems, elem.equal)
		}) {
			return false
		}
	}
	return true
}

// guess is one string of the pattern: its runs are left empty.
func (p *pattern) guess() (string, bool) {
	if p.only {
		return p.lit, true
	}
	out := make([]byte, 0, len(p.elems))
	for i := range p.elems {
		if p.elems[i].star {
			continue
		}
		b, ok := p.elems[i].chars().prefer()
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}

// preferred orders characters by how well they read in a witness.
const preferred = "x" + "9" + lower + digit + upper + "-_./:@=+,"

func (c charset) prefer() (byte, bool) {
	for i := 0; i < len(preferred); i++ {
		if c.has(preferred[i]) {
			return preferred[i], true
		}
	}
	for b := range 256 {
		if c.has(byte(b)) {
			return byte(b), true
		}
	}
	return 0, false
}

// product searches the automata of all patterns side by side, breadth first, for a shortest string.
func product(members []member, work *budget) (string, bool) {
	p := newProduct(members)
	start := make([]uint64, p.size)
	for i := range p.runs {
		p.runs[i].pattern.start(p.part(start, i))
	}
	type node struct {
		state  []uint64
		parent int
		char   byte
	}
	nodes := []node{{state: start, parent: -1}}
	seen := map[string]bool{key(start): true}
	next := make([]uint64, p.size)
	for at := 0; at < len(nodes); at++ {
		if p.accepting(nodes[at].state) {
			var rev []byte
			for i := at; nodes[i].parent >= 0; i = nodes[i].parent {
				rev = append(rev, nodes[i].char)
			}
			for i, j := 0, len(rev)-1; i < j; i, j = i+1, j-1 {
				rev[i], rev[j] = rev[j], rev[i]
			}
			return string(rev), true
		}
		for _, b := range p.alphabet {
			if !work.spend(len(p.runs) + p.size/8) {
				return "", false
			}
			if !p.step(nodes[at].state, next, b) {
				continue
			}
			k := key(next)
			if seen[k] {
				continue
			}
			seen[k] = true
			nodes = append(nodes, node{append([]uint64(nil), next...), at, b})
		}
	}
	return "", false
}

type run struct {
	pattern *pattern
	member  int
	offset  int
}

type automata struct {
	members  []member
	runs     []run
	size     int
	alphabet []byte
	alive    []bool
}

func newProduct(members []member) *automata {
	p := &automata{members: members, alive: make([]bool, len(members))}
	var sets []charset
	seen := map[charset]bool{}
	for m := range members {
		for i := range members[m].lang.alts {
			pat := members[m].lang.alts[i].spelled()
			p.runs = append(p.runs, run{pat, m, p.size})
			p.size += pat.words()
			for _, e := range pat.elems {
				if c := e.chars(); !seen[c] {
					seen[c] = true
					sets = append(sets, c)
				}
			}
		}
	}
	p.alphabet = alphabet(sets)
	return p
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

func (p *automata) part(state []uint64, i int) []uint64 {
	r := p.runs[i]
	return state[r.offset : r.offset+r.pattern.words()]
}

// step moves every automaton and says whether every wanted language can still be met.
func (p *automata) step(from, to []uint64, b byte) bool {
	clear(p.alive)
	for i := range p.runs {
		if p.runs[i].pattern.step(p.part(from, i), p.part(to, i), b) {
			p.alive[p.runs[i].member] = true
		}
	}
	for i, m := range p.members {
		if !m.not && !p.alive[i] {
			return false
		}
	}
	return true
}

func (p *automata) accepting(state []uint64) bool {
	clear(p.alive)
	for i := range p.runs {
		if p.runs[i].pattern.accepts(p.part(state, i)) {
			p.alive[p.runs[i].member] = true
		}
	}
	for i, m := range p.members {
		if p.alive[i] == m.not {
			return false
		}
	}
	return true
}

func key(state []uint64) string {
	b := make([]byte, 0, len(state)*8)
	for _, w := range state {
		b = append(b, byte(w), byte(w>>8), byte(w>>16), byte(w>>24), byte(w>>32), byte(w>>40), byte(w>>48), byte(w>>56))
	}
	return string(b)
}
