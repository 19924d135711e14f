package function

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

func split(c *call) cty.Value {
	sep, known := c.literal(0)
	t, known2 := c.textArg(1)
	if !known || !known2 || sep == "" && unknown.HasHole(t.s) {
		return c.unknown(cty.List(cty.String))
	}
	exact := c.encounters(t, sep) == apart
	if !exact && (len(sep) != 1 || len(t.pieces) == 1) {
		return c.unknown(cty.List(cty.String)) // a longer one may reach into what is known
	}
	var vals []cty.Value
	at, head, tail, isOpen := 0, 0, 0, false
	for _, p := range strings.Split(t.spelled, sep) {
		if exact || !t.mayHold(sep, at, at+len(p)) {
			vals = append(vals, t.part(c, at, at+len(p)))
			tail++
		} else { // one element or more
			vals = append(vals, c.e.Derived(cty.String, "split", t.part(c, at, at+len(p))))
			isOpen, tail = true, 0
		}
		if !isOpen {
			head++
		}
		at += len(p) + len(sep)
	}
	return value.Typed(value.WithEnds(c.made(vals, isOpen), head, tail), cty.List(cty.String))
}

// mayHold says whether what is not known in a part of the text may hold a character.
func (t text) mayHold(char string, from, to int) bool {
	return slices.ContainsFunc(t.pieces, func(p piece) bool {
		return p.vague && p.from >= from && p.to <= to && (p.kind == unknown.AnyText || p.holds(rune(char[0])))
	})
}

// encounters says how an occurrence of what is looked for may lie towards the parts of the text that are not known.
func (c *call) encounters(t text, part string) encounter {
	for i, p := range t.pieces {
		if !p.vague {
			continue
		}
		if p.kind == unknown.AnyText || !c.e.Step(1+len(part)/walks) {
			return inside
		}
		if found := meets(t.pieces[max(0, i-1):i], p, t.pieces[i+1:], part); found != apart {
			return found
		}
	}
	return apart
}

// untouched says that no token of s can hold, or be part of, an occurrence of the text.
func (c *call) untouched(s, text string) bool { return c.encounters(c.textOf(s, nil), text) == apart }

func join(c *call) cty.Value {
	if len(c.args) == 0 {
		return c.wrongCount()
	}
	sep, sepSpans, known := c.str(0)
	b := c.e.NewBuilder(c.at)
	first := true
	for i := 1; i < len(c.args); i++ {
		els, knownList, more := c.list(i)
		if !knownList || more {
			return c.unknown(cty.String)
		}
		for _, el := range els {
			switch {
			case first:
			case known:
				b.Spanned(sep, sepSpans)
			default:
				c.fails(b.Value(c.args[0], c.at))
			}
			first = false
			if c.put(b, el.Value); c.failed != nil || b.TooLong() {
				return b.Result()
			}
		}
	}
	return b.Result()
}
