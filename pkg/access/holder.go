package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// holderKey resolves the keys of requests that a holder of an identity policy makes. Only tags and aliases tie a request
// to particular keys; a key of which nothing is known has none.
func (sh *shape) holderKey(key string) (ref, bool) {
	if sh.anyKey && (strings.HasPrefix(key, aws.KeyResourceTag) || key == aws.KeyResourceAliases || key == aws.KeyRequestAlias) {
		return never(), true
	}
	switch key {
	case aws.KeyViaAWSService:
		return ref{}, false
	case aws.KeyResourceAccount:
		if sh.about != noResource {
			return ref{dim: sh.keyDim(), view: accountView}, true
		}
	case aws.KeyRequestedRegion:
		if sh.about != noResource && !strings.Contains(sh.q.Resource, ownRegionStandIn) {
			return ref{dim: sh.keyDim(), view: regionView}, true
		}
	}
	return sh.accountKey(key)
}

// keyDim is what a request of a holder is about.
func (sh *shape) keyDim() int {
	return sh.dim("resource", func() domain { return sh.q.resources(sh.about, sh.anyKey) })
}

var aliasActions = []string{"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"}

// ofAnyKey is a Resource with wildcards for the region and the account of the key itself, which are always equal to it: a key
// is called in its region.
func (q *question) ofAnyKey(s string) string {
	for i, variable := range []string{":${aws:requestedregion}:", ":${aws:resourceaccount}:"} {
		if at := strings.Index(strings.ToLower(s), variable); q.variables && at >= 0 && strings.Count(s[:at+1], ":") == 3+i {
			s = s[:at+1] + "*" + s[at+len(variable)-1:]
		}
	}
	return s
}

// resources are the ARNs of keys, or of aliases. fresh leaves out the keys that the document names one by one.
func (q *question) resources(about resourceKind, fresh bool) domain {
	arn := func(b *sets.Builder) *sets.Builder {
		partitionOf(b, q.Partition)
		return b.Text(":kms:").Plus(sets.WordDash).Text(":").Times(sets.Digit, 12)
	}
	d := domain{present: true, samples: []string{"arn:aws:kms:us-east-1:" + q.stranger + ":key/00000000-1111-2222-3333-444444444444"}}
	switch about {
	case keyResource:
		d.members = []sets.Member{{In: q.lang("keys", func() *sets.Language {
			return sets.Of(func(b *sets.Builder) { arn(b).Text(":key/").Plus(keyIDChars) })
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
	for _, s := range q.statements {
		for _, r := range slices.Concat(s.Resource.All(), s.NotResource.All()) {
			if _, id, ok := strings.Cut(r.S, ":key/"); ok && !strings.ContainsAny(id, "*?$") {
				l.Add((&sets.Builder{}).Run(sets.AnyChar).Text(":key/").Text(id))
			}
		}
	}
	d.members = append(d.members, sets.Member{In: l, Not: true})
	return d
}

// holders are the shapes of an identity policy's requests.
func (q *question) holder(about resourceKind, anyKey bool) []*shape {
	return []*shape{{q: q, caller: holderCaller, who: anyone, about: about, anyKey: anyKey}}
}
