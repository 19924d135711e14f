package access

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// typeLanguage are the callers whose type compares with a policy's value.
func typeLanguage(operator, want string) *sets.Language {
	out := &sets.Language{}
	for _, t := range principalTypes {
		if textHolds(operator, want, t.name) {
			out.Alternatives = append(out.Alternatives, t.lang.Alternatives...)
		}
	}
	return out
}

// constantHolds compares a value of the policy with one that is known. valid is false where the policy's value is not what
// the operator compares.
func constantHolds(operator, want, value string) (match, valid bool) {
	switch {
	case comparesText(operator):
		return textHolds(operator, want, value), readable(operator, want)
	case operator == "bool":
		return strings.EqualFold(want, "true") == strings.EqualFold(value, "true"), true
	case operator == "ipaddress":
		p, ok := iam.ParsePrefix(want)
		a, err := netip.ParseAddr(value)
		return ok && err == nil && p.Contains(a.Unmap()), ok
	case strings.HasPrefix(operator, "numeric"):
		a, okA := iam.ParseNumber(value)
		b, okB := iam.ParseNumber(want)
		return okA && okB && related(operator, a.Cmp(b)), okB
	}
	a, okA := iam.ParseDate(value)
	b, okB := iam.ParseDate(want)
	return okA && okB && related(operator, a.Compare(b)), okB
}

// textHolds is constantHolds for the operators that compare texts: whether the value is in the language of the policy's.
func textHolds(operator, want, value string) bool {
	switch operator {
	case "arnlike":
		if !isARN(want) || !isARN(value) {
			return false
		}
	case "binaryequals":
		a, errA := base64.StdEncoding.DecodeString(want)
		b, errB := base64.StdEncoding.DecodeString(value)
		return errA == nil && errB == nil && bytes.Equal(a, b)
	}
	return sets.Of(func(b *sets.Builder) { writeValue(b, operator, want, wholeView) }).Matches(sets.ToLatin(value))
}

// related says whether an operator on numbers or dates holds where the request's value compares so with the policy's.
func related(operator string, order int) bool {
	switch strings.TrimPrefix(strings.TrimPrefix(operator, "numeric"), "date") {
	case "equals":
		return order == 0
	case "lessthan":
		return order < 0
	case "lessthanequals":
		return order <= 0
	case "greaterthan":
		return order > 0
	}
	return order >= 0
}

func comparesText(name string) bool {
	return strings.HasPrefix(name, "string") || name == "arnlike" || name == "binaryequals"
}

// readable says whether a policy's value is what the operator compares.
func readable(operator, text string) bool {
	switch operator {
	case "arnlike":
		return isARN(text)
	case "binaryequals":
		_, err := base64.StdEncoding.DecodeString(text)
		return err == nil
	}
	return true
}

// everyValue is what a key may be where it is there.
func everyValue(v *view) *sets.Language {
	if v == typeView {
		return typeLanguage("stringlike", "*")
	}
	return language(v, func(b *sets.Builder) { b.Run(v.inside) })
}

// textualPrefix are the addresses whose text matches: one address, everything, or whole leading octets and a star.
func textualPrefix(s string, like bool) ([]netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.String() == s {
		return []netip.Prefix{netip.PrefixFrom(a, a.BitLen())}, true
	}
	if !like || !strings.ContainsAny(s, "*?") {
		return nil, true // the text of a range is no address
	}
	everything := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	if strings.Trim(s, "*") == "" {
		return everything, true
	}
	octets := strings.Split(strings.TrimSuffix(s, ".*"), ".")
	if strings.HasSuffix(s, ".*") && len(octets) <= 3 {
		full := strings.Join(append(octets, "0", "0", "0")[:4], ".")
		if a, err := netip.ParseAddr(full); err == nil {
			return []netip.Prefix{netip.PrefixFrom(a, 8*len(octets))}, true
		}
	}
	return everything, false
}
