package function

import (
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// regexCall is regex or regexall. Of a text of which parts are not known it tells what matches whatever they are.
func regexCall(all bool) function {
	library := traced(guarded(stdlib.RegexFunc), 1)
	if all {
		library = traced(guarded(stdlib.RegexAllFunc), 1)
	}
	return func(c *call) cty.Value {
		pattern, known := c.literal(0)
		text, known2 := c.textArg(1)
		if !known || !known2 {
			return library(c)
		}
		re, err := regexp.Compile(pattern)
		if err == nil && all && len(re.FindAllStringIndex(text.s, mostMatches(text.s)+1)) > mostMatches(text.s) {
			return c.tooManyMatches(cty.DynamicPseudoType)
		}
		if !unknown.HasHole(text.s) {
			return library(c)
		}
		if err != nil {
			return c.fault(tfsource.Sentence(err))
		}
		only := 1
		if all {
			only = -1
		}
		found, ok := c.matches(pattern, text, only)
		if !ok {
			return library(c)
		}
		c.certain = true
		var vals []cty.Value
		for _, m := range found {
			vals = append(vals, c.groups(re, text, m))
		}
		switch {
		case all:
			return value.Typed(c.made(vals, false), cty.List(groupsType(re)))
		case len(vals) == 0:
			return c.fault("the pattern did not match any part of the given string.")
		}
		return vals[0]
	}
}

// mostMatches bounds how often a pattern may match in a text: each match may look at all that follows.
func mostMatches(s string) int { return 1 << 25 / (len(s) + 1) }

func (c *call) tooManyMatches(ty cty.Type) cty.Value {
	return c.tooLarge(ty, "Text is too long", "The pattern matches too often in so long a text.")
}

// matches are those of the pattern in the text, whatever its unknown parts are; false where that is not certain.
func (c *call) matches(pattern string, t text, only int) ([][]int, bool) {
	found, work, ok := matches(pattern, t.pieces, only)
	return found, c.e.Step(work/64) && ok
}

// groups is what a match is as a value: the whole, or a list of its groups, or an object where they have names.
func (c *call) groups(re *regexp.Regexp, t text, m []int) cty.Value {
	if len(m) == 2 {
		return t.part(c, m[0], m[1])
	}
	var list []cty.Value
	named := map[string]cty.Value{}
	for i := 1; i < len(m)/2; i++ {
		v := cty.NullVal(cty.String)
		if m[2*i] >= 0 {
			v = t.part(c, m[2*i], m[2*i+1])
		}
		list = append(list, v)
		if name := re.SubexpNames()[i]; name != "" {
			named[name] = v
		}
	}
	if len(named) > 0 {
		return value.Object(named)
	}
	return value.Sequence(list, false)
}

// groupsType is the type of what groups returns.
func groupsType(re *regexp.Regexp) cty.Type {
	types := make([]cty.Type, re.NumSubexp())
	named := map[string]cty.Type{}
	for i, name := range re.SubexpNames()[1:] {
		types[i] = cty.String
		if name != "" {
			named[name] = cty.String
		}
	}
	switch {
	case len(types) == 0:
		return cty.String
	case len(named) > 0:
		return cty.Object(named)
	}
	return cty.Tuple(types)
}

// onePlace says of a text that it is made here.
func (c *call) onePlace(s string, spans []unknown.Span) []unknown.Span {
	return []unknown.Span{{End: len(s), Range: c.at, Sensitive: slices.ContainsFunc(spans, func(sp unknown.Span) bool { return sp.Sensitive })}}
}

// replacePattern replaces what a pattern matches.
func (c *call) replacePattern(t text, pattern string) cty.Value {
	with, _, known := c.str(2)
	if !known || c.mayHold(with, "$") {
		return c.unknown(cty.String)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return c.fault("the pattern is malformed.")
	}
	var found [][]int
	if !unknown.HasHole(t.s) {
		if found = re.FindAllStringSubmatchIndex(t.s, mostMatches(t.s)+1); len(found) > mostMatches(t.s) {
			return c.tooManyMatches(cty.String)
		}
	} else if all, ok := c.matches(pattern, t, -1); ok {
		found = all
	} else {
		return c.unknown(cty.String)
	}
	if (len(found)+1)*(len(with)+len(t.s)) > 64*c.e.Limits.Text {
		return c.tooLarge(cty.String, "Text is too long", "The text would become longer than keyproof puts together; --limit built-string=VALUE allows more.")
	}
	if len(found)*len(t.spans) > maxCuts {
		t.spans = c.onePlace(t.s, t.spans)
	}
	b := c.e.NewBuilder(c.at)
	at := 0
	for _, m := range found {
		t.put(b, at, m[0])
		at = m[1]
		if !strings.Contains(with, "$") {
			c.put(b, c.args[2])
		} else {
			b.Raw(string(re.ExpandString(nil, with, t.spelled, m)))
		}
		if b.TooLong() {
			break
		}
	}
	t.put(b, at, len(t.spelled))
	return c.e.Untoken(b.Result()).WithMarks(secrecy(c))
}

// maxCuts bounds how often the places of parts are looked at: beyond, they are all at one place.
const maxCuts = 1 << 17
