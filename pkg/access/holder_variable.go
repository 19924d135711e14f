package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// forOneHolder are the questions of an identity policy about one of those who hold it, where variables in Resource tell of the holder:
// such a text is the id of one key, whichever that is, since wildcards in it are characters. least leaves these ids out, for them no
// holder has all keys; most takes them for any. Both are the question itself where there are none, and where a variable tells something
// else, may be absent in a Deny of all but a key, or has a default.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (q *question) forOneHolder() (least, most *question) {
	open := func(l *iam.List) bool {
		return slices.ContainsFunc(l.All(), func(v iam.String) bool { return q.ofHolders(v.S) })
	}
	if !q.variables || !slices.ContainsFunc(q.doc.Statements, func(s iam.Statement) bool { return open(s.Resource) || open(s.NotResource) }) {
		return q, q
	}
	ok := true
	made := func(any bool) *question {
		doc := *q.doc
		doc.Statements = slices.Clone(q.doc.Statements)
		for s := range doc.All() {
			deny := s.Effect.S != "Allow"
			ok = ok && !(deny && open(s.NotResource))
			s.Resource, s.NotResource = q.oneKeys(s.Resource, deny, any && !deny, &ok), q.oneKeys(s.NotResource, true, false, &ok)
		}
		again := newQuestion(&doc, q.Subject)
		again.work = q.work
		return again
	}
	if least, most = made(false), made(true); !ok {
		return q, q
	}
	return least, most
}

// ofHolders says whether a value has a variable that is not constant.
func (q *question) ofHolders(s string) bool {
	_, constant := q.constantPattern(q.ofAnyKey(s))
	return !constant
}

// oneKeys is a list of resources without those that are one key of the holder's, or with any key in their place. narrow says that the
// list takes away, so that nothing may stand for more.
func (q *question) oneKeys(l *iam.List, narrow, any bool, ok *bool) *iam.List {
	if l == nil {
		return nil
	}
	out := *l
	out.Items = nil
	for _, v := range l.Items {
		if q.ofHolders(v.S) {
			text, one, known := anyOfHolder(v.S)
			switch *ok = *ok && known && (one || !narrow); {
			case one && !any:
				continue
			default:
				v.S = text
			}
		}
		out.Items = append(out.Items, v)
	}
	return &out
}

// anyOfHolder is an ARN of keys with a wildcard for each variable, and whether it is that of one key in one region for each holder. It
// is not known where a variable is no property of the holder, or tells more than the region, the account or the id.
func anyOfHolder(s string) (text string, one, known bool) {
	var b strings.Builder
	one = true
	for _, p := range iam.Variables(s) {
		switch before := b.String(); {
		case p.Literal:
			b.WriteString("${" + p.Text + "}")
			continue
		case p.Key == "":
			one = one && !(strings.Contains(before+p.Text, ":key/") && strings.ContainsAny(p.Text[strings.LastIndex(p.Text, ":")+1:], "*?"))
			b.WriteString(p.Text)
			continue
		case p.HasFallback || !ofHolder(aws.Lower(p.Key)):
			return "", false, false
		case strings.Count(before, ":") == 5 && strings.Contains(before, ":key/"):
		case (strings.Count(before, ":") == 3 || strings.Count(before, ":") == 4) && strings.HasSuffix(before, ":"):
			one = false
		default:
			return "", false, false
		}
		b.WriteString("*")
	}
	return b.String(), one, true
}

// ofHolder says whether a key is a property of the caller that no request changes.
func ofHolder(key string) bool {
	return strings.HasPrefix(key, aws.KeyPrincipalTag) || key == aws.KeyUserID || key == aws.KeyUserName
}
