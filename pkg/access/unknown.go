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
	widest.Witness = nil
	widest.AllKeys, widest.SomeKeys, widest.AllActions = narrowest.AllKeys, narrowest.SomeKeys, narrowest.AllActions
	if widest.Verdict == Scoped && narrowest.Verdict == None {
		return widest // it reaches some keys at most
	}
	widest.Verdict = Unknown
	widest.DependsOn = l.relevant(s, func(r Result) bool { return r.Verdict == Broad })
	widest.Names = l.strange(widest.DependsOn)
	return widest
}

// relevant are the references that decide: leaving one of them out, the answer would still be open.
func (l *leaves) relevant(s Subject, yes func(Result) bool) []string {
	open, closed, matters := l.every(true), l.every(false), l.every(true)
	work := newBudget() // where it does not suffice, a place counts as one that matters
	for i := range matters {
		if len(matters) == 1 || len(matters) > maxChoices {
			break
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
	var left []choice
	for i, c := range l.choices {
		if matters[i] {
			left = append(left, c)
		}
	}
	return waits(left)
}

// suppose takes one reading, and notes the places that there are in it.
func (l *leaves) suppose(one supposition) {
	if l.supposed != one {
		l.supposed = one
		l.world(nil)
	}
}

// inEach answers in the readings of the providers, until two of them differ: what they agree on, else what decides is not
// known.
func (l *leaves) inEach(s Subject, work *sets.Budget) Result {
	suppositions := l.suppositions()
	var results []Result
	at := 0
	for i, one := range suppositions {
		if i > 0 && one.host != suppositions[i-1].host && results[at].Public != results[0].Public {
			break
		}
		l.suppose(one)
		results = append(results, l.bothWays(s, work))
		if results[at].Public == No && results[i].Public != No {
			at = i
		}
	}
	out, differ := results[0], false
	for _, r := range results {
		differ = differ || r.Public != out.Public
		if r.Public == No && slices.Index(widths, r.Verdict) < slices.Index(widths, out.Verdict) {
			out = r
			out.Witness = nil // of some readings only
		}
	}
	l.suppose(suppositions[at])
	if !differ && out.Public != Unsure {
		return out
	}
	out = results[at]
	if out.Public == Unsure && out.Reason != "" && !differ {
		return out
	}
	r := Result{Verdict: Unknown, Public: Unsure, Statement: out.Statement, Reason: out.Reason}
	if out.Public == Unsure {
		r.DependsOn = l.relevant(s, func(r Result) bool { return r.Public == Yes })
		r.Names = l.strange(r.DependsOn)
	}
	l.addSupposed(&r, suppositions, results, at)
	return r
}

// addSupposed adds what the reading at differs in from those that answer otherwise.
func (l *leaves) addSupposed(r *Result, suppositions []supposition, results []Result, at int) {
	for i, other := range results {
		if other.Public == results[at].Public {
			continue
		}
		if suppositions[i].host != suppositions[at].host {
			for _, p := range l.providers {
				r.DependsOn = l.refs(r.DependsOn, p)
			}
		}
		if suppositions[i].host == suppositions[at].host || len(l.providers) == 0 {
			for _, h := range l.hosts {
				r.DependsOn = l.refs(r.DependsOn, h)
			}
		}
	}
}
