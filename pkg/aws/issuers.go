package aws

import (
	"slices"
	"strings"
)

// Issuer is an identity provider that signs tokens for many tenants: anybody can be one of them. What keeps strangers
// out is a claim that names the tenant.
type Issuer struct {
	// Host is the name of the provider, which its claims begin with as condition keys.
	Host string
	// Tenants are the claims that tell who the tenant is. The tenant stands in sub after Prefix and before Between, "" for
	// no such form; Paths are claims that begin with the tenant and a slash.
	Tenants         []string
	Prefix, Between string
	Paths           []string
	// Optional are those of them that a token may lack.
	Optional []string
	// Claims are those that AWS makes condition keys of, nil for whatever the provider sends.
	Claims []string
}

// Issuers are the shared providers. Those that AWS lists refuse new trust policies without such a claim, but check only
// its spelling; roles from before keep working.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
var Issuers = []Issuer{
	{Host: "token.actions.githubusercontent.com", Prefix: "repo:", Between: "/", Paths: []string{"repository"},
		Tenants: []string{"sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "enterprise", "enterprise_id"},
		Claims: []string{"aud", "sub", "actor", "actor_id", "job_workflow_ref", "repository", "repository_id", "repository_owner", "repository_owner_id",
			"workflow", "ref", "environment", "enterprise", "enterprise_id", "amr"}},
	{Host: "vstoken.actions.githubusercontent.com", Tenants: []string{"sub"}, Prefix: "repo:", Between: "/"},
	{Host: "oidc-configuration.audit-log.githubusercontent.com", Tenants: []string{"sub"}},
	{Host: "gitlab.com", Tenants: []string{"sub", "namespace_path", "namespace_id", "project_path", "project_id"}, Prefix: "project_path:", Between: "/", Paths: []string{"project_path"}},
	{Host: "app.terraform.io", Tenants: []string{"sub", "terraform_organization_id", "terraform_organization_name"}, Prefix: "organization:", Between: ":"},
	{Host: "agent.buildkite.com", Tenants: []string{"sub", "organization_slug", "organization_id"}, Prefix: "organization:", Between: ":"},
	{Host: "oidc.codefresh.io", Tenants: []string{"sub"}, Prefix: "account:", Between: ":"},
	{Host: "studio.datachain.ai/api", Tenants: []string{"sub"}},
	{Host: "scalr.io", Tenants: []string{"sub"}, Prefix: "account:", Between: ":"},
	{Host: "tokens.cloud.shisho.dev", Tenants: []string{"sub"}},
	{Host: "proidc.upbound.io", Tenants: []string{"sub"}},
	{Host: "oidc.vercel.com", Tenants: []string{"aud", "sub", "owner", "owner_id"}, Prefix: "owner:", Between: ":"},
	{Host: "api.pulumi.com/oidc", Tenants: []string{"aud", "sub"}, Prefix: "pulumi:deploy:org:", Between: ":"},
	{Host: "sandboxes.cloud", Tenants: []string{"aud"}},
	{Host: "oidc.circleci.com", Tenants: []string{"aud", "sub"}, Prefix: "org/", Between: "/"},
	{Host: "token.spacelift.io", Tenants: []string{"sub"}, Prefix: "space:", Between: ":"},
	{Host: "cognito-identity.amazonaws.com", Tenants: []string{"aud", "sub"}},
	{Host: "accounts.google.com", Tenants: []string{"aud", "oaud", "azp", "sub", "email"}, Optional: []string{"oaud", "azp", "email"}},
	{Host: "www.amazon.com", Tenants: []string{"app_id", "user_id"}},
	{Host: "graph.facebook.com", Tenants: []string{"app_id", "id"}},
}

// ProviderHost is the issuer of a provider as the policy names it, and false for SAML providers.
func ProviderHost(provider string) (string, bool) {
	if _, host, ok := strings.Cut(provider, ":oidc-provider/"); ok {
		return strings.ToLower(host), true
	}
	return strings.ToLower(provider), !strings.Contains(provider, ":saml-provider/")
}

// SharedIssuer is the shared provider that a policy names, false where it names none.
func SharedIssuer(provider string) (*Issuer, bool) {
	host, oidc := ProviderHost(provider)
	for i := range Issuers {
		if oidc && Issuers[i].Host == host {
			return &Issuers[i], true
		}
	}
	return nil, false
}

// Form is how a claim names the tenant: between a prefix and what follows. It returns false where it has no such form.
func (iss *Issuer) Form(claim string) (prefix, between string, ok bool) {
	switch {
	case claim == "sub":
		return iss.Prefix, iss.Between, iss.Prefix != ""
	case slices.Contains(iss.Paths, claim):
		return "", "/", true
	}
	return "", "", false
}
