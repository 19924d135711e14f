package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// tenantNames collects the values of a claim that belong to the tenants whom a document names.
type tenantNames struct {
	iss *aws.Issuer
	out *sets.Language
}

// tenants are the values of a claim that belong to somebody whom the document names. Whoever wrote a pattern is no stranger,
// either: repo:acme* is by acme.
func (q *question) tenants(iss *aws.Issuer, t aws.Tenant, key string) *sets.Language {
	n := tenantNames{iss: iss, out: &sets.Language{}}
	q.valuesOf(key, func(v string, pattern bool) {
		if len(t.Forms) == 0 && !pattern {
			n.out.Add((&sets.Builder{IgnoreCase: true}).Text(v))
		}
		for _, f := range t.Forms {
			n.find(f, v, pattern)
		}
		if iss.Parts {
			n.numbers(t.Forms, v)
		}
	})
	return n.out
}

// valuesOf are the values that the document compares a key with; pattern says that there is a wildcard in one.
func (q *question) valuesOf(key string, do func(v string, pattern bool)) {
	for c, v := range compared(q.statements, key) {
		text := v.S
		if c.op.Name == "stringequalsignorecase" {
			text = strings.ToLower(text) // as all forms are
		}
		if c.op.Name == "stringlike" { // what is not known may be a wildcard there, and then names nobody
			text = strings.ReplaceAll(text, string(sets.AnyRun), "*")
		}
		do(text, c.op.Name == "stringlike" && strings.ContainsAny(text, "*?"))
	}
}

// find notes the tenants that a value names in one form.
func (n *tenantNames) find(f aws.Naming, v string, pattern bool) {
	for at := 0; at <= len(v); at++ {
		i := indexOf(v[at:], f.Prefix, pattern)
		if i < 0 || f.Prefix == "" && at > 0 {
			return
		}
		at += i
		if at > 0 && (!n.iss.Parts || !strings.ContainsAny(v[at-1:at], ":*")) {
			continue
		}
		name, ended := v[at+len(f.Prefix):], false
		if end := strings.IndexAny(name, f.Ends); f.Ends != "" && end >= 0 {
			name, ended = name[:end], true
		}
		switch wild := pattern && strings.ContainsAny(name, "*?"); {
		case wild && strings.Contains(name, "?"):
		case wild:
			author := strings.ReplaceAll(name, "*", "")
			n.add(f, author)
			n.add(f, strings.Trim(author, "-_"))
		case ended || f.Whole:
			n.add(f, name)
		}
	}
}

// indexOf is where a text begins in a value, -1 where it does not; in a pattern "?" stands for any character.
func indexOf(v, text string, pattern bool) int {
	if !pattern || !strings.Contains(v, "?") {
		return strings.Index(v, text)
	}
	for i := 0; i+len(text) <= len(v); i++ {
		same := 0
		for same < len(text) && (v[i+same] == text[same] || v[i+same] == '?') {
			same++
		}
		if same == len(text) {
			return i
		}
	}
	return -1
}

// add notes one tenant by its name.
func (n *tenantNames) add(f aws.Naming, name string) {
	if name == "" {
		return
	}
	begin := func() *sets.Builder {
		b := &sets.Builder{IgnoreCase: true}
		if n.iss.Parts && f.Prefix != "" {
			b.Run(sets.AnyChar)
		}
		return b.Text(f.Prefix + name)
	}
	for _, end := range f.Ends {
		n.out.Add(begin().Text(string(end)).Run(sets.AnyChar))
	}
	if f.Whole {
		n.out.Add(begin())
	}
}

// numbers notes the owners and repositories that are named by their numbers: OWNER@1/REPOSITORY@2. Their names have no @ and
// no colon; what stands behind the first colon, such as a branch, may have an @ that a stranger chose.
func (n *tenantNames) numbers(forms []aws.Naming, v string) {
	for rest := v; ; {
		_, after, ok := strings.Cut(rest, "@")
		if !ok {
			return
		}
		if end := strings.IndexAny(after, "/:"); end > 0 && strings.Trim(after[:end], sets.Digits) == "" {
			for _, f := range forms {
				if strings.Contains(f.Ends, "/") {
					b := &sets.Builder{IgnoreCase: true}
					if f.Prefix != "" {
						b.Run(sets.AnyChar).Text(f.Prefix)
					}
					n.out.Add(b.Run(sets.NotColon).Text("@" + after[:end+1]).Run(sets.AnyChar))
				}
			}
		}
		rest = after
	}
}

// fitted are values of a stranger that may fit the patterns of the document.
func (q *question) fitted(key string) []string {
	var out []string
	q.valuesOf(key, func(v string, pattern bool) {
		before, after, ok := strings.Cut(strings.ReplaceAll(v, "?", "x"), "*")
		if !pattern || !ok {
			return
		}
		name := "stranger"
		if before != "" && letter(before[len(before)-1]) {
			name = "-" + name
		}
		if after != "" && letter(after[0]) {
			name += "-"
		}
		for _, fill := range []string{name, name + "/stranger:ref:refs/heads/main", name + "/stranger", name + ":stranger", "repo:stranger/stranger", "repo:stranger/stranger:ref:refs/heads/main"} {
			for _, more := range []string{"stranger", ""} {
				out = append(out, before+fill+strings.ReplaceAll(after, "*", more))
			}
		}
	})
	return out
}

func letter(c byte) bool { return strings.IndexByte(sets.Lower+sets.Upper+sets.Digits, c) >= 0 }
