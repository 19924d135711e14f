package scan_test

import (
	"slices"
	"testing"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/tfplan"
)

// Every type that policies are taken from is read from plans.
func TestTypesAreRead(t *testing.T) {
	read := tfplan.DefaultTypes()
	for _, name := range extract.Types() {
		if !slices.Contains(read, name) {
			t.Errorf("%s is not read", name)
		}
	}
}
