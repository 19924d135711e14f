package sets

// Member is a constraint on a string: that it is in a language, or that it is not.
type Member struct {
	In  *Language
	Not bool
}

// Budget bounds work in steps of the automata and the search. The same question always uses the same number of steps, so
// that the answer does not depend on the machine. A unit is about 25 nanoseconds of a processor of 2020.
type Budget struct {
	// Left is what may still be spent; it ran out below 0.
	Left int
}

// stepsPerUnit is how many characters are compared for one unit of work.
const stepsPerUnit = 8

// Spend takes n units away and says whether the budget held. That of nil is without bounds.
func (b *Budget) Spend(n int) bool {
	if b == nil {
		return true
	}
	b.Left -= n
	return b.Left >= 0
}

// Over says whether the budget ran out.
func (b *Budget) Over() bool { return b != nil && b.Left < 0 }

// Find looks for a string that every member holds of: first among samples, then patterns with fill, where it is not "", in
// place of one of their runs, then by running all patterns side by side. It returns false where there is none, or where
// the budget ran out.
func Find(members []Member, samples []string, fill string, work *Budget) (string, bool) {
	if work.Over() || contradicts(members, work) {
		return "", false
	}
	try := func(s string) bool {
		work.Spend(1)
		for _, m := range members {
			if work.Over() || m.In.Contains(s, work) == m.Not {
				return false
			}
		}
		return true
	}
	for _, m := range members {
		if m.Not || !m.In.finite() {
			continue
		}
		for i := range m.In.Alternatives {
			if s := m.In.Alternatives[i].Literal; try(s) {
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
		if m.Not {
			continue
		}
		for i := range m.In.Alternatives {
			if s := m.In.Alternatives[i].Sample; s != "" && try(s) {
				return s, true
			}
			if s, ok := m.In.Alternatives[i].Guess(-1, ""); ok && try(s) {
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
func filled(members []Member, fill string, try func(string) bool) (string, bool) {
	if fill == "" {
		return "", false
	}
	for _, m := range members {
		for i := range m.In.Alternatives[:min(len(m.In.Alternatives), maxFilled)] {
			p := &m.In.Alternatives[i]
			for at := range p.Elements[:min(len(p.Elements), 64)] {
				if m.Not || p.only || !p.Elements[at].Star {
					continue
				}
				if s, ok := p.Guess(at, fill); ok && try(s) {
					return s, true
				}
			}
		}
	}
	return "", false
}

// contradicts catches a language that is both wanted and unwanted, and the empty one.
func contradicts(members []Member, work *Budget) bool {
	work.Spend(len(members) * len(members) / stepsPerUnit)
	for _, m := range members {
		if m.Not {
			continue
		}
		if len(m.In.Alternatives) == 0 {
			return true
		}
		for _, o := range members {
			if o.Not && (o.In == m.In || m.In.within(o.In, work)) || !o.Not && m.In.apart(o.In) {
				return true
			}
		}
	}
	return false
}
