package extract

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// A document that is read once for several policies has the text of each, with what that one knows of its unknown parts.
func TestParseKeepsTheText(t *testing.T) {
	for name, s := range map[string]string{
		"plain":           `{"Statement":[{"Principal":{"AWS":"` + unknown.Hole(0) + `"}}]}`,
		"a repeated name": `{"Statement":[{"Effect":"Deny","Effect":"Allow","Principal":{"AWS":"` + unknown.Hole(0) + `"}}]}`,
	} {
		x := &extractor{parsed: map[string]*iam.Document{}}
		x.parse(unknown.Text{S: s, Holes: []unknown.Symbol{{Ref: "a", Kind: unknown.OwnAccount}}})
		doc := x.parse(unknown.Text{S: s, Holes: []unknown.Symbol{{Ref: "b"}}})
		if name == "a repeated name" && len(doc.Readings) != 2 {
			t.Fatalf("%s: %d readings", name, len(doc.Readings))
		}
		for _, d := range append(doc.Readings, doc) {
			if len(d.Text.Holes) != 1 || d.Text.Holes[0].Ref != "b" {
				t.Errorf("%s: the unknown part is %v", name, d.Text.Holes)
			}
		}
	}
}
