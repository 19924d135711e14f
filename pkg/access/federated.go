package access

import (
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
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
	for _, s := range q.statements {
		if s.allow && s.Principal != nil {
			add(s.Principal)
		}
		everyone = everyone || s.allow && s.Principal == nil && s.NotPrincipal != nil
	}
	if !everyone {
		return out
	}
	for _, s := range q.statements {
		if s.Principal != nil {
			add(s.Principal)
		}
	}
	return appendNew(out, "arn:"+q.partition()+":iam::"+someAccount+":oidc-provider/"+aws.Issuers[0].Host)
}

// issuer is what is known of the provider of a token, nil where nothing is.
func (q *question) issuer(provider string) *aws.Issuer {
	iss, _ := aws.FindIssuer(provider, q.SharedIssuers)
	return iss
}

// tokenKey resolves the keys of a request with a federated token: the claims, under the issuer's name.
func (sh *shape) tokenKey(key string) (ref, bool) {
	host, oidc := aws.ProviderHost(sh.provider)
	if claim, ok := claimOf(host, key); ok && oidc {
		return sh.claim(key, claim), true
	}
	if _, names := sh.q.issuer(sh.provider).Tenant(key); names {
		return sh.claim(key, key), true
	}
	switch {
	case key == aws.KeyFederatedProvider:
		return fixed(sh.provider), true
	case strings.HasPrefix(key, "saml:"):
		return ref{}, false
	case isClaim(key):
		return never(), true // of another provider
	}
	return sh.networkKey(key)
}

// claim is one claim of the token. sub, aud and what names the tenant are in every token; the others may be missing.
func (sh *shape) claim(key, name string) ref {
	iss := sh.q.issuer(sh.provider)
	tenant, names := iss.Tenant(name)
	told := sh.q.Keys[key]
	known, _ := aws.FindIssuer(sh.provider, nil)
	d := domain{present: true, absent: name != "sub" && name != "aud" && !names, samples: []string{"stranger"}}
	r := ref{view: wholeView}
	switch {
	case name == "amr":
		d.kind, r.multi = listDim, true
		d.samples = []string{"unauthenticated", "authenticated"}
		if sh.guest {
			d.absent, d.single = false, true
			d.members = []sets.Member{{In: sets.Texts("unauthenticated")}}
		}
	case sh.q.families[key] == numericFamily:
		d.kind, r.number, d.absent = orderDim, true, !names || slices.Contains(iss.Optional, name)
		if names && sh.who.account == freshAccount {
			sh.q.valuesOf(key, func(v string, _ bool) {
				if rat, ok := iam.ParseNumber(v); ok {
					n, _ := rat.Float64()
					d.others = append(d.others, n)
				}
			})
		}
	case names:
		d.absent = slices.Contains(iss.Optional, name)
		sh.tenant(&d, iss, tenant, key)
	case told.Assigned:
		sh.tenant(&d, &aws.Issuer{}, aws.Tenant{Claim: name}, key)
	}
	if t, named := iss.Tenant("sub"); name == "sub" && sh.who.account == freshAccount && iss.Shared() && iss == known && (!named || len(t.Forms) == 0) {
		// Its subjects have a form of their own, and one that is not known here is one subject, which is no stranger's.
		d.members = append(d.members, sets.Member{In: otherSubjects(), Not: true})
	}
	r.dim = sh.dim(key, func() domain { return d })
	return r
}

// tenant limits a claim to what the provider makes it of, and for a stranger to what nobody has whom the document names.
func (sh *shape) tenant(d *domain, iss *aws.Issuer, t aws.Tenant, key string) {
	if len(t.Forms) > 0 {
		in := sh.q.lang("subjects:"+key, func() *sets.Language { return subjects(iss, t) })
		if sh.who.account != freshAccount {
			in = sh.q.lang("fixed subjects:"+key, func() *sets.Language { return sh.q.orFixed(subjects(iss, t), key) })
		}
		d.members = append(d.members, sets.Member{In: in})
		if long := sh.q.lang("too long:"+key, func() *sets.Language { return tooLong(iss, t) }); len(long.Alternatives) > 0 {
			d.members = append(d.members, sets.Member{In: long, Not: true})
		}
		f := t.Forms[0]
		d.samples = []string{f.Prefix + "stranger"}
		if f.Digits {
			d.samples = []string{f.Prefix + sh.q.stranger}
		}
		if f.Ends != "" {
			d.samples[0] += f.Ends[:1] + "stranger"
		}
		if t.Claim == "sub" && iss.Parts {
			d.samples[0] += ":ref:refs/heads/main"
		}
	}
	if sh.who.account == freshAccount && (!sh.guest || t.Claim == "sub") { // anybody may be a guest, but each has an id of its own
		d.members = append(d.members, sets.Member{In: sh.q.lang("tenants:"+key, func() *sets.Language { return sh.q.tenants(iss, t, key) }), Not: true})
		d.samples = append(d.samples, sh.q.fitted(key)...)
	}
}

// orFixed is the language and what the document compares the claim with and is not known: it is a value of the claim,
// whichever, that is not a stranger's.
func (q *question) orFixed(l *sets.Language, key string) *sets.Language {
	q.valuesOf(key, func(v string, _ bool) {
		if unknown.HasFixed(v) {
			l.Add((&sets.Builder{IgnoreCase: true}).Glob(v, sets.AnyChar))
		}
	})
	return l
}

// tenantChars are those of the names of customers of identity providers; logins of GitHub have no others.
var (
	tenantChars = sets.CharsOf(sets.Lower + sets.Upper + sets.Digits + "-_.")
	loginChars  = sets.CharsOf(sets.Lower + sets.Upper + sets.Digits + "-_")
)

// nameCharsOf are the characters of a customer's name in one form.
func nameCharsOf(iss *aws.Issuer, f aws.Naming) *sets.Chars {
	switch {
	case f.Digits:
		return sets.Digit
	case iss.Parts:
		return loginChars
	}
	return tenantChars
}

// tooLong are values that begin as those of a claim do, with more than a name.
func tooLong(iss *aws.Issuer, t aws.Tenant) *sets.Language {
	l := &sets.Language{}
	for _, f := range t.Forms {
		if f.Most > 0 {
			l.Add((&sets.Builder{}).Text(f.Prefix).Times(nameCharsOf(iss, f), f.Most+1).Run(sets.AnyChar))
		}
	}
	return l
}

// subjects are the values that a claim can have at all.
func subjects(iss *aws.Issuer, t aws.Tenant) *sets.Language {
	l := &sets.Language{}
	for _, f := range t.Forms {
		names := nameCharsOf(iss, f)
		for _, end := range f.Ends {
			l.Add((&sets.Builder{}).Text(f.Prefix).Plus(names).Text(string(end)).Plus(sets.AnyChar))
		}
		if f.Whole {
			l.Add((&sets.Builder{}).Text(f.Prefix).Plus(names))
		}
	}
	if t.Claim != "sub" {
		return l
	}
	for _, prefix := range iss.Others {
		l.Add((&sets.Builder{}).Text(prefix).Run(sets.NotColon), (&sets.Builder{}).Text(prefix).Run(sets.NotColon).Text(":").Plus(sets.AnyChar))
	}
	return l
}

// otherSubjects are the subjects of the issuers that say who their customer is in them, and those that are not known.
var otherSubjects = sync.OnceValue(func() *sets.Language {
	l := sets.Of(func(b *sets.Builder) { b.Run(sets.AnyChar).Text(unknown.FixedMark).Run(sets.AnyChar) })
	for i := range aws.Issuers {
		if t, ok := aws.Issuers[i].Tenant("sub"); ok {
			for _, f := range t.Forms {
				l.Add((&sets.Builder{}).Text(f.Prefix).Run(sets.AnyChar))
			}
		}
	}
	return l
})

// tenantKeys are the condition keys of a token that name its tenant, in lower case.
func (sh *shape) tenantKeys() []string {
	host, _ := aws.ProviderHost(sh.provider)
	var out []string
	if iss := sh.q.issuer(sh.provider); iss != nil {
		for _, t := range iss.Tenants {
			out = append(out, claimKey(host, t.Claim))
		}
	}
	return out
}
