package unknown_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/unknown"
)

func TestMayEqual(t *testing.T) {
	h, k := unknown.Hole(0), unknown.Hole(1)
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"x", "x", true}, {"x", "y", false}, {"", "", true},
		{h, h, true}, {h, k, true}, {h, "x", true}, {h, "", true},
		{h + ":sub", h + ":aud", false}, {h + ":sub", k + ":aud", false}, {h + ":sub", k + ":sub", true}, {h + ":sub", h + ":subject", false},
		{h + "b", h + "ab", false}, {"b" + h, "ab" + h, false}, {"a" + h, "b" + h, false}, {h + "b" + k, h + "c" + k, false}, {h + "b" + k, k + "c" + h, true},
		{"abc" + h, "ab", false}, {"ab" + h, "abc", true}, {"a" + h + "a", "a", false}, {"a" + h + "a", "aa", true},
	} {
		if got := unknown.MayEqual(c.a, c.b); got != c.want || unknown.MayEqual(c.b, c.a) != c.want {
			t.Errorf("%q and %q: got %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
