package access

import (
	"iter"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// question is one document and what its analysis needs.
type question struct {
	Subject
	doc       *iam.Document
	table     []aws.Action
	variables bool
	constants map[string]string
	whole     []string // beginnings of keys, in lower case, that requests have only where they are constants
	families  map[string]family
	work      *sets.Budget

	accounts, foreign, trusted []string // account ids: named by the document; of these untrusted; own and trusted
	orgs, foreignOrgs          []string
	trustedOrgs                []string
	ids                        []string // VPCs, endpoints
	uniqueIDs                  []string
	roleID                     string   // of the only caller, "" where it is not known
	measured                   []string // hashes of roles and instances that enclaves run on
	bareARNs                   []string // literal source ARNs without an account
	stranger                   string   // a fresh account id
	sessions                   bool     // whether a principal of the document is a session of a role
	owned                      bool     // what conditions write out of a service's request is not a stranger's
	statements                 []*statement
	also                       []*statement // of documents that have their say, too, or that this one is compared with
	// reading is how comparisons of two values that the caller chooses are taken.
	reading reading
	// preferred is the value to try first for a key that is compared with another one, "" for none.
	preferred string
	inexact   string // what could not be decided exactly, "" if nothing
	// overread says that more may have been let in than is.
	overread bool
	langs    map[string]*sets.Language
	spelled  map[string]string
	variable bool       // some value has one
	forms    []aws.Form // see ways
}

// reading is how a comparison of two values that the caller chooses is taken: a condition with a variable, or a Resource
// with one.
type reading int

const (
	pinned reading = iota // one of the values is fixed
	loose                 // it lets in as many as it can: it holds in an Allow and fails in a Deny
	strict                // it lets in as few as it can
)

// holds says whether a comparison holds that is not decided.
func (q *question) holds(deny bool) bool { return deny == (q.reading == strict) }

// family is how the operators of the document compare a key.
type family int

const (
	textFamily family = iota
	numericFamily
	dateFamily
	addressFamily
)

// lacks says whether no request has a key, which is no constant.
func (q *question) lacks(key string) bool {
	return slices.ContainsFunc(q.whole, func(w string) bool { return strings.HasPrefix(key, w) })
}

// constant is the value of a key, in lower case, that every request has. Of names that differ in upper and lower case the
// first in order counts.
func (q *question) constant(key string) (string, bool) {
	if v, ok := q.constants[key]; ok {
		return v, true
	}
	name := ""
	for k := range q.Constants {
		if len(k) == len(key) && (name == "" || k < name) && strings.EqualFold(k, key) {
			name = k
		}
	}
	return q.Constants[name], name != ""
}

// lang keeps a language that several shapes use, so that it is built once and can be told by its identity.
func (q *question) lang(name string, make func() *sets.Language) *sets.Language {
	l, ok := q.langs[name]
	if !ok {
		l = make()
		q.langs[name] = l
	}
	return l
}

// each keeps a language of a pattern for each of some texts, see lang.
func (q *question) each(name string, list []string, write func(b *sets.Builder, s string)) *sets.Language {
	return q.lang(name, func() *sets.Language { return sets.Each(list, write) })
}

// mentioned says whether a condition or a variable of the document names the key, in lower case.
func (q *question) mentioned(key string) bool { _, ok := q.spellings()[key]; return ok }

// spelling is how the document writes a key, or how AWS does.
func (q *question) spelling(key string) string {
	if s, ok := q.spellings()[key]; ok {
		return s
	}
	info, _ := aws.Describe(key)
	return info.Name
}

// substitutes says whether a value of the document has a variable.
func (q *question) substitutes() bool { q.spellings(); return q.variable }

func (q *question) spellings() map[string]string {
	if q.spelled != nil {
		return q.spelled
	}
	q.spelled = map[string]string{}
	statements := slices.Concat(q.statements, q.also)
	for _, s := range statements {
		for i := range s.conditions {
			if c := &s.conditions[i]; q.spelled[c.key] == "" {
				q.spelled[c.key] = c.Key.S
			}
		}
	}
	if !q.variables {
		return q.spelled
	}
	for _, s := range statements {
		for i := range s.conditions {
			if s.conditions[i].free {
				q.noteVariables(&s.conditions[i].Values)
			}
		}
		q.noteVariables(s.Resource)
		q.noteVariables(s.NotResource)
	}
	return q.spelled
}

// noteVariables notes the keys that variables in a list name.
func (q *question) noteVariables(l *iam.List) {
	for _, v := range l.All() {
		if !strings.Contains(v.S, "${") {
			continue
		}
		q.variable = true
		for _, p := range iam.Variables(v.S) {
			if lower := aws.Lower(p.Key); p.Key != "" && q.spelled[lower] == "" {
				q.spelled[lower] = p.Key
			}
		}
	}
}

// compared are the values that conditions of the statements compare a key with.
func compared(statements []*statement, key string) iter.Seq2[*condition, iam.String] {
	return func(yield func(*condition, iam.String) bool) {
		for _, s := range statements {
			for i := range s.conditions {
				for k := 0; s.conditions[i].key == key && k < len(s.conditions[i].Values.Items); k++ {
					if !yield(&s.conditions[i], s.conditions[i].Values.Items[k]) {
						return
					}
				}
			}
		}
	}
}

// constantPattern puts the properties of the resource into a value, and returns false where another variable stands.
func (q *question) constantPattern(s string) (string, bool) {
	if !q.variables || !strings.Contains(s, "${") {
		return s, true
	}
	var b strings.Builder
	for _, part := range iam.Variables(s) {
		if part.Key == "" {
			b.WriteString(spelled(part))
			continue
		}
		v, ok := q.constant(aws.Lower(part.Key))
		if !ok {
			return "", false
		}
		b.WriteString(sets.Literal(v))
	}
	return b.String(), true
}

// describe is what is known of a condition key, from the user or from the tables.
func (q *question) describe(key string) (aws.Key, bool) {
	if info, told := q.Keys[key]; told {
		return info, true
	}
	return aws.Describe(key)
}
