package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// HolderFacts are what one Allow statement of an identity policy allows, after every Deny of the document. What is not
// known before apply allows nothing.
type HolderFacts struct {
	// Index is the statement's, from 0.
	Index int
	// AllKeys are the actions on all keys, SomeKeys those on any.
	AllKeys, SomeKeys []string
}

// Held finds the facts of each Allow statement of an identity policy.
func Held(doc *iam.Document, s Subject) []HolderFacts {
	if doc.Opaque {
		return nil
	}
	s = s.complete(doc)
	world := findLeaves(doc, s).world(nil)
	q := newQuestion(world, s)
	var out []HolderFacts
	for i := range world.Statements {
		st := &world.Statements[i]
		if st.Effect.S != "Allow" {
			continue
		}
		got := q.only(st).extent()
		out = append(out, HolderFacts{Index: st.Index, AllKeys: got.all.names(keyActions), SomeKeys: got.some.names(keyActions)})
	}
	return out
}

// everythingOnOne says whether an identity policy allows every action on one and the same key: one that it names, or one
// that a statement's pattern covers.
func (q *question) everythingOnOne() bool {
	ask := func(statements []iam.Statement, key string) answer {
		one := q.of(statements)
		shapes := one.holder(keyResource, false)
		if key != "" {
			i := shapes[0].keyDim()
			shapes[0].dims[i].members = append(shapes[0].dims[i].members, sets.Member{In: sets.Texts(key)})
			shapes[0].limits = append(shapes[0].limits, i)
		}
		return one.ask(shapes, actionsOnKeys)
	}
	var keys []string
	var denies []iam.Statement
	for _, st := range q.statements {
		if st.Effect.S == "Deny" {
			denies = append(denies, st)
		}
	}
	for _, st := range q.statements {
		if st.Effect.S != "Allow" {
			continue
		}
		if st.Resource != nil {
			for _, v := range st.Resource.Items {
				if strings.Contains(v.S, ":key/") && !strings.ContainsAny(v.S, "*?$") {
					keys = appendNew(keys, v.S)
				}
			}
		}
		if a := ask(append([]iam.Statement{st}, denies...), ""); a.piece != nil {
			if w := a.heldIn("resource"); w != "" {
				keys = appendNew(keys, w)
			}
		}
	}
	return slices.ContainsFunc(keys, func(key string) bool { return ask(q.statements, key).open == actionsOnKeys })
}

// heldIn is the value of a dimension in the request that the answer found.
func (a *answer) heldIn(name string) string {
	i, ok := a.sh.names.find(name)
	if !ok || i >= len(a.piece.states) {
		return ""
	}
	st := a.piece.states[i]
	if !st.solve(&a.sh.dims[i], &sets.Budget{Left: fullBudget}) {
		return ""
	}
	return st.held.text(&a.sh.dims[i])
}
