package who

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/spelling"
)

// Filter picks rows. An empty list picks all; in names * stands for any text.
type Filter struct {
	Keys, Principals, Actions, Classes []string
	// Changes leaves out what is kept.
	Changes bool
}

// Of are the rows that the filter picks. Of a row that has other actions, too, those that are picked are left.
func (f Filter) Of(m *Map) []finding.Access {
	keys := m.Matching(f.Keys)
	out := []finding.Access{}
	for _, a := range m.Rows {
		switch {
		case len(f.Keys) > 0 && !slices.ContainsFunc(keys, func(k Key) bool { return k.Address == a.Key && k.Input == a.Input }) && !slices.ContainsFunc(f.Keys, func(p string) bool { return spelling.Like(p, a.Key) }):
		case len(f.Principals) > 0 && !slices.ContainsFunc(f.Principals, func(p string) bool { return Called(p, a.Who) }):
		case len(f.Classes) > 0 && !slices.Contains(f.Classes, a.Class):
		case f.Changes && (a.Change == Kept || a.Change == ""):
		default:
			if len(f.Actions) > 0 {
				a.Actions = slices.DeleteFunc(slices.Clone(a.Actions), func(x string) bool {
					return !slices.ContainsFunc(f.Actions, func(p string) bool { return evaluate.CoversAction(fullAction(p), x) })
				})
			}
			if len(a.Actions) > 0 {
				out = append(out, a)
			}
		}
	}
	return out
}

// Names is an error where the filter names an action that AWS KMS does not have, or a principal that no row and no input
// has: what is misspelt must not look like nobody.
func (f Filter) Names(m *Map) error {
	for _, name := range f.Actions {
		if !strings.ContainsAny(name, "*?") {
			if _, err := actionNamed(name); err != nil {
				return fmt.Errorf("--action: %w", err)
			}
		}
	}
	for _, name := range f.Principals {
		known := strings.ContainsAny(name, "*?") || slices.Contains(kinds, access.WhoKind(name)) || principalForm(name) != "" || m.after.partyCalled(name, 0) != nil || m.other(m.after).partyCalled(name, 0) != nil
		if !known && !slices.ContainsFunc(m.Rows, func(a finding.Access) bool { return Called(name, a.Who) }) {
			return fmt.Errorf("--principal: no principal is called %q%s", name, suggest(name, m.after.partyNames()))
		}
	}
	return nil
}

// Matching are the keys that have one of the names: address, alias, id or ARN.
func (m *Map) Matching(names []string) []Key {
	return slices.DeleteFunc(slices.Clone(m.Keys), func(k Key) bool { return !slices.ContainsFunc(names, k.Called) })
}

// Called says whether the key has a name: an address, alias, id or ARN, in which * stands for any text.
func (k Key) Called(name string) bool {
	if spelling.Like(name, k.Address) || k.ARN != "" && (spelling.Like(name, k.ARN) || spelling.Like(name, k.ID)) {
		return true
	}
	return slices.ContainsFunc(k.Aliases, func(a string) bool {
		return spelling.Like(name, a) || spelling.Like(name, strings.TrimPrefix(a, "alias/")) || strings.HasSuffix(name, ":"+a)
	})
}
