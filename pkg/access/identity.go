package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// holderKey resolves the keys of requests that a holder of an identity policy makes. Only tags and aliases tie a request
// to particular keys; a key of which nothing is known has none.
func (sh *shape) holderKey(key string) (ref, bool) {
	if sh.anyKey && (strings.HasPrefix(key, "aws:resourcetag/") || key == "kms:resourcealiases" || key == "kms:requestalias") {
		return never(), true
	}
	if key == "aws:resourceaccount" && sh.about != noResource {
		return ref{dim: sh.keyDim(), view: accountView}, true
	}
	if key == "aws:principalisawsservice" {
		return fixed("false"), true
	}
	return ref{}, false
}

// keyDim is what a request of a holder is about.
func (sh *shape) keyDim() int {
	return sh.dim("resource", func() domain { return sh.q.resources(sh.about, sh.anyKey) })
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
	dim := sh.keyDim()
	add := func(l *iam.List, not bool) {
		t := valueTest{lang: &sets.Language{}, not: not}
		for _, r := range l.Items {
			pattern, ok := q.constantPattern(q.anyAccount(r.S))
			if !ok {
				if q.variableResource(r.S, b.deny) == not {
					continue
				}
				pattern = "*"
			}
			t.lang.Alternatives = append(t.lang.Alternatives, resourceLanguage(pattern, true).Alternatives...)
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

// anyAccount is a Resource with a wildcard for the account of the key itself, which is always equal to it.
func (q *question) anyAccount(s string) string {
	const account = ":${aws:resourceaccount}:"
	i := strings.Index(strings.ToLower(s), account)
	if !q.variables || i < 0 || strings.Count(s[:i+1], ":") != 4 {
		return s
	}
	return s[:i+1] + "*" + s[i+len(account)-1:]
}

// resources are the ARNs of keys, or of aliases. fresh leaves out the keys that the document names one by one.
func (q *question) resources(about resourceKind, fresh bool) domain {
	arn := func(b *sets.Builder) *sets.Builder {
		partitionOf(b, q.partition)
		return b.Text(":kms:").Plus(sets.WordDash).Text(":").Times(sets.Digit, 12)
	}
	d := domain{present: true, samples: []string{"arn:aws:kms:us-east-1:" + q.stranger + ":key/00000000-1111-2222-3333-444444444444"}}
	switch about {
	case keyResource:
		d.members = []sets.Member{{In: sets.Of(func(b *sets.Builder) {
			arn(b).Text(":key/").Plus(keyIDChars)
		})}}
	case aliasResource:
		d.members = []sets.Member{{In: sets.Of(func(b *sets.Builder) { arn(b).Text(":alias/").Plus(printable) })}}
		d.samples = nil
	default:
		d.members, d.samples = []sets.Member{{In: sets.Texts("*")}}, []string{"*"}
	}
	if !fresh {
		return d
	}
	l := &sets.Language{}
	for i := range q.statements {
		for _, list := range []*iam.List{q.statements[i].Resource, q.statements[i].NotResource} {
			if list == nil {
				continue
			}
			for _, r := range list.Items {
				if _, id, ok := strings.Cut(r.S, ":key/"); ok && !strings.ContainsAny(id, "*?$") {
					l.Alternatives = append(l.Alternatives, (&sets.Builder{}).Run(sets.AnyChar).Text(":key/").Text(id).Pattern())
				}
			}
		}
	}
	d.members = append(d.members, sets.Member{In: l, Not: true})
	return d
}

// holders are the shapes of an identity policy's requests.
func (q *question) holder(about resourceKind, anyKey bool) []*shape {
	return []*shape{{q: q, caller: holderCaller, who: audience{account: anyAccount, org: anyOrg, net: anyNetwork}, about: about, anyKey: anyKey}}
}

// extent is what an identity policy allows.
type extent struct {
	all, some, other actionSet // on all keys, on any, on what is no key
	answer           answer
}

func (q *question) extent() extent {
	onKey := filter(keyActions, func(a aws.Action) bool { return a.OnKey })
	r := extent{answer: q.ask(q.holder(keyResource, true), onKey)}
	r.all = r.answer.open
	r.some = r.all | q.ask(q.holder(keyResource, false), onKey).open
	if r.some == 0 {
		r.other = q.ask(q.holder(aliasResource, false), named(keyActions, aliasActions...)).open |
			q.ask(q.holder(noResource, false), all(keyActions)&^onKey).open
	}
	return r
}

func (r extent) verdict() Verdict {
	switch {
	case r.all&filter(keyActions, func(a aws.Action) bool { return a.Class != aws.Metadata }) != 0:
		return Broad
	case r.some|r.other != 0:
		return Scoped
	}
	return None
}

// decideIdentity finds out how far an identity policy reaches.
func (q *question) decideIdentity() Result {
	got := q.extent()
	verdict := got.verdict()
	reason := ""
	if q.inexact != "" {
		least, most := q.bounds(got)
		got, verdict = least, least.verdict()
		if most != verdict {
			verdict, reason = Unknown, "it depends on "+q.inexact
		}
	}
	r := Result{Statement: -1, Public: No, Verdict: verdict, Reason: reason}
	r.AllKeys = got.all.names(keyActions)
	r.SomeKeys = got.some.names(keyActions)
	r.AllActions = got.some == actionsOnKeys && (got.all == got.some || q.everythingOnOne())
	if verdict == Broad && got.answer.piece != nil {
		r.explain(q, &got.answer)
		r.Witness = nil // nobody is let in by an identity policy alone
	}
	return r
}

// bounds are what is certainly allowed, and the verdict on what may be, where a comparison of two free values decides.
func (q *question) bounds(got extent) (extent, Verdict) {
	read := func(r reading, preferred string) (extent, *question) {
		again := newQuestion(q.doc, q.Subject)
		again.work, again.reading, again.preferred = q.work, r, preferred
		return again.extent(), again
	}
	most, _ := read(loose, "")
	least, _ := read(strict, "")
	add := func(r extent, asked *question) {
		if asked.overread {
			return
		}
		if least.answer.piece == nil {
			least.answer = r.answer
		}
		least.all, least.some, least.other = least.all|r.all, least.some|r.some, least.other|r.other
	}
	add(got, q)
	for _, value := range q.candidates() {
		if least.all == most.all && least.some == most.some && least.other == most.other || q.work.Over() {
			break // no candidate can add anything
		}
		add(read(pinned, value))
	}
	return least, most.verdict()
}
