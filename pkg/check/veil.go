package check

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// Hidden stands for a value that must not be printed.
const Hidden = hidden

// propertyOf stands between the condition key of a property that is not known and the key or role that has it.
const propertyOf = " of "

// Veil keeps what is sensitive in documents, or shaped by something sensitive, out of what is made of them. The zero value
// hides nothing.
type Veil struct{ of []*judged }

// NewVeil is the veil of one document about the subject. Sensitive says that nothing of the document may be shown.
func NewVeil(doc *iam.Document, sensitive bool, s access.Subject) Veil {
	if !sensitive && !doc.Text.SensitiveAt(0, len(doc.Text.S)) {
		return Veil{}
	}
	return Veil{[]*judged{{doc: doc, sensitive: sensitive, subject: s}}}
}

// With is the veil of the documents of both.
func (v Veil) With(o Veil) Veil { return Veil{slices.Concat(v.of, o.of)} }

// Name is the name of a caller as it may be shown.
func (v Veil) Name(name string) string {
	if len(v.of) == 0 || name == "" || v.told(name) {
		return name
	}
	return hidden
}

// told says whether a document has a text in the open.
func (v Veil) told(text string) bool {
	found := false
	for _, j := range v.of {
		j.leaves(func(s iam.String) {
			found = found || s.Set && strings.Contains(strings.ToLower(j.masked(s)), strings.ToLower(text))
		})
	}
	return found
}

// Depends are what an answer depends on, as it may be shown: some of it are names of the documents that are in no table.
func (v Veil) Depends(list []string) []string {
	var out []string
	seen := make(map[string]bool, len(list))
	for _, name := range list {
		if property, of, ok := strings.Cut(name, propertyOf); v.hides(name) {
			name = hidden
		} else if ok && v.hides(property) {
			name = hidden + propertyOf + of
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// hides says whether a text stands in a document, and nowhere in the open.
func (v Veil) hides(text string) bool {
	return text != "" && slices.ContainsFunc(v.of, func(j *judged) bool { return j.inside(text) }) && !v.told(text)
}

// Actions are actions as they may be shown.
func (v Veil) Actions(list []string) []string {
	for _, j := range v.of {
		list = j.shownActions(list)
	}
	return list
}

// Condition is a condition that still binds, as it may be shown.
func (v Veil) Condition(c access.RowCondition) access.RowCondition {
	if len(v.of) == 0 {
		return c
	}
	t := topicsOf(v.of)
	values := slices.Clone(c.Values)
	for i, s := range values {
		if t.hides(topic(c.Key)) && !v.told(s) {
			values[i] = hidden
		}
	}
	c.Values = slices.Compact(values)
	if t.operators && !t.all && !v.told(c.Operator) {
		c.Operator = hidden
	}
	if !t.tells(c.Key) {
		c.Key, c.Values = hidden, []string{hidden}
	}
	return c
}

// Witness is a request as it may be shown.
func (v Veil) Witness(r *evaluate.Request) *finding.Witness {
	if len(v.of) == 0 {
		return (&judged{doc: &iam.Document{}}).witness(r)
	}
	return v.of[0].witness(r, v.of[1:]...)
}
