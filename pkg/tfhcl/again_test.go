package tfhcl_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// TestEditedIsReadAnew edits one file of each fixture after the other, and holds that the edited sources, which take over what is
// not edited, are what they are when all of it is read.
func TestEditedIsReadAnew(t *testing.T) {
	var dirs []string
	for _, pattern := range []string{"fixes/*", "plans/*", "rules/*/bad"} {
		found, err := filepath.Glob("../../fixtures/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, found...)
	}
	edits := strings.NewReplacer(`"*"`, `"arn:aws:iam::111122223333:root"`, "StringEqualsIfExists", "StringEquals", "true", "false", "current", "own")
	n := 0
	for _, dir := range dirs {
		before, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir}})
		if before == nil {
			continue
		}
		before.Plan(context.Background())
		for name, src := range before.Files() {
			text := []byte(edits.Replace(string(src)))
			if bytes.Equal(text, src) {
				continue
			}
			n++
			got, _ := edited(t, before, name, text).Plan(context.Background())
			anew, _ := tfhcl.Load(context.Background(), tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: dir, Edited: map[string][]byte{name: text}}})
			want, _ := anew.Plan(context.Background())
			samePlans(t, name, got, want)
		}
	}
	if n < 30 {
		t.Errorf("%d edits", n)
	}
}

func edited(t *testing.T, c *tfhcl.Config, name string, text []byte) *tfhcl.Config {
	t.Helper()
	out, _ := c.Edited(context.Background(), map[string][]byte{name: text})
	if out == nil {
		t.Fatalf("%s cannot be read again", name)
	}
	return out
}

func samePlans(t *testing.T, name string, got, want *tf.Plan) {
	t.Helper()
	by := map[string]*tf.Resource{}
	for _, r := range got.Resources {
		by[r.Address] = r
	}
	if len(by) != len(want.Resources) {
		t.Errorf("%s: %d resources, not %d", name, len(by), len(want.Resources))
	}
	for _, w := range want.Resources {
		g := by[w.Address]
		switch {
		case g == nil:
			t.Errorf("%s: %s is missing", name, w.Address)
		case !bare(g).RawEquals(bare(w)):
			t.Errorf("%s: %s is\n%#v, not\n%#v", name, w.Address, bare(g), bare(w))
		case plain(g) != plain(w):
			t.Errorf("%s: the texts of %s are\n%s, not\n%s", name, w.Address, plain(g), plain(w))
		}
	}
}

// bare are the arguments of a resource without the marks that tell where they are from.
func bare(r *tf.Resource) cty.Value {
	v, _ := r.After.UnmarkDeep()
	return v
}

// plain are the texts of the policies of a resource, without their places.
func plain(r *tf.Resource) string {
	var b strings.Builder
	if r.Source == nil {
		return ""
	}
	for _, attribute := range []string{"policy", "assume_role_policy", "statement[0]", "json", "role", "enable_key_rotation"} {
		a := r.Source.Attrs[attribute]
		if a == nil {
			continue
		}
		b.WriteString(attribute + ": ")
		for _, text := range a.Texts {
			b.WriteString(text.S + "\n")
			for _, h := range text.Holes {
				b.WriteString("  " + h.Ref + "\n")
			}
		}
	}
	return b.String()
}
