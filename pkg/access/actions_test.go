package access

import (
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
)

// TestPatternsOfActions holds what is looked up against the plain evaluator, for every beginning of every name.
func TestPatternsOfActions(t *testing.T) {
	for _, table := range [][]aws.Action{keyActions, trustActions} {
		for _, a := range table {
			for n := range len(a.Name) + 1 {
				for _, end := range []string{"", "*", "?", "?*", "*y*"} {
					for _, pattern := range []string{a.Name[:n] + end, strings.ToLower(a.Name[:n]) + end} {
						want := filter(table, func(o aws.Action) bool { return evaluate.CoversAction(pattern, o.Name) })
						if got := matchActions(table, pattern); got != want {
							t.Errorf("%s covers %v, not %v", pattern, want.names(table), got.names(table))
						}
					}
				}
			}
		}
	}
}
