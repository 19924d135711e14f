package tfeval

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/zclconf/go-cty/cty"
)

type choices struct {
	choosing bool
	world    map[string]value.Outcome
	order    []value.Choice
	limit    int
	overflow bool
	frames   []*frame
	log      []string           // the keys of world that were assumed, in order
	exists   []assumed          // what holds wherever there is the object whose argument is evaluated
	formulas map[string]formula // what conditions are made of
	lengths  map[string]string  // unknown lengths, and the choices whether there are elements
}

type assumed struct {
	value.Choice
	is value.Outcome
}

func (a assumed) same(b assumed) bool { return a.Key == b.Key && a.is == b.is }

func (c *choices) decide(ch value.Choice) value.Outcome {
	if !c.choosing {
		c.consult(assumed{ch, value.Undecided})
		return value.Undecided
	}
	o := c.implied(ch.Key, 0)
	switch {
	case o != value.Undecided:
		c.world[ch.Key] = o
	case len(c.order) >= maxOrder:
		c.overflow = true
	default:
		o = value.Yes
		c.order = append(c.order, ch)
		c.assume(ch.Key, o, 0)
	}
	c.consult(assumed{ch, o})
	return o
}

// maxOrder bounds the conditions of one outcome, of which most exclude each other: what follows from others is none.
const maxOrder = 12

// frame records which outcomes a computation uses, in the order in which it asks.
type frame struct {
	choosing bool
	asked    []assumed
	at       map[string]int // where a key is in asked, nil while there are few
}

func (f *frame) find(key string) int {
	if f.at != nil {
		if i, ok := f.at[key]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(f.asked, func(a assumed) bool { return a.Key == key })
}

func (f *frame) add(a assumed) {
	if i := f.find(a.Key); i >= 0 {
		if f.asked[i].is == value.Undecided {
			f.asked[i].is = a.is
		}
		return
	}
	f.asked = append(f.asked, a)
	switch {
	case f.at != nil:
		f.at[a.Key] = len(f.asked) - 1
	case len(f.asked) > 16:
		f.at = map[string]int{}
		for i, a := range f.asked {
			f.at[a.Key] = i
		}
	}
}

// consult records an outcome. What is only looked at for its type leaves conditions undecided in each world, so that it does
// not depend on them.
func (c *choices) consult(a assumed) {
	if len(c.frames) == 0 {
		return
	}
	if top := c.frames[len(c.frames)-1]; c.choosing == top.choosing {
		top.add(a)
	}
}

// push starts to record which outcomes a computation uses; pop adds them to the record around it.
func (c *choices) push() (under *frame, pop func()) {
	under = &frame{choosing: c.choosing}
	c.frames = append(c.frames, under)
	return under, func() {
		c.frames = c.frames[:len(c.frames)-1]
		c.consulted(under.asked)
	}
}

func (c *choices) consulted(asked []assumed) {
	for _, a := range asked {
		c.consult(a)
	}
}

// pushAlone is push for a computation whose conditions are nobody's concern.
func (c *choices) pushAlone() (pop func()) {
	c.frames = append(c.frames, &frame{choosing: c.choosing})
	return func() { c.frames = c.frames[:len(c.frames)-1] }
}

// agrees says whether a result that was computed under these outcomes holds in the world that is evaluated. Conditions that
// the world has not come across yet become part of it, as if the result were computed again.
func (c *choices) agrees(asked []assumed) bool {
	if !c.choosing {
		return !slices.ContainsFunc(asked, func(a assumed) bool { return a.is != value.Undecided })
	}
	order, log := len(c.order), len(c.log)
	for _, a := range asked {
		now := c.implied(a.Key, 0)
		if now == value.Undecided && a.is == value.Yes && len(c.order) < maxOrder {
			now = value.Yes
			c.order = append(c.order, a.Choice)
			c.assume(a.Key, now, 0)
		}
		if a.is == value.Undecided || now != a.is {
			for _, key := range c.log[log:] {
				delete(c.world, key)
			}
			c.order, c.log = c.order[:order], c.log[:log]
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

// What is known of one unknown condition tells of those that it is made of, and the other way round: where a && b holds,
// a does. Worlds that differ in nothing but what cannot be are not told apart.

// formula is an unknown condition that is made of others: "!", "&&", "||", or "" where it is another one.
type formula struct {
	op    string
	parts []string // the keys of their choices
}

// made remembers what an unknown condition is made of.
func (c *choices) made(v cty.Value, op string, parts ...string) {
	if v.IsKnown() {
		return
	}
	if c.formulas == nil {
		c.formulas = map[string]formula{}
	}
	c.formulas[value.Signature(v)] = formula{op, parts}
}

// flip is the outcome of the opposite condition.
func flip(o value.Outcome) value.Outcome {
	switch o {
	case value.Yes:
		return value.No
	case value.No:
		return value.Yes
	}
	return value.Undecided
}

// maxFormula bounds how far conditions are followed into what they are made of.
const maxFormula = 32

// implied is the outcome of a condition that the world has, or that follows from it.
func (c *choices) implied(key string, depth int) value.Outcome {
	if o, ok := c.world[key]; ok {
		return o
	}
	f, ok := c.formulas[key]
	if !ok || depth > maxFormula {
		return value.Undecided
	}
	return c.follows(f, depth)
}

// follows is the outcome of a formula that its parts tell.
func (c *choices) follows(f formula, depth int) value.Outcome {
	ends, all := value.No, value.Yes // what one part decides, and what all of them do
	switch f.op {
	case "!":
		return flip(c.implied(f.parts[0], depth+1))
	case "":
		return c.implied(f.parts[0], depth+1)
	case "||":
		ends, all = value.Yes, value.No
	}
	for _, p := range f.parts {
		switch c.implied(p, depth+1) {
		case ends:
			return ends
		case value.Undecided:
			all = value.Undecided
		}
	}
	return all
}

// assume makes an outcome part of the world, with what follows from it.
func (c *choices) assume(key string, is value.Outcome, depth int) {
	if _, ok := c.world[key]; ok || depth > maxFormula {
		return
	}
	c.world[key] = is
	c.log = append(c.log, key)
	f, ok := c.formulas[key]
	switch {
	case !ok:
	case f.op == "!":
		c.assume(f.parts[0], flip(is), depth+1)
	case f.op == "", f.op == "&&" && is == value.Yes, f.op == "||" && is == value.No:
		for _, p := range f.parts {
			c.assume(p, is, depth+1)
		}
	}
}

// contradicts says that the world cannot be: what a condition is made of tells otherwise.
func (c *choices) contradicts() bool {
	for key, is := range c.world {
		if f, ok := c.formulas[key]; ok {
			if o := c.follows(f, 0); o != value.Undecided && o != is {
				return true
			}
		}
	}
	return false
}
