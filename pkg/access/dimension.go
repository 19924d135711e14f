package access

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"go4.org/netipx"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// A request is a value for each of its dimensions; a statement is a box in that space. dimKind tells how sets of values
// of a dimension are written.
type dimKind int

const (
	textDim    dimKind = iota // languages
	listDim                   // several texts at once
	addressDim                // sets of addresses
	orderDim                  // numbers and dates, in milliseconds: predicates between known points
)

// domain is what a dimension may hold before any condition.
type domain struct {
	kind            dimKind
	absent, present bool
	members         []sets.Member  // textDim, listDim: of each value
	samples         []string       // values to try first
	addresses       *netipx.IPSet  // addressDim
	single          bool           // listDim: exactly one value
	from            float64        // orderDim: the smallest value
	others          []float64      // orderDim: numbers that are somebody else's
	to              float64        // orderDim: the biggest value, 0 for none
	whole           bool           // orderDim: numbers without a fraction
	actions         actionSet      // those whose requests can have it, 0 for all
	required        bool           // their requests always have it
	keys            []dimensionKey // the condition keys that the dimension stands for
}

// fill is the account id of the best sample: in a witness it reads better than the first that will do.
func (d *domain) fill() string {
	if len(d.samples) == 0 {
		return ""
	}
	arn, _ := aws.ParseARN(d.samples[0])
	return arn.Account
}

// dimensionKey is a condition key that is read from the value of a dimension.
type dimensionKey struct {
	name string
	view func(string) (value string, ok bool)
}

// constraint is one condition on one dimension. What it says is: the value is absent and absent holds, or it is there
// and its value holds.
type constraint struct {
	dim    int
	absent bool
	value  valueTest
}

// valueTest is a set of values that are there. Of lists it says that every value is in the set, or that some is.
type valueTest struct {
	not       bool // the complement
	some      bool // listDim: some value is in the set (or its complement), instead of every
	all       bool // every value whatsoever
	lang      *sets.Language
	addresses *netipx.IPSet
	test      func(float64) bool
	points    []float64
}

// negate is what does not meet the constraint, on the same dimension.
func (c constraint) negate() constraint {
	c.absent = !c.absent
	c.value.not = !c.value.not
	c.value.some = !c.value.some
	return c
}

// nothing says whether no value that is there meets the test.
func (v *valueTest) nothing() bool { return v.all && v.not }

// sample is a value of a dimension.
type sample struct {
	absent bool
	texts  []string // one for textDim
	number float64
	addr   netip.Addr
}

// state is what is left of a dimension inside of a box. held is a value in it, where one is known.
type state struct {
	absent, present bool
	tests           []valueTest
	room            *int // how much of the array of tests is taken, by whichever state goes on from there
	held            sample
	holds           bool
}

// open is the state before any condition.
func (d *domain) open() state { return state{absent: d.absent, present: d.present} }

// add narrows the state and says whether anything is left. It is lazy about values while absence is possible.
func (s *state) add(d *domain, c *constraint, work *sets.Budget) bool {
	s.absent = s.absent && c.absent
	if c.value.nothing() {
		s.present = false
	}
	if !c.value.all && s.present {
		s.test(c.value)
	}
	if s.absent {
		return true
	}
	if !s.present {
		return false
	}
	if s.holds && !s.held.absent && c.value.accepts(d, s.held, work) {
		return true
	}
	return s.solve(d, work)
}

// test adds a test. A state that goes on from another shares its tests, as long as it is the only one that does: a piece
// below thousands of Deny statements has as many.
func (s *state) test(t valueTest) {
	if s.room == nil || *s.room != len(s.tests) {
		s.tests, s.room = append(make([]valueTest, 0, len(s.tests)+2), s.tests...), new(int)
	}
	s.tests = append(s.tests, t)
	*s.room = len(s.tests)
}

// solve finds a value and says whether there is one.
func (s *state) solve(d *domain, work *sets.Budget) bool {
	s.holds = false
	if s.absent {
		s.held, s.holds = sample{absent: true}, true
		return true
	}
	if !s.present {
		return false
	}
	work.Spend(20 + len(s.tests))
	switch d.kind {
	case textDim:
		text, ok := sets.Find(s.members(d, false), d.samples, d.fill(), work)
		s.held, s.holds = sample{texts: []string{text}}, ok
	case listDim:
		texts, ok := s.list(d, work)
		s.held, s.holds = sample{texts: texts}, ok
	case addressDim:
		set := s.addresses(d)
		work.Spend(8 * len(s.tests))
		addr, ok := sets.SampleAddress(set)
		s.held, s.holds = sample{addr: addr}, ok
	case orderDim:
		n, ok := s.order(d, work)
		s.held, s.holds = sample{number: n}, ok
	}
	return s.holds
}

// members are the languages that each value must be in, or not.
func (s *state) members(d *domain, some bool) []sets.Member {
	out := append(make([]sets.Member, 0, len(d.members)+len(s.tests)), d.members...)
	for _, t := range s.tests {
		if t.lang != nil && (d.kind == textDim || t.some == some) {
			out = append(out, sets.Member{In: t.lang, Not: t.not})
		}
	}
	return out
}

// list finds values: each in every set that all must be in, and for each set that some must be in, one in it.
func (s *state) list(d *domain, work *sets.Budget) ([]string, bool) {
	every := s.members(d, false)
	var texts []string
	var wanted []sets.Member
	for _, t := range s.tests {
		if t.some && t.lang != nil {
			wanted = append(wanted, sets.Member{In: t.lang, Not: t.not})
		}
	}
	if len(wanted) == 0 || d.single {
		text, ok := sets.Find(append(every, wanted...), d.samples, d.fill(), work)
		return []string{text}, ok
	}
	for _, w := range wanted {
		text, ok := sets.Find(append(every[:len(every):len(every)], w), d.samples, d.fill(), work)
		if !ok {
			return nil, false
		}
		texts = appendNew(texts, text)
	}
	return texts, true
}

// accepts says whether a value that is held meets one more test.
func (v *valueTest) accepts(d *domain, held sample, work *sets.Budget) bool {
	if v.all {
		return !v.not
	}
	work.Spend(1)
	switch d.kind {
	case addressDim:
		return v.addresses != nil && v.addresses.Contains(held.addr) != v.not
	case orderDim:
		return v.test != nil && v.test(held.number) != v.not
	}
	if v.lang == nil {
		return false
	}
	some := v.some && d.kind == listDim
	for _, t := range held.texts {
		if in := v.lang.Contains(t, work) != v.not; in == some {
			return some
		}
	}
	return !some
}

// addresses is the set that is left.
func (s *state) addresses(d *domain) *netipx.IPSet {
	var b netipx.IPSetBuilder
	b.AddSet(d.addresses)
	for _, t := range s.tests {
		switch {
		case t.addresses == nil:
		case t.not:
			b.RemoveSet(t.addresses)
		default:
			b.Intersect(t.addresses)
		}
	}
	set, err := b.IPSet()
	if err != nil {
		return &netipx.IPSet{} // ranges come from prefixes, which are never malformed
	}
	return set
}

// order tries the points where some test may change, and between and beyond them.
func (s *state) order(d *domain, work *sets.Budget) (float64, bool) {
	points := []float64{d.from}
	for _, t := range s.tests {
		points = append(points, t.points...)
	}
	slices.Sort(points)
	points = slices.Compact(points)
	tries := []float64{d.from + 1, points[len(points)-1] + 1}
	for i, p := range points {
		if d.whole {
			tries = append(tries, math.Floor(p), math.Floor(p)+1)
			continue
		}
		tries = append(tries, p)
		if i+1 < len(points) {
			tries = append(tries, (p+points[i+1])/2)
		}
	}
	tries = append(tries, points[0]-1)
	for _, p := range tries {
		if !work.Spend(1 + len(points)/8) {
			return 0, false
		}
		if d.whole && p != math.Floor(p) {
			continue
		}
		if !slices.Contains(d.others, p) && p >= d.from && (d.to == 0 || p <= d.to) && s.ordered(p) {
			return p, true
		}
	}
	return 0, false
}

func (s *state) ordered(p float64) bool {
	for _, t := range s.tests {
		if t.test != nil && t.test(p) == t.not {
			return false
		}
	}
	return true
}

// text is the value of a sample as a condition key reads it.
func (s *sample) text(d *domain) string {
	switch d.kind {
	case addressDim:
		return s.addr.String()
	case orderDim:
		return strconv.FormatFloat(s.number, 'f', -1, 64)
	}
	if len(s.texts) == 0 {
		return ""
	}
	return sets.FromLatin(s.texts[0])
}

// fullBudget is what one analysis may spend: about a tenth of a second. Running out of it makes the answer unknown.
const fullBudget = 3_000_000

func newBudget() *sets.Budget { return &sets.Budget{Left: fullBudget} }

func clockView(key string) func(string) (string, bool) {
	return func(ms string) (string, bool) {
		f, err := strconv.ParseFloat(ms, 64)
		if err != nil {
			return "", false
		}
		if key == aws.KeyEpochTime {
			return strconv.FormatFloat(f/1000, 'f', -1, 64), true // with its fraction, so that it is still later than what it is compared with
		}
		t := time.UnixMilli(int64(f)).UTC()
		if t.Year() > 9999 {
			return strconv.FormatFloat(f/1000, 'f', -1, 64), true
		}
		return t.Format("2006-01-02T15:04:05.999Z"), true
	}
}
