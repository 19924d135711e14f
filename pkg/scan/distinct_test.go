package scan

import (
	"fmt"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

func TestDistinct(t *testing.T) {
	var many hcl.Diagnostics
	for i := range 3 * mostAlike {
		d := &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "A name that nobody knows", Detail: fmt.Sprint(i)}
		many = append(many, d, d, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "A name that nobody knows", Detail: fmt.Sprint(i % 3)})
	}
	got := distinct(many)
	if len(got) != mostAlike+3+1 {
		t.Errorf("%d diagnostics are left", len(got))
	}
	if last := got[len(got)-1]; last.Detail != fmt.Sprintf("There are %d more of these.", 2*mostAlike) || last.Severity != hcl.DiagWarning {
		t.Errorf("the last one is %v", last)
	}
}

func TestDistinctNames(t *testing.T) {
	var many hcl.Diagnostics
	for i := range 3 * mostTold {
		many = append(many, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("There is no rule %d", i)})
	}
	got := distinct(many)
	if last := got[len(got)-1]; len(got) != mostTold+1 || last.Summary != "More problems" || last.Detail != fmt.Sprintf("There are %d more of these.", 2*mostTold) || last.Severity != hcl.DiagError {
		t.Errorf("%d diagnostics are left, the last one is %v", len(got), last)
	}
}
