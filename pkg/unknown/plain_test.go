package unknown_test

import (
	"fmt"
	"testing"

	"github.com/keyproof/keyproof/pkg/unknown"
)

func TestPlain(t *testing.T) {
	token := unknown.Hole(12)
	for in, want := range map[string]string{
		"":                                   "",
		"a":                                  "a",
		"x" + token + "y" + token:            "x(not known)y(not known)",
		fmt.Sprintf("%+q is missing", token): `"(not known)" is missing`,
		token[:len(token)-3]:                 "(not known)12",
	} {
		if got := unknown.Plain(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
