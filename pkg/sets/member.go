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
