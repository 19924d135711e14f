package function

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// verb is a verb of format: flags, width, precision, an argument number and a letter.
var verb = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`%([-+# 0]*)(\d*)(?:\.(\d*))?(?:\[(\d+)\])?([a-zA-Z%])`)
})

const maxWidth = 10_000

// format puts strings in as they are, so that tokens and positions survive; every other verb is left to the library.
func format(c *call) (cty.Value, *hcl.Diagnostic) {
	if len(c.args) == 0 {
		return c.wrongCount()
	}
	return c.format(c.args[0], c.args[1:])
}

func (c *call) format(pattern cty.Value, args []cty.Value) (cty.Value, *hcl.Diagnostic) {
	s, spans, ok := value.Text(pattern)
	if !ok || c.mayHold(s, "%") || unknown.HasHole(s) && strings.Contains(verb().ReplaceAllString(s, ""), "%") {
		return c.unknown(cty.String), nil // an unknown part of the pattern may be, or become, a verb
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
		if f := c.putVerb(b, arg, group(5), "%"+group(1)+group(2)+precision(group(3), m[6] >= 0)+group(5), plainVerb); f != nil {
			return cty.DynamicVal, f
		}
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
	return b.Result(), nil
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

func (c *call) putVerb(b *value.Builder, arg cty.Value, letter, whole string, plain bool) *hcl.Diagnostic {
	raw, _ := arg.Unmark()
	isText := raw.Type() == cty.String || raw.Type() == cty.DynamicPseudoType && !raw.IsKnown()
	if plain && (letter == "s" || letter == "v" && isText) && (raw.Type().IsPrimitiveType() || isText) && !(raw.IsKnown() && raw.IsNull()) {
		return b.Value(arg, value.FirstRange(arg, c.at))
	}
	in := c.e.Plain(arg)
	if !in.IsWhollyKnown() || value.IsOpen(arg) {
		return b.Value(c.e.Derived(cty.String, whole, arg), value.FirstRange(arg, c.at))
	}
	for _, n := range regexp.MustCompile(`\d+`).FindAllString(whole, -1) {
		if w, err := strconv.Atoi(n); err != nil || w > maxWidth {
			c.e.Refuse(c.at, "Text is too long", "A width in the format is too large. The text is treated as unknown.")
			c.e.Unsure++
			return b.Value(c.e.Derived(cty.String, whole, arg), value.FirstRange(arg, c.at))
		}
	}
	v, err := stdlib.Format(cty.StringVal(whole), in)
	if err != nil {
		_, f := c.fault(tfsource.Sentence(err))
		return f
	}
	if unknown.HasHole(v.AsString()) {
		return b.Value(c.e.Derived(cty.String, whole, arg), value.FirstRange(arg, c.at))
	}
	v = value.Relocated(v, value.FirstRange(arg, c.at))
	if value.IsSecret(arg) {
		v = value.Secret(v)
	}
	return b.Value(v, c.at)
}

// formatList formats once for each element of its lists.
func formatList(c *call) (cty.Value, *hcl.Diagnostic) {
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
		els, known, more, f := c.list(i)
		if f != nil {
			return cty.DynamicVal, f
		}
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
		v, f := c.format(c.args[0], row)
		if f != nil {
			return v, f
		}
		vals = append(vals, v)
		if !c.e.Step(1) {
			break
		}
	}
	return value.Typed(c.made(vals, isOpenList), cty.List(cty.String)), nil
}

// replace changes text around tokens; where a token could be touched it stands for another value afterwards.
func replace(c *call) (cty.Value, *hcl.Diagnostic) {
	s, spans, known, f := c.str(0)
	if f != nil {
		return cty.DynamicVal, f
	}
	old, _, known2, f := c.str(1)
	if f != nil {
		return cty.DynamicVal, f
	}
	if len(c.args) != 3 {
		return c.wrongCount()
	}
	if !known || !known2 || unknown.HasHole(old) || unknown.HasHole(s) && len(old) > 4096 {
		return c.unknown(cty.String), nil
	}
	if old == "" {
		return c.replaceEverywhere(s)
	}
	if len(old) > 1 && strings.HasPrefix(old, "/") && strings.HasSuffix(old, "/") {
		return c.replacePattern(s, old[1:len(old)-1])
	}
	times := strings.Count(s, old)
	switch {
	case times > value.MaxValues:
		return c.tooLarge(cty.String, "Text is too long", fmt.Sprintf("The text that is looked for stands there more than %d times.", value.MaxValues))
	case !c.e.Step(walks * times):
		return c.unknown(cty.String), nil
	case times*len(spans) > maxCuts:
		spans = []unknown.Span{{End: len(s), Range: c.at, Sensitive: slices.ContainsFunc(spans, func(sp unknown.Span) bool { return sp.Sensitive })}}
	}
	return c.replaceAround(c.e.NewBuilder(c.at), s, spans, old)
}

// maxCuts bounds how often the places of parts are looked at: beyond, they are all at one place.
const maxCuts = 1 << 17

// replaceEverywhere puts the replacement before every character and at the end, which is what an empty text means.
func (c *call) replaceEverywhere(s string) (cty.Value, *hcl.Diagnostic) {
	with, _, known, f := c.str(2)
	switch {
	case f != nil:
		return cty.DynamicVal, f
	case !known || unknown.HasHole(s) || unknown.HasHole(with):
		return c.unknown(cty.String), nil
	case (len(s)+1)*(len(with)+1) > c.e.Limits.Text:
		return c.tooLarge(cty.String, "Text is too long", "The text would become longer than keyproof puts together; --limit built-string=VALUE allows more.")
	}
	return value.Located(cty.StringVal(strings.ReplaceAll(s, "", with)), c.at).WithMarks(secrecy(c)), nil
}

// replaceIn appends s[from:to] with the replacements made.
func (c *call) replaceIn(b *value.Builder, s string, spans []unknown.Span, old string, from, to int) *hcl.Diagnostic {
	for at := from; ; {
		i := strings.Index(s[at:to], old)
		if i < 0 {
			b.Spanned(s[at:to], cut(spans, at, to))
			return nil
		}
		b.Spanned(s[at:at+i], cut(spans, at, at+i))
		if f := b.Value(c.args[2], value.FirstRange(c.args[2], c.at)); f != nil || b.TooLong() {
			return f
		}
		at += i + len(old)
	}
}

// replaceAround replaces in the text between tokens. It gives up where an occurrence might begin in the text and end in
// a token, or the other way round.
func (c *call) replaceAround(b *value.Builder, s string, spans []unknown.Span, old string) (cty.Value, *hcl.Diagnostic) {
	at := 0
	parts := unknown.Parts(s)
	for i, p := range parts {
		if p.Hole < 0 {
			if f := c.replaceIn(b, s, spans, old, at, at+len(p.Text)); f != nil {
				return cty.DynamicVal, f
			}
			at += len(p.Text)
			continue
		}
		before, after := "", ""
		if i > 0 {
			before = parts[i-1].Text
		}
		if after = parts[min(i+1, len(parts)-1)].Text; i+2 >= len(parts) {
			after += "\x00" // nothing follows
		}
		u, _ := c.e.Holes.Get(p.Hole)
		if reaches(u.Kind, before, after, old) {
			return c.unknown(cty.String), nil
		}
		n := len(unknown.Hole(p.Hole))
		if holds(u.Kind, old) {
			b.Raw(c.altered(p.Hole))
		} else {
			b.Spanned(s[at:at+n], cut(spans, at, at+n))
		}
		at += n
	}
	return c.e.Untoken(b.Result()), nil
}

// holds says whether a value of the kind may consist of the characters of the text. Of a value that nothing is known of
// it is taken for granted, as everywhere, that it does not end the JSON string that it stands in.
func holds(k unknown.Kind, text string) bool {
	if k == unknown.AnyText {
		return !strings.Contains(text, `"`)
	}
	for _, r := range text {
		if !k.MayHold(string(r)) {
			return false
		}
	}
	return true
}

// reaches says whether an occurrence of the text may lie partly in a value of the kind and partly in the text around it.
func reaches(k unknown.Kind, before, after, old string) bool {
	for n := 1; n < len(old); n++ {
		if strings.HasSuffix(before, old[:n]) && fits(k, old[n:], after) {
			return true
		}
		if holds(k, old[:n]) && continues(after, old[n:]) {
			return true
		}
	}
	return false
}

// fits says whether a value of the kind, and the text after it, may begin with the rest of an occurrence.
func fits(k unknown.Kind, rest, after string) bool {
	for m := 0; m <= len(rest) && holds(k, rest[:m]); m++ {
		if m == 0 && k != unknown.AnyText {
			continue // it is not empty
		}
		if continues(after, rest[m:]) {
			return true
		}
	}
	return false
}

// continues says whether the text begins with the rest of an occurrence, or may, because it ends before it differs.
func continues(after, rest string) bool {
	return strings.HasPrefix(after, rest) || strings.HasPrefix(rest, after)
}

func (c *call) replacePattern(s, pattern string) (cty.Value, *hcl.Diagnostic) {
	with, _, known, f := c.str(2)
	if f != nil {
		return cty.DynamicVal, f
	}
	if !known || unknown.HasHole(s) || unknown.HasHole(with) {
		return c.unknown(cty.String), nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return c.fault("the pattern is malformed.")
	}
	if (len(re.FindAllStringIndex(s, -1))+1)*(len(with)+len(s)) > 64*c.e.Limits.Text {
		return c.tooLarge(cty.String, "Text is too long", "The text would become longer than keyproof puts together; --limit built-string=VALUE allows more.")
	}
	out := cty.StringVal(re.ReplaceAllString(s, with))
	return value.Located(out, c.at).WithMarks(secrecy(c)), nil
}
