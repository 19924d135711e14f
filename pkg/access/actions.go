package access

import (
	"encoding/binary"
	"math/bits"
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
	spelled := spelledNames(table)
	if set, ok := spelled.names[pattern]; ok {
		return set
	}
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		if set := spelled.starts[start]; set != 0 {
			return set
		}
	}
	pattern = strings.ToLower(pattern)
	start, rest := pattern, ""
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		start, rest = pattern[:i], pattern[i:]
	}
	covered := sync.OnceValue(func() *sets.Language {
		return sets.Of(func(b *sets.Builder) { b.Glob(pattern, sets.AnyChar) })
	})
	var set actionSet
	for i, name := range spelled.lower {
		after, ok := strings.CutPrefix(name, start)
		if ok && (after == rest || rest != "" && covered().Matches(name)) {
			set |= 1 << i
		}
	}
	return set
}

// spelling are the actions of a table by what they are called in AWS's spelling, and by how their names start in it; lower are the
// names in lower case.
type spelling struct {
	names, starts map[string]actionSet
	lower         []string
}

func spelledNames(table []aws.Action) spelling {
	if &table[0] == &trustActions[0] {
		return spelledTrustActions()
	}
	return spelledKeyActions()
}

func byName(table []aws.Action) spelling {
	out := spelling{names: make(map[string]actionSet, len(table)), starts: make(map[string]actionSet, 8*len(table))}
	for i, a := range table {
		out.names[a.Name] = 1 << i
		out.lower = append(out.lower, strings.ToLower(a.Name))
		for n := range len(a.Name) + 1 {
			out.starts[a.Name[:n]] |= 1 << i
		}
	}
	return out
}

var (
	spelledKeyActions   = sync.OnceValue(func() spelling { return byName(keyActions) })
	spelledTrustActions = sync.OnceValue(func() spelling { return byName(trustActions) })
)

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
	return string(binary.LittleEndian.AppendUint64(nil, uint64(s)))
}
