package unknown

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Origin is the cty mark of a value that was written at Range, as a literal or as the expression that gave it.
type Origin struct{ Range hcl.Range }

// Ref is the cty mark of an unknown value: what decides it. A value that depends on several carries several.
type Ref struct{ Symbol }

// Built is the cty mark of a string that was put together: where its parts come from. Marks ride along with whatever is
// made of a value, so the spans hold only for a string that equals S.
type Built struct {
	S     string
	Spans *[]Span
}

// Holes numbers the unknown values that tokens in strings stand for. The zero value is empty and ready to use.
type Holes struct {
	list  []Symbol
	index map[Symbol]int
}

// Add returns the token for u. Equal unknowns share one.
func (h *Holes) Add(u Symbol) string {
	i, ok := h.index[u]
	if !ok {
		if h.index == nil {
			h.index = map[Symbol]int{}
		}
		i = len(h.list)
		h.index[u] = i
		h.list = append(h.list, u)
	}
	return Hole(i)
}

// All are the unknowns in the order of their numbers.
func (h *Holes) All() []Symbol { return h.list }

// Get returns the unknown with that number.
func (h *Holes) Get(i int) (Symbol, bool) {
	if h == nil || i < 0 || i >= len(h.list) {
		return Symbol{}, false
	}
	return h.list[i], true
}

// Text makes a Text of a string whose tokens are numbered by h: its holes are numbered from 0 in order of appearance.
// A token that h does not know becomes a hole of kind AnyText without a name.
func (h *Holes) Text(s string, spans []Span) Text {
	if !HasHole(s) {
		return Text{S: s, Spans: spans}
	}
	t := Text{Spans: make([]Span, len(spans))}
	copy(t.Spans, spans)
	seen := map[int]int{}
	var b strings.Builder
	type shift struct{ at, by int }
	var shifts []shift
	in := 0
	for _, p := range Parts(s) {
		if p.Hole < 0 {
			b.WriteString(p.Text)
			in += len(p.Text)
			continue
		}
		n, ok := seen[p.Hole]
		if !ok {
			n = len(t.Holes)
			seen[p.Hole] = n
			u, _ := h.Get(p.Hole)
			t.Holes = append(t.Holes, u)
		}
		b.WriteString(Hole(n))
		in += len(holeStart) + len(strconv.Itoa(p.Hole)) + len(holeEnd)
		shifts = append(shifts, shift{in, b.Len() - in})
	}
	for i := range t.Spans {
		for _, sh := range shifts {
			if sh.at <= spans[i].Start {
				t.Spans[i].Start = spans[i].Start + sh.by
			}
			if sh.at <= spans[i].End {
				t.Spans[i].End = spans[i].End + sh.by
			}
		}
	}
	t.S = b.String()
	return t
}

// Marks are the marks of this package on one value.
type Marks struct {
	Sensitive bool
	Origins   []hcl.Range
	Refs      []Symbol
	Built     []Built
}

// Unmark takes the marks off a value (not off what is inside it) and returns both. Origins and refs are in a fixed order.
func Unmark(v cty.Value) (cty.Value, Marks) {
	v, marks := v.Unmark()
	var m Marks
	for mk := range marks {
		switch mk := mk.(type) {
		case mark:
			m.Sensitive = true
		case Origin:
			m.Origins = append(m.Origins, mk.Range)
		case Ref:
			m.Refs = append(m.Refs, mk.Symbol)
		case Built:
			m.Built = append(m.Built, mk)
		}
	}
	sortRanges(m.Origins)
	sortUnknowns(m.Refs)
	return v, m
}
