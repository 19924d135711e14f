package extract_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
)

// TestCoverage holds that the page about resource types says what the tables do.
func TestCoverage(t *testing.T) {
	const page = "../../docs/coverage.md"
	want := "# Resource types\n\n<!-- Generated from pkg/extract. Run go test ./pkg/extract -run TestCoverage -update. -->\n\n" +
		"What keyproof looks at, by the schemas of the providers `hashicorp/aws` 5.100 and 6.x (where resources have an argument `region`) and\n" +
		"`hashicorp/awscc` 1.x. AWS's own managed policies are known as they were on " + aws.ManagedPoliciesDate + ".\n" +
		"A resource type that is not on this page is not looked at.\n\n" + extract.Coverage()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale: run go test ./pkg/extract -run TestCoverage -update\n%s", page, diff)
	}
}
