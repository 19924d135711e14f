package access

// literal constraints on strings: membership in a language, or not.
type member struct {
	lang *language
	not  bool
}

// budget bounds work in steps of the automata and the search. The same question always uses the same number of steps, so
// that the answer does not depend on the machine. A unit is about 25 nanoseconds of a processor of 2020.
type budget struct{ left int }

// stepsPerUnit is how many characters are compared for one unit of work.
const stepsPerUnit = 8

// spend takes n units away and says whether the budget held. That of nil is without bounds.
func (b *budget) spend(n int) bool {
	if b == nil {
		return true
	}
	b.left -= n
	return b.left >= 0
}

// over says whether the budget ran out.
func (b *budget) over() bool { return b != nil && b.left < 0 }

// find looks for a string that every member holds of: first among samples, then patterns with fill, where it is not "", in
// place of one of their runs, then by running all patterns side by side. It returns false where there is none, or where
// the budget ran out.
func find(members []member, samples []string, fill string, work *budget) (string, bool) {
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
	if s, ok := filled(members, fill, try); ok {
		return s, true
	}
	return product(members, work)
}

// maxFilled bounds how many patterns are tried with a text in them.
const maxFilled = 8

// filled tries the patterns with a text in place of one of their runs: a text that is chosen reads better than the first one that
// will do.
func filled(members []member, fill string, try func(string) bool) (string, bool) {
	if fill == "" {
		return "", false
	}
	for _, m := range members {
		for i := range m.lang.alts[:min(len(m.lang.alts), maxFilled)] {
			p := &m.lang.alts[i]
			for at := range p.elems[:min(len(p.elems), 64)] {
				if m.not || p.only || !p.elems[at].star {
					continue
				}
				if s, ok := p.guess(at, fill); ok && try(s) {
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
