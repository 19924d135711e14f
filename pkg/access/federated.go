package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// issuer is an identity provider that signs tokens for many tenants: anybody can be one of them. What keeps strangers
// out is a claim that names the tenant.
type issuer struct {
	host string
	// tenants are the claims that tell who the tenant is. The tenant stands in sub after prefix and before between, "" for
	// no such form; paths are claims that begin with the tenant and a slash.
	tenants         []string
	prefix, between string
	paths           []string
	// optional are those of them that a token may lack.
	optional []string
	// claims are those that AWS makes condition keys of, nil for whatever the provider sends.
	claims []string
}

// issuers are the shared providers. Those that AWS lists refuse new trust policies without such a claim, but check only
// its spelling; roles from before keep working.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
var issuers = []issuer{
	{host: "token.actions.githubusercontent.com", prefix: "repo:", between: "/", paths: []string{"repository"},
		tenants: []string{"sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "enterprise", "enterprise_id"},
		claims: []string{"aud", "sub", "actor", "actor_id", "job_workflow_ref", "repository", "repository_id", "repository_owner", "repository_owner_id",
			"workflow", "ref", "environment", "enterprise", "enterprise_id", "amr"}},
	{host: "vstoken.actions.githubusercontent.com", tenants: []string{"sub"}, prefix: "repo:", between: "/"},
	{host: "oidc-configuration.audit-log.githubusercontent.com", tenants: []string{"sub"}},
	{host: "gitlab.com", tenants: []string{"sub", "namespace_path", "namespace_id", "project_path", "project_id"}, prefix: "project_path:", between: "/", paths: []string{"project_path"}},
	{host: "app.terraform.io", tenants: []string{"sub", "terraform_organization_id", "terraform_organization_name"}, prefix: "organization:", between: ":"},
	{host: "agent.buildkite.com", tenants: []string{"sub", "organization_slug", "organization_id"}, prefix: "organization:", between: ":"},
	{host: "oidc.codefresh.io", tenants: []string{"sub"}, prefix: "account:", between: ":"},
	{host: "studio.datachain.ai/api", tenants: []string{"sub"}},
	{host: "scalr.io", tenants: []string{"sub"}, prefix: "account:", between: ":"},
	{host: "tokens.cloud.shisho.dev", tenants: []string{"sub"}},
	{host: "proidc.upbound.io", tenants: []string{"sub"}},
	{host: "oidc.vercel.com", tenants: []string{"aud", "sub", "owner", "owner_id"}, prefix: "owner:", between: ":"},
	{host: "api.pulumi.com/oidc", tenants: []string{"aud", "sub"}, prefix: "pulumi:deploy:org:", between: ":"},
	{host: "sandboxes.cloud", tenants: []string{"aud"}},
	{host: "oidc.circleci.com", tenants: []string{"aud", "sub"}, prefix: "org/", between: "/"},
	{host: "token.spacelift.io", tenants: []string{"sub"}, prefix: "space:", between: ":"},
	{host: "cognito-identity.amazonaws.com", tenants: []string{"aud", "sub"}},
	{host: "accounts.google.com", tenants: []string{"aud", "oaud", "azp", "sub", "email"}, optional: []string{"oaud", "azp", "email"}},
	{host: "www.amazon.com", tenants: []string{"app_id", "user_id"}},
	{host: "graph.facebook.com", tenants: []string{"app_id", "id"}},
}

// providerHost is the issuer of a provider as the policy names it, and false for SAML providers.
func providerHost(provider string) (string, bool) {
	if _, host, ok := strings.Cut(provider, ":oidc-provider/"); ok {
		return strings.ToLower(host), true
	}
	return strings.ToLower(provider), !strings.Contains(provider, ":saml-provider/")
}

func sharedIssuer(provider string) (*issuer, bool) {
	host, oidc := providerHost(provider)
	for i := range issuers {
		if oidc && issuers[i].host == host {
			return &issuers[i], true
		}
	}
	return nil, false
}

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
	return appendNew(out, "arn:"+q.partitionName()+":iam::"+someAccount+":oidc-provider/"+issuers[0].host)
}

// tokenKey resolves the keys of a request with a federated token: the claims, under the issuer's name.
func (sh *shape) tokenKey(key string) (ref, bool) {
	host, oidc := providerHost(sh.provider)
	if claim, ok := strings.CutPrefix(key, host+":"); ok && oidc {
		return sh.claim(key, claim), true
	}
	switch {
	case key == "aws:federatedprovider":
		return fixed(sh.provider), true
	case key == "aws:sourceip":
		return ref{dim: sh.dim("sourceip", func() domain {
			return domain{kind: addressDim, present: true, addresses: internet()}
		}), view: wholeView}, true
	case strings.HasPrefix(key, "saml:"):
		return ref{}, false
	case isClaim(key):
		return never(), true // of another provider
	}
	info, _ := describe(key)
	if info.trust == identity || info.trust == source || strings.HasPrefix(key, "aws:principal") || strings.HasPrefix(key, "aws:multifactor") || key == "aws:username" {
		return never(), true
	}
	return ref{}, false
}

// isClaim says whether the key is named after an identity provider: those names are hosts, and those of AWS services have
// no dots.
func isClaim(key string) bool {
	vendor, _, _ := strings.Cut(key, ":")
	return strings.Contains(vendor, ".")
}

// claim is one claim of the token. sub and aud are in every token; the others may be missing.
func (sh *shape) claim(key, name string) ref {
	shared, ok := sharedIssuer(sh.provider)
	if ok && shared.claims != nil && !slices.Contains(shared.claims, name) {
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
	if ok && slices.Contains(shared.tenants, name) {
		d.absent = slices.Contains(shared.optional, name)
		if sh.who.account == freshAccount && !sh.guest {
			d.members = append(d.members, sets.Member{In: sh.q.lang("tenants:"+key, func() *sets.Language { return sh.q.tenants(shared, key, name) }), Not: true})
		}
		if prefix, between, ok := shared.form(name); ok {
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

// form is how a claim names the tenant: between a prefix and what follows. It returns false where it has no such form.
func (iss *issuer) form(claim string) (prefix, between string, ok bool) {
	switch {
	case claim == "sub":
		return iss.prefix, iss.between, iss.prefix != ""
	case slices.Contains(iss.paths, claim):
		return "", "/", true
	}
	return "", "", false
}

var tenantChars = sets.CharsOf(sets.Lower + sets.Upper + sets.Digits + "-_.@")

// tenants are the values of a claim that belong to somebody whom the document names: a text without wildcards, or a
// subject whose tenant is spelled out.
func (q *question) tenants(iss *issuer, key, claim string) *sets.Language {
	l := &sets.Language{}
	add := func(s string, prefix bool) {
		b := (&sets.Builder{IgnoreCase: true}).Text(s)
		if prefix {
			b.Run(sets.AnyChar)
		}
		l.Alternatives = append(l.Alternatives, b.Pattern())
	}
	prefix, between, formed := iss.form(claim)
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
