package extract_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestReadDocuments renders the policy documents that the provider read while planning from their arguments: the text
// must be the provider's own. KEYPROOF_TEST_PLANS may name more plans.
func TestReadDocuments(t *testing.T) {
	n := 0
	for _, path := range plansToTest(t) {
		for _, res := range readPlan(t, path).Read {
			want, ok := unknown.String(res.After, "json")
			if res.Type != "aws_iam_policy_document" || !ok {
				continue
			}
			n++
			got, diags := iam.RenderDocument(res.After, new(unknown.Holes))
			if diags.HasErrors() || got.S != want {
				t.Errorf("%s: %s: %v\ngot  %s\nwant %s", path, res.Address, diags, got.S, want)
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d documents were found", n)
	}
	t.Logf("%d documents", n)
}
