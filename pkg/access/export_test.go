package access

import (
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// EvaluateHolder is Evaluate for a principal that has the identity policy: nobody is named in it.
func EvaluateHolder(doc *iam.Document, req *evaluate.Request) evaluate.Decision {
	held := *doc
	held.Statements = nil
	for _, s := range doc.Statements {
		s.Principal = everyone()
		held.Statements = append(held.Statements, s)
	}
	return evaluate.Decide(&held, req)
}

// KeyActions are the actions on keys, with their classes.
func KeyActions() map[string]aws.Class {
	out := map[string]aws.Class{}
	for _, a := range keyActions {
		if a.OnKey {
			out[a.Name] = a.Class
		}
	}
	return out
}
