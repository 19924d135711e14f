package function

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

func split(c *call) (cty.Value, *hcl.Diagnostic) {
	sep, _, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	t, known2, f := c.textArg(1)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known || !known2 || unknown.HasHole(sep) || sep == "" && unknown.HasHole(t.s) {
		return c.unknown(cty.List(cty.String)), nil
	}
	exact := c.encounters(t, sep) == apart
	if !exact && (len(sep) != 1 || len(t.pieces) == 1) {
		return c.unknown(cty.List(cty.String)), nil // a longer one may reach into what is known
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
	return value.Typed(value.WithEnds(c.made(vals, isOpen), head, tail), cty.List(cty.String)), nil
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

func join(c *call) (cty.Value, *hcl.Diagnostic) {
	sep, sepSpans, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	b := c.e.NewBuilder(c.at)
	first := true
	put := func(v cty.Value) *hcl.Diagnostic {
		if !first {
			if !known {
				if f := b.Value(c.args[0], c.at); f != nil {
					return f
				}
			} else {
				b.Spanned(sep, sepSpans)
			}
		}
		first = false
		return b.Value(v, value.FirstRange(v, c.at))
	}
	for i := 1; i < len(c.args); i++ {
		els, knownList, more, f := c.list(i)
		if f != nil {
			return cty.DynamicVal, f
		}
		if !knownList || more {
			return c.unknown(cty.String), nil
		}
		for _, el := range els {
			if f := put(el.Value); f != nil {
				return cty.DynamicVal, f
			}
			if b.TooLong() {
				return b.Result(), nil
			}
		}
	}
	return b.Result(), nil
}
