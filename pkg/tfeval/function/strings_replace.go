package function

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// replace changes text around tokens; where a token could be touched it stands for another value afterwards.
func replace(c *call) cty.Value {
	t, known := c.textArg(0)
	find, known2 := c.textArg(1)
	old := find.s
	if at, ok := c.wholeValue(t, old); ok {
		return c.replaceWhole(t, at)
	}
	if !known || !known2 || unknown.HasHole(old) || unknown.HasHole(t.s) && len(old) > 4096 {
		return c.unknown(cty.String)
	}
	if old == "" {
		return c.replaceEverywhere(t.s)
	}
	if len(old) > 1 && strings.HasPrefix(old, "/") && strings.HasSuffix(old, "/") {
		return c.replacePattern(t, old[1:len(old)-1])
	}
	times := strings.Count(t.spelled, old)
	switch {
	case times > value.MaxValues:
		return c.tooLarge(cty.String, "Text is too long", fmt.Sprintf("The text that is looked for stands there more than %d times.", value.MaxValues))
	case !c.e.Step(walks * times):
		return c.unknown(cty.String)
	case times*(len(t.spans)+len(t.stretches)) > maxCuts:
		t.spans = c.onePlace(t.s, t.spans)
	}
	return c.replaceAround(t, old)
}

// replaceEverywhere puts the replacement before every character and at the end, which is what an empty text means.
func (c *call) replaceEverywhere(s string) cty.Value {
	with, known := c.literal(2)
	switch {
	case !known || unknown.HasHole(s):
		return c.unknown(cty.String)
	case (len(s)+1)*(len(with)+1) > c.e.Limits.Text:
		return c.tooLarge(cty.String, "Text is too long", "The text would become longer than keyproof puts together; --limit built-string=VALUE allows more.")
	}
	return cty.StringVal(strings.ReplaceAll(s, "", with))
}

// replaceAround replaces in the text between what is not known. It gives up where an occurrence might begin in the text and end
// in a value that is not known, or the other way round.
func (c *call) replaceAround(t text, old string) cty.Value {
	b := c.e.NewBuilder(c.at)
	at := 0
	for i, p := range t.pieces {
		if p.vague {
			if !c.e.Step(len(old)) {
				return c.unknown(cty.String)
			}
			switch meets(t.pieces[max(0, i-1):i], p, t.pieces[i+1:], old) {
			case across:
				return c.unknown(cty.String)
			case inside:
				t.put(b, at, p.from)
				switch c.isWhole(p, old) {
				case value.Yes:
					c.put(b, c.args[2])
				case value.No:
					t.put(b, p.from, p.to)
				default:
					b.Raw(c.altered(p.hole))
				}
				at = p.to
			}
			continue
		}
		for from := p.from; ; {
			n := strings.Index(t.spelled[from:p.to], old)
			if n < 0 {
				break
			}
			t.put(b, at, from+n)
			c.put(b, c.args[2])
			if b.TooLong() {
				return b.Result()
			}
			from += n + len(old)
			at = from
		}
	}
	t.put(b, at, len(t.spelled))
	return c.e.Untoken(b.Result())
}

// isWhole asks whether a value that is as long as what is looked for is just that, as the id of an account may be.
func (c *call) isWhole(p piece, old string) value.Outcome {
	if p.kind.Length() != len(old) {
		return value.Undecided
	}
	u, _ := c.e.Holes.Get(p.hole)
	is := c.e.Equal(value.UnknownOf(cty.String, u), cty.StringVal(old))
	return c.lib.env.Decide(value.Choice{Key: value.Signature(is), Condition: fmt.Sprintf("the account of %s == %q", u.Ref, old), Waits: []string{u.Ref}})
}

// wholeValue finds the one part of the text that is the value that is looked for, where that is the id of a key or the own
// account and no other part can hold it.
func (c *call) wholeValue(t text, old string) (piece, bool) {
	parts := unknown.Parts(old)
	if len(parts) != 1 || parts[0].Hole < 0 {
		return piece{}, false
	}
	u, _ := c.e.Holes.Get(parts[0].Hole)
	if u.Kind != unknown.OwnAccount && (u.Kind != unknown.KeyID || u.Of == "") {
		return piece{}, false
	}
	var found []piece
	for _, p := range t.pieces {
		v, _ := c.e.Holes.Get(p.hole)
		same := v.Kind == u.Kind && (u.Kind == unknown.KeyID && v.SameInstance(u.Of, u.Index) && u.SameInstance(v.Of, v.Index) || u.Kind == unknown.OwnAccount && v.Provider == u.Provider && v.Account == u.Account)
		switch {
		case p.vague && same:
			found = append(found, p)
		case p.vague && (p.kind == u.Kind || !slices.Contains(apartKinds, p.kind)), !p.vague && longNumber().MatchString(p.text):
			return piece{}, false
		}
	}
	if len(found) != 1 {
		return piece{}, false
	}
	return found[0], true
}

// apartKinds are the kinds of values that do not hold the id of an account or key beside something else.
var apartKinds = []unknown.Kind{unknown.OwnAccount, unknown.KeyID, unknown.PartitionID, unknown.RegionName}

// longNumber finds what may be the id of an account, or a part of that of a key.
var longNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[0-9a-f]{12}`) })

// replaceWhole puts the replacement in the place of one part.
func (c *call) replaceWhole(t text, p piece) cty.Value {
	b := c.e.NewBuilder(c.at)
	t.put(b, 0, p.from)
	c.put(b, c.args[2])
	t.put(b, p.to, len(t.spelled))
	return c.e.Untoken(b.Result())
}
