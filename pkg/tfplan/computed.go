package tfplan

import (
	"strings"

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
	for name, v := range attrs {
		attrs[name] = withComputed(v, secret)
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
		for it := raw.ElementIterator(); it.Next(); {
			_, e := it.Element()
			sensitiveTexts(e, whole, out)
		}
	}
}

func withComputed(v cty.Value, secret map[string]bool) cty.Value {
	switch {
	case v == cty.NilVal || v.IsMarked() || v.IsNull() || !v.IsKnown():
	case v.Type() == cty.String:
		if holdsAny(v.AsString(), secret) {
			return v.Mark(unknown.Sensitive)
		}
	case v.Type().IsObjectType() && v.LengthInt() > 0:
		attrs := v.AsValueMap()
		for name, e := range attrs {
			attrs[name] = withComputed(e, secret)
		}
		return cty.ObjectVal(attrs)
	case v.Type().IsTupleType() && v.LengthInt() > 0:
		elems := v.AsValueSlice()
		for i, e := range elems {
			elems[i] = withComputed(e, secret)
		}
		return cty.TupleVal(elems)
	}
	return v
}

func holdsAny(s string, secret map[string]bool) bool {
	if secret[s] {
		return true
	}
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		return false
	}
	for part := range secret {
		part = strings.Trim(part, "/") // an ARN writes the slashes of a path in its own way
		if len(part) >= leastPart && strings.Contains(s, part) {
			return true
		}
	}
	return false
}
