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

// fullBudget is what one analysis may spend. A unit is about 25 nanoseconds of a processor of 2020, so that the whole is
// a tenth of a second; comparing a character takes an eighth of it.
const (
	fullBudget   = 3_000_000
	stepsPerUnit = 8
)

func (b *budget) spend(n int) bool {
	b.left -= n
	return b.left >= 0
}

func (b *budget) over() bool { return b.left < 0 }

// find looks for a string that every member holds of: first among samples, then by running all patterns side by side.
// It returns false where there is none, or where the budget ran out.
func find(members []member, samples []string, work *budget) (string, bool) {
	if contradicts(members, work) {
		return "", false
	}
	try := func(s string) bool {
		work.spend(1)
		for _, m := range members {
			if work.over() || m.lang.contains(s, work) == m.not {
				return false
			}
		}
		return true
	}
	for _, m := range members {
		if m.not || !m.lang.finite() {
			continue
		}
		for i := range m.lang.alts {
			if s := m.lang.alts[i].lit; try(s) {
				return s, true
			}
		}
		return "", false
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
			if s, ok := m.lang.alts[i].guess(-1, ""); ok && try(s) {
				return s, true
			}
		}
	}
	if s, ok := filled(members, samples, try); ok {
		return s, true
	}
	return product(members, work)
}

// maxFilled bounds how many patterns are tried with an account id of a sample in them.
const maxFilled = 8

// filled tries the patterns with the account id of a sample in place of one of their runs: it reads better in a witness
// than the first id that will do.
func filled(members []member, samples []string, try func(string) bool) (string, bool) {
	if len(samples) == 0 {
		return "", false
	}
	account, ok := field(4)(samples[0])
	if !ok {
		return "", false
	}
	for _, m := range members {
		for i := range m.lang.alts[:min(len(m.lang.alts), maxFilled)] {
			p := &m.lang.alts[i]
			for at := range p.elems[:min(len(p.elems), 64)] {
				if m.not || p.only || !p.elems[at].star {
					continue
				}
				if s, ok := p.guess(at, account); ok && try(s) {
					return s, true
				}
			}
		}
	}
	return "", false
}

// contradicts catches a language that is both wanted and unwanted, and the empty one.
func contradicts(members []member, work *budget) bool {
	work.spend(len(members) * len(members) / stepsPerUnit)
	for _, m := range members {
		if m.not {
			continue
		}
		if len(m.lang.alts) == 0 {
			return true
		}
		for _, o := range members {
			if o.not && (o.lang == m.lang || m.lang.within(o.lang, work)) || !o.not && m.lang.apart(o.lang) {
				return true
			}
		}
	}
	return false
}

// maxWithin bounds how many patterns are compared to see whether one language is plainly in another.
const maxWithin = 1000

// apart says whether it is plain to see that two languages share nothing: their strings name different accounts.
func (l *language) apart(o *language) bool {
	for i := range l.alts {
		for j := range o.alts {
			a, b := l.alts[i].account, o.alts[j].account
			if a == "" || b == "" || a == b {
				return false
			}
		}
	}
	return len(l.alts) > 0 && len(o.alts) > 0
}

// within says whether it is plain to see that o holds all of l.
func (l *language) within(o *language, work *budget) bool {
	if len(o.accounts) == 0 && len(l.alts)*len(o.alts) > maxWithin {
		return false
	}
	for i := range l.alts {
		a := &l.alts[i]
		if a.account != "" && o.accounts[a.account] {
			continue
		}
		work.spend(1 + len(o.alts)/4)
		if len(o.alts) > maxWithin || !slices.ContainsFunc(o.alts, func(b pattern) bool {
			return a.only == b.only && a.lit == b.lit && slices.EqualFunc(a.elems, b.elems, elem.equal)
		}) {
			return false
		}
	}
	return true
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
