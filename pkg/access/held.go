package access

import (
	"github.com/keyproof/keyproof/pkg/iam"
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
	q := newQuestion(findLeaves(doc, s).world(nil), s)
	var out []HolderFacts
	for _, st := range q.statements {
		if !st.allow {
			continue
		}
		got := q.only(st).extent()
		out = append(out, HolderFacts{Index: st.Index, AllKeys: got.all.names(keyActions), SomeKeys: got.some.names(keyActions)})
	}
	return out
}
