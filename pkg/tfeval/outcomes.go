package tfeval

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// An unknown condition has two outcomes. An argument is evaluated once for each combination of outcomes that its
// conditions may have (a world); elsewhere an unknown condition leaves an unknown value.

// Decide returns the outcome of an unknown condition in the world that is evaluated.
func (e *Evaluator) Decide(ch value.Choice) value.Outcome {
	o := e.decide(ch)
	e.Supposed = e.choosing && len(e.order) > 0
	return o
}

// worldResult is one result of worlds with the outcomes that it needs.
type worldResult[T any] struct {
	value  T
	when   []assumed
	faulty bool // Terraform would refuse this outcome, so it is none
}

// worlds evaluates f for every combination of outcomes; false if there are more than the limit.
func worlds[T any](e *Evaluator, f func() T) ([]worldResult[T], bool) {
	e.choosing, e.limit, e.overflow = true, e.Limits.Choices, false
	defer func() {
		e.choosing, e.overflow, e.world, e.order, e.log, e.Supposed = false, false, nil, nil, nil, false
	}()
	var out []worldResult[T]
	var fixed []assumed
	for n := 0; ; n++ {
		if n == e.limit {
			return nil, false
		}
		e.world, e.order, e.log = map[string]value.Outcome{}, nil, nil
		for _, a := range e.exists {
			e.assume(a.Key, a.is, 0)
		}
		for _, a := range fixed {
			e.assume(a.Key, a.is, 0)
			e.order = append(e.order, a.Choice)
		}
		faults := e.Faults
		e.Supposed = len(e.order) > 0
		v := f()
		if e.overflow {
			return nil, false
		}
		var when []assumed
		for _, ch := range e.order {
			when = append(when, assumed{ch, e.world[ch.Key]})
		}
		if !e.contradicts() {
			out = append(out, worldResult[T]{v, slices.Clone(when), e.Faults > faults})
		}
		for len(when) > 0 && when[len(when)-1].is == value.No {
			when = when[:len(when)-1]
		}
		if len(when) == 0 || e.Ended() {
			return possible(out), len(out) > 0
		}
		when[len(when)-1].is = value.No
		fixed = slices.Clone(when)
	}
}

// possible are the outcomes that Terraform does not refuse, or all of them where it would refuse each. What all of them
// suppose then goes without saying.
func possible[T any](in []worldResult[T]) []worldResult[T] {
	out := slices.DeleteFunc(slices.Clone(in), func(r worldResult[T]) bool { return r.faulty })
	if len(out) == 0 || len(out) == len(in) {
		return in
	}
	all := shared(out)
	for i := range out {
		out[i].when = slices.DeleteFunc(out[i].when, func(a assumed) bool { return slices.ContainsFunc(all, a.same) })
	}
	return out
}

// shared is what all results suppose.
func shared[T any](in []worldResult[T]) []assumed {
	if len(in) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(in[0].when), func(a assumed) bool {
		return slices.ContainsFunc(in[1:], func(r worldResult[T]) bool { return !slices.ContainsFunc(r.when, a.same) })
	})
}

// joined puts results together that are the same whatever one of their conditions is.
func joined[T any](in []T, when func(*T) *[]assumed, same func(a, b T) bool) []T {
	for again := true; again; {
		again = false
		for i := 0; i < len(in) && !again; i++ {
			for j := i + 1; j < len(in) && !again; j++ {
				if !same(in[i], in[j]) {
					continue
				}
				if rest, ok := differInOne(*when(&in[i]), *when(&in[j])); ok {
					*when(&in[i]) = rest
					in = slices.Delete(in, j, j+1)
					again = true
				}
			}
		}
	}
	return in
}

// differInOne returns what two lists of assumptions share if they disagree on exactly one condition.
func differInOne(a, b []assumed) ([]assumed, bool) {
	if len(a) != len(b) {
		return nil, false
	}
	var rest []assumed
	for _, x := range a {
		i := slices.IndexFunc(b, func(y assumed) bool { return y.Key == x.Key })
		switch {
		case i < 0:
			return nil, false
		case b[i].is == x.is:
			rest = append(rest, x)
		}
	}
	return rest, len(rest) == len(a)-1
}

// describe gives the words for Text.Assuming and the names for Text.DependsOn.
func (e *Evaluator) describe(when []assumed, at hcl.Range) (words string, waits []string) {
	var parts []string
	for _, a := range when {
		if a.is == value.Yes {
			parts = append(parts, "`"+a.Condition+"` holds")
		} else {
			parts = append(parts, "`"+a.Condition+"` does not hold")
		}
		for _, w := range a.Waits {
			waits = append(waits, e.outwards(unknown.Symbol{Ref: w}, at).Refs()...)
		}
	}
	slices.Sort(waits)
	return strings.Join(parts, " and "), slices.Compact(waits)
}
