package sets

import (
	"testing"

	"pgregory.net/rapid"
)

// TestProduct holds the search in languages against trying every short string.
func TestProduct(t *testing.T) {
	letters := rapid.SampledFrom([]string{"a", "b", "?", "*", "*a", "*b*", ":", "ab"})
	short := []string{"", "a", "b", ":", "x"}
	for at := 1; len(short) < 4000; at++ {
		for _, c := range []string{"a", "b", ":", "x"} {
			short = append(short, short[at]+c)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var members []Member
		most := 0
		for range rapid.IntRange(1, 5).Draw(t, "members") {
			m := Member{Not: rapid.Bool().Draw(t, "not"), In: &Language{}}
			for range rapid.IntRange(1, 3).Draw(t, "alternatives") {
				s := ""
				for range rapid.IntRange(0, 4).Draw(t, "elements") {
					s += letters.Draw(t, "element")
				}
				set := rapid.SampledFrom([]string{"any", "no colon"}).Draw(t, "wildcards")
				if set == "any" {
					m.In.Alternatives = append(m.In.Alternatives, (&Builder{}).Glob(s, AnyChar).Pattern())
				} else {
					m.In.Alternatives = append(m.In.Alternatives, (&Builder{}).Glob(s, NotColon).Pattern())
				}
				most = max(most, len(s))
			}
			members = append(members, m)
		}
		holds := func(s string) bool {
			for _, m := range members {
				if m.In.Matches(s) == m.Not {
					return false
				}
			}
			return true
		}
		got, ok := product(members, nil)
		if ok && !holds(got) {
			t.Fatalf("%q is not in all of %v", got, members)
		}
		for _, s := range short {
			if !holds(s) {
				continue
			}
			if !ok || len(got) > len(s) {
				t.Fatalf("%q is in all of %v, got %q %v", s, members, got, ok)
			}
			break
		}
		if again, found := Find(members, nil, "", nil); found != ok {
			t.Fatalf("find says %q %v, product %q %v", again, found, got, ok)
		}
	})
}
