package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// providers are the identity providers that the document lets in. Allow with NotPrincipal, which AWS refuses, taken
// literally lets in every one but those named; one that anybody can use stands for those that are not.
func (q *question) providers() []string {
	var out []string
	everyone := false
	add := func(p *iam.Principals) {
		for _, e := range p.Entries {
			if e.Type.S == "Federated" {
				for _, v := range e.Values.Items {
					out = appendNew(out, v.S)
				}
			}
		}
	}
	for i := range q.statements {
		s := &q.statements[i]
		if s.Effect.S == "Allow" && s.Principal != nil {
			add(s.Principal)
		}
		everyone = everyone || s.Effect.S == "Allow" && s.Principal == nil && s.NotPrincipal != nil
	}
	if !everyone {
		return out
	}
	for i := range q.statements {
		if p := q.statements[i].Principal; p != nil {
			add(p)
		}
	}
	return appendNew(out, "arn:"+q.partitionName()+":iam::"+someAccount+":oidc-provider/"+aws.Issuers[0].Host)
}

// tokenKey resolves the keys of a request with a federated token: the claims, under the issuer's name.
func (sh *shape) tokenKey(key string) (ref, bool) {
	host, oidc := aws.ProviderHost(sh.provider)
	if claim, ok := strings.CutPrefix(key, host+":"); ok && oidc {
		return sh.claim(key, claim), true
	}
	switch {
	case key == "aws:federatedprovider":
		return fixed(sh.provider), true
	case strings.HasPrefix(key, "saml:"):
		return ref{}, false
	case isClaim(key):
		return never(), true // of another provider
	}
	return sh.networkKey(key)
}

// isClaim says whether the key is named after an identity provider: those names are hosts, and those of AWS services have
// no dots.
func isClaim(key string) bool {
	vendor, _, _ := strings.Cut(key, ":")
	return strings.Contains(vendor, ".")
}

// claim is one claim of the token. sub and aud are in every token; the others may be missing.
func (sh *shape) claim(key, name string) ref {
	shared, ok := aws.SharedIssuer(sh.provider)
	if ok && shared.Claims != nil && !slices.Contains(shared.Claims, name) {
		return never()
	}
	d := domain{present: true, absent: name != "sub" && name != "aud", samples: []string{"stranger"}}
	if name == "amr" {
		d.kind = listDim
		d.samples = []string{"unauthenticated", "authenticated"}
		if sh.guest {
			d.absent, d.single = false, true
			d.members = []sets.Member{{In: sets.Texts("unauthenticated")}}
		}
		return ref{dim: sh.dim(key, func() domain { return d }), view: wholeView, multi: true}
	}
	if ok && slices.Contains(shared.Tenants, name) {
		d.absent = slices.Contains(shared.Optional, name)
		if sh.who.account == freshAccount && !sh.guest {
			d.members = append(d.members, sets.Member{In: sh.q.lang("tenants:"+key, func() *sets.Language { return sh.q.tenants(shared, key, name) }), Not: true})
		}
		if prefix, between, ok := shared.Form(name); ok {
			d.members = append(d.members, sets.Member{In: sh.q.lang("subjects:"+key, func() *sets.Language {
				return sets.Of(func(b *sets.Builder) {
					b.Text(prefix).Plus(tenantChars).Text(between).Plus(sets.AnyChar)
				})
			})})
			d.samples = []string{prefix + "stranger" + between + "stranger"}
			if name == "sub" {
				d.samples[0] += ":ref:refs/heads/main"
			}
		}
	}
	return ref{dim: sh.dim(key, func() domain { return d }), view: wholeView}
}

// tenantKeys are the condition keys of a token that name its tenant, in lower case.
func (sh *shape) tenantKeys() []string {
	var out []string
	if iss, ok := aws.SharedIssuer(sh.provider); ok {
		for _, claim := range iss.Tenants {
			out = append(out, iss.Host+":"+claim)
		}
	}
	return out
}

// NamesTenant says whether a condition key is a claim by which the identity provider, named as in a policy, tells its
// customers apart. It is false for a provider that has only one.
func NamesTenant(provider, key string) bool {
	iss, ok := aws.SharedIssuer(provider)
	if !ok {
		return false
	}
	claim, own := strings.CutPrefix(strings.ToLower(key), iss.Host+":")
	return own && slices.Contains(iss.Tenants, claim)
}

// TenantClaim is the claim that tells the customers of an identity provider apart, by the provider's host; "" where it has
// only one.
func TenantClaim(host string) string {
	iss, ok := aws.SharedIssuer(host)
	if !ok {
		return ""
	}
	return iss.Tenants[0]
}

var tenantChars = sets.CharsOf(sets.Lower + sets.Upper + sets.Digits + "-_.@")

// tenants are the values of a claim that belong to somebody whom the document names: a text without wildcards, or a
// subject whose tenant is spelled out.
func (q *question) tenants(iss *aws.Issuer, key, claim string) *sets.Language {
	l := &sets.Language{}
	add := func(s string, prefix bool) {
		b := (&sets.Builder{IgnoreCase: true}).Text(s)
		if prefix {
			b.Run(sets.AnyChar)
		}
		l.Alternatives = append(l.Alternatives, b.Pattern())
	}
	prefix, between, formed := iss.Form(claim)
	for i := range q.statements {
		for _, c := range q.statements[i].Conditions {
			if strings.ToLower(c.Key.S) != key {
				continue
			}
			op, _ := iam.ParseOperator(c.Operator.S)
			for _, v := range c.Values.Items {
				literal := op.Name != "stringlike" || !strings.ContainsAny(v.S, "*?")
				if literal {
					add(v.S, false)
				}
				rest, ok := strings.CutPrefix(v.S, prefix)
				if !formed || !ok {
					continue
				}
				if tenant, _, ok := strings.Cut(rest, between); ok && (literal || !strings.ContainsAny(tenant, "*?")) {
					add(prefix+tenant+between, true)
				}
			}
		}
	}
	return l
}
