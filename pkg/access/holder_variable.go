package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// forOneHolder is the question of an identity policy about one of those who hold it: a variable that tells of the holder is one text
// for him, in which wildcards are characters, so that it is the id of one key at most.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (q *question) forOneHolder() *question {
	if !q.variables {
		return q
	}
	doc := *q.doc
	doc.Statements = slices.Clone(q.doc.Statements)
	var ids []string
	changed := false
	list := func(l *iam.List, wider bool) *iam.List {
		if l == nil {
			return nil
		}
		out := *l
		out.Items = slices.Clone(l.Items)
		for i := range out.Items {
			v := &out.Items[i]
			if _, constant := q.constantPattern(q.ofAnyKey(v.S)); constant {
				continue
			}
			if text, ok := q.ofHolder(v.S, wider, &ids); ok {
				v.S, changed = text, true
			}
		}
		return &out
	}
	for s := range doc.All() {
		deny := s.Effect.S == "Deny"
		s.Resource, s.NotResource = list(s.Resource, !deny), list(s.NotResource, deny)
	}
	if !changed {
		return q
	}
	again := newQuestion(&doc, q.Subject)
	again.work = q.work
	return again
}

// ofHolder is an ARN of keys with texts for the variables that tell of the holder: ids has those of which one is in the place of a
// key's id. A region or account is any where that matches more, and wider says that it may; else the value is left to be both.
func (q *question) ofHolder(s string, wider bool, ids *[]string) (string, bool) {
	var b strings.Builder
	for _, p := range iam.Variables(s) {
		if p.Literal {
			b.WriteString("${" + p.Text + "}")
			continue
		}
		if v, ok := q.constant(aws.Lower(p.Key)); p.Key == "" || ok {
			b.WriteString(p.Text + v)
			continue
		}
		switch before := b.String(); strings.Count(before, ":") {
		case 3, 4:
			if !wider || !strings.HasSuffix(before, ":") {
				return "", false
			}
			b.WriteString("*")
		case 5:
			if !strings.Contains(before, ":key/") {
				return "", false
			}
			*ids = appendNew(*ids, aws.Lower(p.Key))
			fmt.Fprintf(&b, "0d1e2f3a-0000-4000-8000-%012d", slices.Index(*ids, aws.Lower(p.Key)))
		default:
			return "", false
		}
	}
	return b.String(), true
}
