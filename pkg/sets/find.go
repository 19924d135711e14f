package sets

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
