package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// holderKey resolves the keys of requests that a holder of an identity policy makes. Only tags and aliases tie a request
// to particular keys; a key of which nothing is known has none.
func (sh *shape) holderKey(key string) (ref, bool) {
	if sh.anyKey && (strings.HasPrefix(key, "aws:resourcetag/") || key == "kms:resourcealiases") {
		return never(), true
	}
	return ref{}, false
}

// resourceKind is what the actions of an identity policy are about.
type resourceKind int

const (
	keyResource resourceKind = iota
	aliasResource
	noResource // actions that are about no resource, such as kms:ListKeys
)

var aliasActions = []string{"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"}

// resourceDim adds the resources that a statement of an identity policy covers.
func (sh *shape) resourceDim(b *box) bool {
	q := sh.q
	dim := sh.dim("resource", func() domain { return q.resources(sh.about, sh.anyKey) })
	add := func(l *iam.List, not bool) {
		t := valueTest{lang: &language{}, not: not}
		for _, r := range l.Items {
			pattern, ok := q.constantPattern(r.S)
			switch {
			case !ok:
				q.inexact = "a Resource with the variable " + r.S
				pattern = "*"
				if b.deny != not {
					continue
				}
				fallthrough
			case pattern == "*":
				t.lang.alts = append(t.lang.alts, (&builder{}).run(anyChar).pattern())
			default:
				if pb, ok := (&builder{}).arn(pattern); ok {
					t.lang.alts = append(t.lang.alts, pb.pattern())
				}
			}
		}
		b.where = append(b.where, constraint{dim: dim, value: t})
	}
	s := b.statement
	if s.Resource == nil && s.NotResource == nil {
		return false
	}
	if s.Resource != nil {
		add(s.Resource, false)
	}
	if s.NotResource != nil {
		add(s.NotResource, true)
	}
	return true
}

// resources are the ARNs of keys, or of aliases. fresh leaves out the keys that the document names one by one.
func (q *question) resources(about resourceKind, fresh bool) domain {
	arn := func(b *builder) *builder {
		partitionOf(b, q.partition)
		return b.text(":kms:").plus(chars(lower+digit+"-")).text(":").times(digits, 12)
	}
	d := domain{present: true, samples: []string{"arn:aws:kms:us-east-1:" + q.stranger + ":key/00000000-1111-2222-3333-444444444444"}}
	switch about {
	case keyResource:
		d.members = []member{{lang: lang(func(b *builder) { arn(b).text(":key/").plus(chars(lower + upper + digit + "-")) })}}
	case aliasResource:
		d.members = []member{{lang: lang(func(b *builder) { arn(b).text(":alias/").plus(printable) })}}
		d.samples = nil
	default:
		d.members, d.samples = []member{{lang: texts("*")}}, []string{"*"}
	}
	if !fresh {
		return d
	}
	l := &language{}
	for i := range q.statements {
		for _, list := range []*iam.List{q.statements[i].Resource, q.statements[i].NotResource} {
			if list == nil {
				continue
			}
			for _, r := range list.Items {
				if _, id, ok := strings.Cut(r.S, ":key/"); ok && !strings.ContainsAny(id, "*?$") {
					l.alts = append(l.alts, (&builder{}).run(anyChar).text(":key/").text(id).pattern())
				}
			}
		}
	}
	d.members = append(d.members, member{lang: l, not: true})
	return d
}

// holders are the shapes of an identity policy's requests.
func (q *question) holder(about resourceKind, anyKey bool) []*shape {
	return []*shape{{q: q, caller: holderCaller, who: audience{account: anyAccount, org: anyOrg, net: anyNetwork}, about: about, anyKey: anyKey}}
}

// decideIdentity finds out how far an identity policy reaches.
func (q *question) decideIdentity() Result {
	var r Result
	r.Public = No
	onKey := filter(keyActions, func(a action) bool { return a.onKey })
	broad := q.ask(q.holder(keyResource, true), onKey)
	named := q.ask(q.holder(keyResource, false), onKey)
	r.AllKeys = broad.open.names(keyActions)
	r.SomeKeys = named.open.names(keyActions)
	r.AllActions = named.open == onKey
	worse := broad.open & filter(keyActions, func(a action) bool { return a.class != Metadata })
	other := named.open
	if other == 0 {
		other |= q.ask(q.holder(aliasResource, false), namedActions(aliasActions)).open
		other |= q.ask(q.holder(noResource, false), all(keyActions)&^onKey).open
	}
	switch {
	case worse != 0:
		r.Verdict = Broad
		r.explain(q, &broad)
		r.Witness = nil // nobody is let in by an identity policy alone
	case other != 0:
		r.Verdict = Scoped
	default:
		r.Verdict = None
	}
	return r
}

func namedActions(names []string) actionSet { return named(keyActions, names...) }
