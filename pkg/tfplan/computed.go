package tfplan

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// leastPart is how long a sensitive text must be to be looked for inside of others: shorter ones are in everything.
const leastPart = 4

// markComputed marks what a provider made of sensitive arguments. Terraform marks the arguments alone, but the ARN holds the name, and
// tags_all the tags. Policy documents are arguments: what of them is sensitive is marked.
func markComputed(attrs map[string]cty.Value) {
	secret := map[string]bool{}
	for _, v := range attrs {
		sensitiveTexts(v, false, secret)
	}
	if len(secret) == 0 {
		return
	}
	within := parts(secret)
	for name, v := range attrs {
		attrs[name] = eachText(v, func(v cty.Value) cty.Value {
			if s := v.AsString(); secret[s] || !isDocument(s) && within.in(s) {
				return v.Mark(unknown.Sensitive)
			}
			return v
		})
	}
}

// sensitiveTexts collects the texts in a value that are sensitive.
func sensitiveTexts(v cty.Value, whole bool, out map[string]bool) {
	whole = whole || v.HasMark(unknown.Sensitive)
	raw, _ := v.Unmark()
	switch {
	case raw == cty.NilVal || raw.IsNull() || !raw.IsKnown():
	case raw.Type() == cty.String && whole && raw.AsString() != "":
		out[raw.AsString()] = true
	case raw.CanIterateElements():
		for _, e := range raw.AsValueSlice() {
			sensitiveTexts(e, whole, out)
		}
	}
}

// eachText puts another value for each text in a value that has no mark.
func eachText(v cty.Value, to func(cty.Value) cty.Value) cty.Value {
	switch {
	case v == cty.NilVal || v.IsMarked() || v.IsNull() || !v.IsKnown():
	case v.Type() == cty.String:
		return to(v)
	case v.Type().IsObjectType() && v.LengthInt() > 0:
		attrs := v.AsValueMap()
		for name, e := range attrs {
			attrs[name] = eachText(e, to)
		}
		return cty.ObjectVal(attrs)
	case v.Type().IsTupleType() && v.LengthInt() > 0:
		elems := v.AsValueSlice()
		for i, e := range elems {
			elems[i] = eachText(e, to)
		}
		return cty.TupleVal(elems)
	}
	return v
}

// partsByLength are texts to look for, by their length: a text is looked through once for each length, however many there are.
type partsByLength map[int]map[string]bool

// parts are the texts that are long enough to be looked for inside of others, without the slashes of paths, which an ARN writes in
// its own way.
func parts(secret map[string]bool) partsByLength {
	out := partsByLength{}
	for part := range secret {
		if part = strings.Trim(part, "/"); len(part) >= leastPart {
			if out[len(part)] == nil {
				out[len(part)] = map[string]bool{}
			}
			out[len(part)][part] = true
		}
	}
	return out
}

func (p partsByLength) in(s string) bool {
	for length, texts := range p {
		for i := 0; i+length <= len(s); i++ {
			if texts[s[i:i+length]] {
				return true
			}
		}
	}
	return false
}

// secretTexts are the sensitive texts of a plan by their first bytes, so that looking for all of them takes one pass.
type secretTexts map[string][]string

// leastShared is how long a sensitive text must be to be looked for in other resources.
const leastShared = 6

func (x secretTexts) add(text string) {
	if len(text) >= leastShared {
		x[text[:leastShared]] = append(x[text[:leastShared]], text)
	}
}

// spans are the parts of a text that are sensitive texts.
func (x secretTexts) spans(s string) []unknown.Span {
	var out []unknown.Span
	for i := 0; i+leastShared <= len(s); i++ {
		for _, text := range x[s[i:i+leastShared]] {
			if strings.HasPrefix(s[i:], text) {
				out = append(out, unknown.Span{Start: i, End: i + len(text), Sensitive: true})
			}
		}
	}
	return out
}

// hideShared marks the sensitive texts of the plan wherever else they stand. A provider that makes a document of sensitive parts does
// not say that its result is, and neither is a policy that is made of that, or of an ARN.
func (r *reader) hideShared(lists ...[]*tf.Resource) {
	secret := map[string]bool{}
	for name, v := range r.given {
		if !r.open[name] {
			sensitiveTexts(v, true, secret)
		}
	}
	for _, list := range lists {
		for _, res := range list {
			if r.marked[res] {
				sensitiveTexts(res.Before, false, secret)
				sensitiveTexts(res.After, false, secret)
			}
		}
	}
	index := secretTexts{}
	for _, text := range slices.Sorted(maps.Keys(secret)) {
		index.add(text)
		if escaped, err := json.Marshal(text); err == nil && string(escaped) != `"`+text+`"` { // as it stands in a document
			index.add(strings.Trim(string(escaped), `"`))
		}
	}
	if len(index) == 0 {
		return
	}
	for _, list := range lists {
		for _, res := range list {
			res.Before, res.After = index.hide(res.Before), index.hide(res.After)
		}
	}
}

// hide marks what a value holds of the texts: a part of a document, other texts as a whole.
func (x secretTexts) hide(v cty.Value) cty.Value {
	return eachText(v, func(v cty.Value) cty.Value {
		s := v.AsString()
		spans := x.spans(s)
		switch {
		case len(spans) == 0:
			return v
		case isDocument(s):
			return v.Mark(unknown.Built{S: s, Spans: &spans})
		}
		return v.Mark(unknown.Sensitive)
	})
}

func isDocument(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), "{") }
