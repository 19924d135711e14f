package who

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// ifAllowed are the rows of parties if the policy of a key that no input has is the document.
func (w *world) ifAllowed(k *key, doc *iam.Document, list []*party) (rows []*row, more string) {
	for _, p := range list {
		of, left := w.partyRows(k, document{doc: doc}, p)
		if left != "" {
			more = left
		}
		for _, r := range of {
			r.possible, r.witness, r.through = true, nil, r.through[1:] // the first one is the policy that is not known
			r.dependsOn = append(slices.Clone(r.dependsOn), k.depends...)
			rows = append(rows, r)
		}
	}
	return rows, more
}

// unknownPolicy is whatever callers may do with a key of whose policy nothing is known.
func unknownPolicy(k *key) *row {
	return &row{key: k, who: finding.Who{Kind: string(access.WhoStranger)}, actions: actionsOfKeys(), via: "key-policy", possible: true, anyone: true,
		dependsOn: k.depends, through: []step{{policy: k.policy, statement: -1}}}
}
