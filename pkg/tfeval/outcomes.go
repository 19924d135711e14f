package tfeval

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/zclconf/go-cty/cty"
)

// An unknown condition has two outcomes. An argument is evaluated once for each combination of outcomes that its
// conditions may have (a world); elsewhere an unknown condition leaves an unknown value.

type choices struct {
	choosing bool
	world    map[string]value.Outcome
	order    []value.Choice
	limit    int
	overflow bool
	frames   []map[string]value.Outcome
}

// Decide returns the outcome of an unknown condition in the world that is evaluated.
func (e *Evaluator) Decide(ch value.Choice) value.Outcome {
	o := e.decide(ch)
	e.Supposed = e.choosing && len(e.order) > 0
	return o
}

func (c *choices) decide(ch value.Choice) value.Outcome {
	if !c.choosing {
		c.consult(ch.Key, value.Undecided)
		return value.Undecided
	}
	if o, ok := c.world[ch.Key]; ok {
		c.consult(ch.Key, o)
		return o
	}
	if 1<<(len(c.order)+1) > c.limit {
		c.overflow = true
		c.consult(ch.Key, value.Undecided)
		return value.Undecided
	}
	c.order = append(c.order, ch)
	c.world[ch.Key] = value.Yes
	c.consult(ch.Key, value.Yes)
	return value.Yes
}

func (c *choices) consult(key string, o value.Outcome) {
	if len(c.frames) == 0 {
		return
	}
	// A branch that is only looked at for its type leaves its conditions undecided: what decides them counts.
	if top := c.frames[len(c.frames)-1]; o != value.Undecided || top[key] == value.Undecided {
		top[key] = o
	}
}

// push starts to record which outcomes a computation uses; pop adds them to the record around it.
func (c *choices) push() (under map[string]value.Outcome, pop func()) {
	under = map[string]value.Outcome{}
	c.frames = append(c.frames, under)
	return under, func() {
		c.frames = c.frames[:len(c.frames)-1]
		c.consulted(under)
	}
}

func (c *choices) consulted(under map[string]value.Outcome) {
	for k, o := range under {
		c.consult(k, o)
	}
}

// agrees says whether a result that was computed under these outcomes holds in the world that is evaluated.
func (c *choices) agrees(under map[string]value.Outcome) bool {
	for k, o := range under {
		if now, ok := c.world[k]; !c.choosing && o != value.Undecided || c.choosing && (!ok || now != o) {
			return false
		}
	}
	return true
}

// without evaluates f where unknown conditions leave unknown values.
func (c *choices) without(f func()) {
	before := c.choosing
	c.choosing = false
	f()
	c.choosing = before
}

// world is one result of worlds with the outcomes that it needs.
type worldResult struct {
	value  cty.Value
	when   []assumed
	faulty bool // Terraform would refuse this outcome, so it is none
}

type assumed struct {
	value.Choice
	is value.Outcome
}

// worlds evaluates f for every combination of outcomes; false if there are more than the limit.
func (e *Evaluator) worlds(f func() cty.Value) ([]worldResult, bool) {
	e.choosing, e.limit, e.overflow = true, e.Limits.Choices, false
	defer func() { e.choosing, e.world, e.order, e.Supposed = false, nil, nil, false }()
	var out []worldResult
	var fixed []assumed
	for {
		e.world, e.order = map[string]value.Outcome{}, nil
		for _, a := range fixed {
			e.world[a.Key] = a.is
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
		out = append(out, worldResult{v, slices.Clone(when), e.Faults > faults})
		for len(when) > 0 && when[len(when)-1].is == value.No {
			when = when[:len(when)-1]
		}
		if len(when) == 0 || e.Ended() {
			return possible(out), true
		}
		when[len(when)-1].is = value.No
		fixed = slices.Clone(when)
	}
}

// possible are the outcomes that Terraform does not refuse, or all of them where it would refuse each.
func possible(in []worldResult) []worldResult {
	out := slices.DeleteFunc(slices.Clone(in), func(r worldResult) bool { return r.faulty })
	if len(out) == 0 {
		return in
	}
	return out
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
func describe(when []assumed) (words string, waits []string) {
	var parts []string
	for _, a := range when {
		if a.is == value.Yes {
			parts = append(parts, "`"+a.Condition+"` holds")
		} else {
			parts = append(parts, "`"+a.Condition+"` does not hold")
		}
		waits = append(waits, a.Waits...)
	}
	slices.Sort(waits)
	return strings.Join(parts, " and "), slices.Compact(waits)
}

// pushAlone is push for a computation whose conditions are nobody's concern.
func (c *choices) pushAlone() (under map[string]value.Outcome, pop func()) {
	under = map[string]value.Outcome{}
	c.frames = append(c.frames, under)
	return under, func() { c.frames = c.frames[:len(c.frames)-1] }
}
