package yamltext_test

import (
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/keyproof/keyproof/pkg/yamltext"
)

// TestPlaces holds that each node of a document is where it says.
func TestPlaces(t *testing.T) {
	const text = `# é
plain: a b # c
"q\"": 'it''s'
flow: {a: [1, "]"], b: don't} # }
tagged: !Sub "x"
anchor: &n name
alias: *n
list:
  - 鍵: one
    two: 2
  -
    three: "3"
`
	want := map[string]bool{"a b": true, "'it''s'": true, `{a: [1, "]"], b: don't}`: true, `!Sub "x"`: true, "&n name": true, "*n": true,
		"鍵: one\n    two: 2": true, `three: "3"`: true, `"q\""`: true}
	doc, err := yamltext.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		end, ok := doc.End(n)
		if !ok {
			t.Fatalf("the end of %q is not told", n.Value)
		}
		delete(want, text[doc.Start(n):end])
		for _, in := range n.Content {
			walk(in)
		}
	}
	walk(doc.Root)
	for missing := range want {
		t.Errorf("no node is %q", missing)
	}
	doc, err = yamltext.Read("a: |\n  b\nc: d\n  e\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 3} {
		if _, ok := doc.End(doc.Root.Content[i]); ok {
			t.Errorf("the end of %q is told", doc.Root.Content[i].Value)
		}
	}
}
