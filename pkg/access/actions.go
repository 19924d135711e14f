package access

import (
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// actionSet is a set of the actions of one kind of policy, by their index in its table.
type actionSet uint64

// A table with more actions than a set has bits does not compile.
const (
	_ = uint(64 - len(aws.KeyActions))
	_ = uint(64 - len(aws.TrustActions))
)

var (
	keyActions   = aws.KeyActions[:]
	trustActions = aws.TrustActions[:]
)

var (
	actionsOnKeys = filter(keyActions, func(a aws.Action) bool { return a.OnKey })
	assumeRole    = named(trustActions, "sts:AssumeRole")
)

// actionTable is what the actions of a kind of policy are.
func actionTable(k iam.Kind) []aws.Action {
	if k == iam.Trust {
		return trustActions
	}
	return keyActions
}

// matchActions are the actions that a pattern covers. Actions are not case-sensitive.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
func matchActions(table []aws.Action, pattern string) actionSet {
	if pattern == "*" {
		return all(table)
	}
	spelled := spelledNames(table)
	if set, ok := spelled.names[pattern]; ok {
		return set
	}
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		if set, ok := spelled.starts[start]; ok {
			return set
		}
	}
	var set actionSet
	pattern = strings.ToLower(pattern)
	names := lowered(table)
	var covered *sets.Language // made where it is needed: most patterns are a name, or a name with one star at its end
	matches := func(name string) bool {
		if covered == nil {
			covered = sets.Of(func(b *sets.Builder) { b.Glob(pattern, sets.AnyChar) })
		}
		return covered.Matches(name)
	}
	start, rest := pattern, ""
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		start, rest = pattern[:i], pattern[i:]
	}
	at, _ := slices.BinarySearchFunc(names, start, func(n lowerName, s string) int { return strings.Compare(n.name, s) })
	for ; at < len(names); at++ {
		after, ok := strings.CutPrefix(names[at].name, start)
		if !ok {
			break
		}
		if rest == "*" || rest == after || rest != "" && matches(names[at].name) {
			set |= names[at].action
		}
	}
	return set
}

// lowerName is the name of an action in lower case.
type lowerName struct {
	name   string
	action actionSet
}

// spelling are the actions of a table by what they are called in AWS's spelling, and by how their names start in it.
type spelling struct{ names, starts map[string]actionSet }

func spelledNames(table []aws.Action) spelling {
	if &table[0] == &trustActions[0] {
		return spelledTrustActions()
	}
	return spelledKeyActions()
}

func byName(table []aws.Action) spelling {
	out := spelling{make(map[string]actionSet, len(table)), make(map[string]actionSet, 8*len(table))}
	for i, a := range table {
		out.names[a.Name] = 1 << i
		for n := range len(a.Name) + 1 {
			out.starts[a.Name[:n]] |= 1 << i
		}
	}
	return out
}

var (
	spelledKeyActions   = sync.OnceValue(func() spelling { return byName(keyActions) })
	spelledTrustActions = sync.OnceValue(func() spelling { return byName(trustActions) })

	lowerKeyActions   = sync.OnceValue(func() []lowerName { return lowerNames(keyActions) })
	lowerTrustActions = sync.OnceValue(func() []lowerName { return lowerNames(trustActions) })
)

// lowered are the names of a table in order.
func lowered(table []aws.Action) []lowerName {
	if &table[0] == &trustActions[0] {
		return lowerTrustActions()
	}
	return lowerKeyActions()
}

func lowerNames(table []aws.Action) []lowerName {
	var out []lowerName
	for i, a := range table {
		out = append(out, lowerName{strings.ToLower(a.Name), 1 << i})
	}
	slices.SortFunc(out, func(a, b lowerName) int { return strings.Compare(a.name, b.name) })
	return out
}

func all(table []aws.Action) actionSet { return 1<<len(table) - 1 }

// filter are the actions of the table that are wanted.
func filter(table []aws.Action, want func(aws.Action) bool) actionSet {
	var set actionSet
	for i := range table {
		if want(table[i]) {
			set |= 1 << i
		}
	}
	return set
}

func (s actionSet) names(table []aws.Action) []string {
	if s == 0 {
		return nil
	}
	out := make([]string, 0, bits.OnesCount64(uint64(s)))
	for i := range table {
		if s&(1<<i) != 0 {
			out = append(out, table[i].Name)
		}
	}
	return out
}

// first is the index of the action that makes the best witness.
func (s actionSet) first() int { return bits.TrailingZeros64(uint64(s)) }

// named are the actions of the table with these names, spelled as there.
func named(table []aws.Action, names ...string) actionSet {
	var set actionSet
	for _, n := range names {
		set |= spelledNames(table).names[n]
	}
	return set
}

func (s actionSet) hex() string {
	var b [8]byte
	for i := range b {
		b[i] = byte(s >> (8 * i))
	}
	return string(b[:])
}
