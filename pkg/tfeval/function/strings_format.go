package function

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

const maxWidth = 10_000

// format puts strings in as they are, so that tokens and positions survive; every other verb is left to the library.
func format(c *call) cty.Value {
	if len(c.args) == 0 {
		return c.wrongCount()
	}
	return c.format(c.args[0], c.args[1:])
}

func (c *call) format(pattern cty.Value, args []cty.Value) cty.Value {
	s, spans, ok := value.Text(pattern)
	if !ok || c.mayHold(s, "%") || unknown.HasHole(s) && strings.Contains(verb().ReplaceAllString(s, ""), "%") {
		return c.unknown(cty.String) // an unknown part of the pattern may be, or become, a verb
	}
	b := c.e.NewBuilder(c.at)
	next, at, used := 0, 0, 0
	for _, m := range verb().FindAllStringSubmatchIndex(s, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return s[m[2*i]:m[2*i+1]]
		}
		b.Spanned(s[at:m[0]], cut(spans, at, m[0]))
		at = m[1]
		if group(5) == "%" {
			b.Raw("%")
			continue
		}
		if n, err := strconv.Atoi(group(4)); err == nil {
			next = n - 1
		}
		if next < 0 || next >= len(args) {
			return c.fault("there are fewer arguments than verbs.")
		}
		arg := args[next]
		next++
		used = max(used, next)
		plainVerb := s[m[0]:m[1]] == "%"+group(5) || group(4) != "" && group(1)+group(2)+group(3) == ""
		c.putVerb(b, arg, group(5), "%"+group(1)+group(2)+precision(group(3), m[6] >= 0)+group(5), plainVerb)
		if b.TooLong() {
			break
		}
	}
	if strings.Contains(verb().ReplaceAllString(s, ""), "%") {
		return c.fault("the format has a malformed verb.")
	}
	if used < len(args) && !b.TooLong() {
		return c.fault("there are more arguments than verbs.")
	}
	b.Spanned(s[at:], cut(spans, at, len(s)))
	return b.Result()
}

// mayHold says whether an unknown part of a text can hold characters of part.
func (c *call) mayHold(s, part string) bool {
	return slices.ContainsFunc(unknown.Parts(s), func(p unknown.Part) bool {
		if p.Hole < 0 {
			return false
		}
		u, _ := c.e.Holes.Get(p.Hole)
		return u.Kind.MayHold(part)
	})
}

func precision(digits string, present bool) string {
	if present {
		return "." + digits
	}
	return ""
}

func (c *call) putVerb(b *value.Builder, arg cty.Value, letter, whole string, plain bool) {
	raw, _ := arg.Unmark()
	isText := raw.Type() == cty.String || raw.Type() == cty.DynamicPseudoType && !raw.IsKnown()
	if plain && (letter == "s" || letter == "v" && isText) && (raw.Type().IsPrimitiveType() || isText) && !(raw.IsKnown() && raw.IsNull()) {
		c.put(b, arg)
		return
	}
	unsure := func() { c.fails(b.Value(c.e.Derived(cty.String, whole, arg), value.FirstRange(arg, c.at))) }
	in := c.e.Plain(arg)
	if !in.IsWhollyKnown() || value.IsOpen(arg) {
		unsure()
		return
	}
	for _, n := range regexp.MustCompile(`\d+`).FindAllString(whole, -1) {
		if w, err := strconv.Atoi(n); err != nil || w > maxWidth {
			c.e.Refuse(c.at, "Text is too long", "A width in the format is too large. The text is treated as unknown.")
			c.e.Unsure++
			unsure()
			return
		}
	}
	v, err := stdlib.Format(cty.StringVal(whole), in)
	switch {
	case err != nil:
		c.fault(tfsource.Sentence(err))
	case unknown.HasHole(v.AsString()):
		unsure()
	default:
		v = value.Relocated(v, value.FirstRange(arg, c.at))
		v = value.SecretIf(value.IsSecret(arg), v)
		c.put(b, v)
	}
}

// formatList formats once for each element of its lists.
func formatList(c *call) cty.Value {
	if len(c.args) == 0 {
		return c.wrongCount()
	}
	n, isOpenList := -1, false
	lists := make([][]cty.Value, len(c.args))
	for i, a := range c.args {
		raw, _ := a.Unmark()
		if i == 0 || !value.IsSequence(raw.Type()) && (raw.IsKnown() || raw.Type() != cty.DynamicPseudoType) {
			continue
		}
		els, known, more := c.list(i)
		if !known {
			lists[i], isOpenList = []cty.Value{c.rest(a)}, true
			continue
		}
		isOpenList = isOpenList || more
		if n >= 0 && n != len(els) {
			return c.fault("the lists have different lengths.")
		}
		n = len(els)
		lists[i] = append([]cty.Value{}, values(els)...)
	}
	if n < 0 {
		n = 1
	}
	var vals []cty.Value
	for k := range n {
		row := make([]cty.Value, len(c.args)-1)
		for i := 1; i < len(c.args); i++ {
			switch {
			case lists[i] == nil:
				row[i-1] = c.args[i]
			case k < len(lists[i]):
				row[i-1] = lists[i][k]
			default:
				row[i-1] = lists[i][len(lists[i])-1]
			}
		}
		vals = append(vals, c.format(c.args[0], row))
		if c.failed != nil || !c.e.Step(1) {
			break
		}
	}
	return value.Typed(c.made(vals, isOpenList), cty.List(cty.String))
}
