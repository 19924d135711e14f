package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestNotices holds that everything that is compiled in has a licence, and none that keyproof may not be released under.
func TestNotices(t *testing.T) {
	t.Chdir("../..")
	var b bytes.Buffer
	if err := notices(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"github.com/hashicorp/hcl/v2 v", "github.com/urfave/cli/v2 v", "Go, its runtime", "Mozilla Public License", "Apache License"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, bad := range []string{"go-md2man", "blackfriday"} {
		if strings.Contains(text, "/"+bad) {
			t.Errorf("%s is compiled in, and is not used", bad)
		}
	}
	for _, bad := range []string{"Business Source License", "GNU AFFERO", "GNU GENERAL PUBLIC LICENSE\n"} {
		if strings.Contains(text, bad) {
			t.Errorf("something is under the %s", bad)
		}
	}
}
