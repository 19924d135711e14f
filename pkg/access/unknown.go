package access

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// maxChoices bounds how many places are tested one by one for whether they matter.
const maxChoices = 24

// decideUnknown answers in every reading of the identity providers that are not known.
func decideUnknown(l *leaves, s Subject) Result {
	work := newBudget() // for all answers
	if s.Kind == iam.Identity {
		widest := decide(l.world(l.every(true)), s, work)
		return l.identity(widest, decide(l.world(l.every(false)), s, work), s)
	}
	return l.inEach(s, work)
}

// every is every place open, or every one closed.
func (l *leaves) every(open bool) []bool {
	w := make([]bool, len(l.choices))
	for i := range w {
		w[i] = open
	}
	return w
}

// bothWays answers with every unknown place open, and with every one closed. Where both say the same, the places do not
// matter. Which of them do is not said.
func (l *leaves) bothWays(s Subject, work *sets.Budget) Result {
	widest := decide(l.world(l.every(true)), s, work)
	if widest.Public == No {
		widest = l.perhapsOwn(widest, l.every(true), s, work)
		switch {
		case widest.Witness == nil || len(l.choices) == 0:
		case l.named():
			widest.Witness = nil // it may lack what decides
		default:
			narrowest := decide(l.world(l.every(false)), s, work)
			if widest.Witness = nil; narrowest.Verdict == widest.Verdict {
				widest.Witness = narrowest.Witness
			}
		}
		return widest
	}
	narrowest := decide(l.world(l.every(false)), s, work)
	if narrowest.Public == Yes {
		return narrowest
	}
	r := Result{Verdict: Unknown, Public: Unsure, Statement: -1, Reason: widest.Reason}
	if widest.Public != Unsure || narrowest.Public != Unsure {
		r.Statement = widest.Statement
	}
	return r
}

// perhapsOwn is the answer where what is not known names somebody of the own account: the widest audience that a policy may
// have is not nobody then. It is the answer that is there where that lets more than the own account in.
func (l *leaves) perhapsOwn(r Result, open []bool, s Subject, work *sets.Budget) Result {
	if !l.any || r.Public != No || r.Verdict != None || s.Account == "" || s.Kind == iam.Identity {
		return r
	}
	l.account = s.Account
	own := decide(l.world(open), s, work)
	l.account = ""
	if own.Public != No {
		return r
	}
	own.Witness = nil // it may lack what decides
	return own
}

func (l *leaves) identity(widest, narrowest Result, s Subject) Result {
	if widest.Verdict == narrowest.Verdict {
		return narrowest
	}
	widest.Verdict, widest.Witness = Unknown, nil
	widest.AllKeys, widest.SomeKeys, widest.AllActions = narrowest.AllKeys, narrowest.SomeKeys, narrowest.AllActions
	widest.DependsOn = l.relevant(s, func(r Result) bool { return r.Verdict == Broad })
	widest.Names = l.strange(widest.DependsOn)
	return widest
}

// relevant are the references that decide: leaving one of them out, the answer would still be open.
func (l *leaves) relevant(s Subject, yes func(Result) bool) []string {
	n := len(l.choices)
	open, closed := make([]bool, n), make([]bool, n)
	for i := range open {
		open[i] = true
	}
	matters := make([]bool, n)
	work := newBudget() // where it does not suffice, a place counts as one that matters
	for i := range matters {
		matters[i] = true
		if n == 1 || n > maxChoices {
			continue
		}
		// With the place fixed either way, do the others still decide? Then it does not matter.
		closed[i], open[i] = true, true
		withOpen := yes(decide(l.world(closed), s, work))
		closed[i], open[i] = false, false
		withClosed := yes(decide(l.world(open), s, work))
		if !withOpen && withClosed {
			matters[i] = false // open[i] stays closed: the place is left out from here on
			continue
		}
		open[i] = true
	}
	var out []string
	for i, c := range l.choices {
		if !matters[i] {
			continue
		}
		if c.name != "" {
			out = appendNew(out, c.name)
		}
		for _, h := range c.holes {
			if h >= len(l.doc.Text.Holes) {
				continue
			}
			for _, r := range l.doc.Text.Holes[h].Refs() {
				out = appendNew(out, r)
			}
		}
	}
	return out
}

// named says whether a place is a name in no table.
func (l *leaves) named() bool {
	return slices.ContainsFunc(l.choices, func(c choice) bool { return c.name != "" })
}

// strange are those of the list that are in no table.
func (l *leaves) strange(list []string) []string {
	var out []string
	for _, name := range list {
		if slices.ContainsFunc(l.choices, func(c choice) bool { return c.name == name }) {
			out = append(out, name)
		}
	}
	return out
}
