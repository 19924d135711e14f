package who

import "github.com/keyproof/keyproof/pkg/check"

// veilOf hides what a document must not tell. Rows are compared and joined by what they are, and hidden when they are
// written.
func veilOf(k *key, d document) check.Veil {
	return check.NewVeil(d.doc, d.policy != nil && d.policy.Sensitive, k.subject)
}
