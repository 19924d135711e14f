package fix

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// within says whether all actions are among some patterns of actions.
func within(actions, patterns []string) bool {
	return !slices.ContainsFunc(actions, func(a string) bool {
		return !slices.ContainsFunc(patterns, func(p string) bool {
			before, open := strings.CutSuffix(lower(p), "*")
			return open && strings.HasPrefix(lower(a), before) || lower(a) == lower(p)
		})
	})
}

// perhaps says whether an action may be one of a list: wherever a wildcard stands in one, and what is not known.
func perhaps(action string, of *iam.List) bool {
	return slices.ContainsFunc(of.Items, func(a iam.String) bool {
		open := strings.TrimSuffix(a.S, "*")
		return !a.Known() || strings.ContainsAny(open, "*?") || within([]string{action}, []string{a.S})
	})
}
