package aws

import (
	"slices"
	"strings"
)

// Issuer is an identity provider that signs tokens for many tenants, so that anybody can be one of them: what keeps
// strangers out is a claim that names the tenant. Or it is one of which AWS knows more claims than of others.
type Issuer struct {
	// Host is the name of the provider, which its claims begin with as condition keys. A star in it is a customer's own part:
	// such an issuer is one tenant's.
	Host string
	// Tenants are the claims that tell who the tenant is, the usual one first. An issuer without them is one tenant's own.
	Tenants []Tenant
	// Claims are those that AWS makes condition keys of, besides the common ones.
	Claims []string
	// Optional are claims that name the tenant and that a token may lack.
	Optional []string
	// Others are how sub begins where the provider lets its customers choose its parts and none of them names the tenant.
	Others []string
	// Parts says that sub is put together of parts that the customer chooses, so that what names the tenant may stand
	// anywhere in it.
	Parts bool
}

// Tenant is a claim that names the tenant, or a condition key that does so in its place.
type Tenant struct {
	Claim string
	// Forms are how its value does so; without any, a value that is written out is somebody's.
	Forms []Naming
}

// Naming is one way in which the value of a claim names the tenant: after Prefix, up to one of the characters of Ends.
type Naming struct {
	Prefix, Ends string
	// Whole says that the name may also end the value, Digits that it is a number.
	Whole, Digits bool
	// Most is how many characters it has at most, 0 where that is not known.
	Most int
}

// commonClaims are those of every OpenID Connect provider.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
var commonClaims = []string{"aud", "sub", "amr", "email", "oaud"}

var gitHubClaims = []string{"actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id", "repository_owner_id", "workflow"}

var buildkiteClaims = []string{"build_branch", "cluster_id", "cluster_name", "organization_id", "organization_slug", "pipeline_id", "pipeline_slug"}

// only is a claim whose value names the tenant as a whole.
func only(claim string) Tenant { return Tenant{Claim: claim} }

// number is only for a claim that is a number.
func number(claim string) Tenant {
	return Tenant{Claim: claim, Forms: []Naming{{Whole: true, Digits: true}}}
}

// longestLogin is how long a name of GitHub is at most.
// https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
const longestLogin = 39

// sub is a subject that names the tenant after one of the prefixes, up to the character.
func sub(ends string, prefixes ...string) Tenant {
	t := Tenant{Claim: "sub"}
	for _, p := range prefixes {
		t.Forms = append(t.Forms, Naming{Prefix: p, Ends: ends})
	}
	return t
}

// Issuers are the shared providers, and those of which AWS knows claims of their own, as of September 2026. Of the shared
// ones that AWS lists it refuses new trust policies without such a claim, but checks only its spelling; roles from before
// keep working.
//
// Which are shared: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
// Which claims are condition keys, under AssumeRoleWithWebIdentity:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
var Issuers = []Issuer{
	{Host: "token.actions.githubusercontent.com", Claims: gitHubClaims, Optional: []string{"enterprise_id"}, Parts: true,
		// https://docs.github.com/en/actions/reference/security/oidc: what sub is made of is the customer's choice, and logins,
		// which end at a slash, or at an @ with their number after it.
		Tenants: []Tenant{
			{Claim: "sub", Forms: []Naming{{Prefix: "repo:", Ends: "/@", Most: longestLogin}, {Prefix: "repository:", Ends: "/@", Most: longestLogin},
				{Prefix: "repository_owner:", Ends: ":", Whole: true, Most: longestLogin},
				{Prefix: "repository_owner_id:", Ends: ":", Whole: true, Digits: true}, {Prefix: "repository_id:", Ends: ":", Whole: true, Digits: true},
				{Prefix: "enterprise:", Ends: ":", Whole: true}, {Prefix: "enterprise_id:", Ends: ":", Whole: true, Digits: true}}},
			{Claim: "repository", Forms: []Naming{{Ends: "/", Most: longestLogin}}},
			number("repository_id"), number("repository_owner_id"), number("enterprise_id"),
		},
		Others: []string{"actor:", "actor_id:", "base_ref:", "check_run_id:", "environment:", "event_name:", "head_ref:", "job_workflow_ref:", "job_workflow_sha:",
			"pull_request", "ref:", "ref_protected:", "ref_type:", "repo_property_", "repository_visibility:", "run_attempt:", "run_id:", "run_number:",
			"runner_environment:", "sha:", "workflow:", "workflow_ref:", "workflow_sha:"}},
	// Of one enterprise each: https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency
	{Host: "token.actions.githubusercontent.com/*", Claims: gitHubClaims},
	{Host: "token.actions.*.ghe.com", Claims: gitHubClaims},
	{Host: "github.com/enterprises/*", Claims: gitHubClaims},
	{Host: "vstoken.actions.githubusercontent.com", Tenants: []Tenant{sub("/", "repo:")}},
	{Host: "oidc-configuration.audit-log.githubusercontent.com", Tenants: []Tenant{{Claim: "sub", Forms: []Naming{{Prefix: "https://github.com/", Ends: "/", Whole: true}}}}},
	// https://docs.gitlab.com/ci/cloud_services/
	{Host: "gitlab.com", Tenants: []Tenant{sub("/", "project_path:"), number("namespace_id"), number("project_id"), number("user_id"), only("user_login"), only("user_email")},
		Claims: []string{"namespace_id", "pipeline_source", "project_id", "ref_protected", "runner_environment", "user_access_level", "user_email", "user_id", "user_login"}},
	// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
	{Host: "app.terraform.io", Tenants: []Tenant{sub(":", "organization:")}},
	{Host: "app.eu.terraform.io", Tenants: []Tenant{sub(":", "organization:")}},
	// https://buildkite.com/docs/pipelines/security/oidc: a customer may have sub say one of the ids instead.
	{Host: "agent.buildkite.com", Claims: buildkiteClaims, Optional: []string{"organization_id", "organization_slug", "pipeline_id", "cluster_id"},
		Tenants: []Tenant{sub(":", "organization:"), only("organization_slug"), only("organization_id"), only("pipeline_id"), only("cluster_id")}},
	{Host: "agent.*.buildkite.dev", Claims: buildkiteClaims},
	{Host: "agent.*.buildkite.site", Claims: buildkiteClaims},
	{Host: "oidc.codefresh.io", Tenants: []Tenant{sub(":", "account:")}},
	{Host: "studio.datachain.ai/api", Tenants: []Tenant{sub("/", "credentials:")}},
	{Host: "scalr.io", Tenants: []Tenant{sub(":", "account:")}},
	{Host: "tokens.cloud.shisho.dev", Tenants: []Tenant{sub(":", "job:")}},
	// https://docs.upbound.io/manuals/platform/oidc/
	{Host: "proidc.upbound.io", Tenants: []Tenant{sub("/", "mcp:")}},
	// https://vercel.com/docs/oidc/reference
	{Host: "oidc.vercel.com", Tenants: []Tenant{only("aud"), sub(":", "owner:")}},
	// https://www.pulumi.com/docs/esc/environments/configuring-oidc/aws/, https://www.pulumi.com/docs/deployments/deployments/oidc/aws/
	{Host: "api.pulumi.com/oidc", Tenants: []Tenant{only("aud"), sub(":", "pulumi:environments:org:", "pulumi:environments:pulumi.organization.login:", "pulumi:deploy:org:")}},
	{Host: "sandboxes.cloud", Tenants: []Tenant{only("aud")}},
	// Issuers of CircleCI end in the organization's id, those of Oracle Cloud begin with the domain's.
	// https://circleci.com/docs/openid-connect-tokens/
	{Host: "oidc.circleci.com", Tenants: []Tenant{only("aud"), sub("/", "org/")}},
	{Host: "oidc.circleci.com/org/*", Claims: []string{"oidc.circleci.com/project-id"}},
	{Host: "idcs-*.identity.oraclecloud.com", Claims: []string{"rpst_id"}},
	{Host: "token.spacelift.io", Tenants: []Tenant{sub(":", "space:")}},
	// Microsoft Sentinel, in the public and the government cloud: every customer's tokens are alike, and the service names
	// the customer's workspace in the name of the session.
	// https://learn.microsoft.com/en-us/azure/sentinel/connect-aws
	{Host: "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", Tenants: []Tenant{only("sts:rolesessionname")}},
	{Host: "sts.windows.net/cab8a31a-1906-4287-a0d8-4eef66b95f6e", Tenants: []Tenant{only("sts:rolesessionname")}},
	// IBM Turbonomic, which changes its issuers with its versions.
	// https://www.ibm.com/docs/en/tarm/8.14.6?topic=turbonomic-setting-up-aws-iam-role-saas-deployments
	{Host: "rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7", Tenants: []Tenant{sub(":", "system:serviceaccount:")}},
	{Host: "rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr", Tenants: []Tenant{sub(":", "system:serviceaccount:")}},
	{Host: "rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg", Tenants: []Tenant{sub(":", "system:serviceaccount:")}},
	{Host: "rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26", Tenants: []Tenant{sub(":", "system:serviceaccount:")}},
	{Host: "oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb", Tenants: []Tenant{sub(":", "system:serviceaccount:")}},
	{Host: "oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu", Tenants: []Tenant{sub(":", "system:serviceaccount:")}},
	{Host: "cognito-identity.amazonaws.com", Tenants: []Tenant{only("aud"), only("sub")}},
	// aud is the application that Google gave the token to, oaud what a service account asked for.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
	{Host: "accounts.google.com", Claims: []string{"google/organization_number"}, Optional: []string{"google/organization_number", "email"},
		Tenants: []Tenant{only("aud"), only("sub"), number("google/organization_number"), only("email")}},
	// Personal accounts: everybody's, by whichever application aud names, which gives everybody another sub.
	// https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference (tid),
	// https://developer.apple.com/documentation/signinwithapple/authenticating-users-with-sign-in-with-apple
	{Host: "login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", Tenants: []Tenant{only("aud"), only("sub")}},
	{Host: "appleid.apple.com", Tenants: []Tenant{only("aud"), only("sub")}},
	{Host: "www.amazon.com", Tenants: []Tenant{only("app_id"), only("user_id")}, Claims: []string{"app_id", "user_id"}},
	{Host: "graph.facebook.com", Tenants: []Tenant{only("app_id"), only("id")}, Claims: []string{"app_id", "id"}},
}

// ProviderHost is the issuer of a provider as the policy names it, and false for SAML providers.
func ProviderHost(provider string) (string, bool) {
	if _, host, ok := strings.Cut(provider, ":oidc-provider/"); ok {
		return strings.ToLower(host), true
	}
	return strings.ToLower(provider), !strings.Contains(provider, ":saml-provider/")
}

// FindIssuer is what is known of a provider that a policy names: of those that the user knows, then of the table; false
// where nothing is.
func FindIssuer(provider string, own []Issuer) (*Issuer, bool) {
	host, oidc := ProviderHost(provider)
	host = strings.TrimSuffix(host, "/")
	for _, list := range [][]Issuer{own, Issuers} {
		for i := range list {
			before, after, open := strings.Cut(list[i].Host, "*")
			if oidc && (host == list[i].Host || open && len(host) > len(before)+len(after) && strings.HasPrefix(host, before) && strings.HasSuffix(host, after)) {
				return &list[i], true
			}
		}
	}
	return nil, false
}

// Tenant is how a claim names the tenant, false where it does not.
func (iss *Issuer) Tenant(claim string) (Tenant, bool) {
	if iss != nil {
		if i := slices.IndexFunc(iss.Tenants, func(t Tenant) bool { return t.Claim == claim }); i >= 0 {
			return iss.Tenants[i], true
		}
	}
	return Tenant{}, false
}

// HasClaim says whether AWS makes a condition key of the claim.
func (iss *Issuer) HasClaim(claim string) bool {
	return slices.Contains(commonClaims, claim) || iss != nil && slices.Contains(iss.Claims, claim)
}

// IsClaim says whether AWS makes a condition key of the claim for some issuer.
func IsClaim(claim string) bool {
	return slices.ContainsFunc(Issuers, func(iss Issuer) bool { return iss.HasClaim(claim) })
}

// Shared says whether anybody can be a customer of the issuer.
func (iss *Issuer) Shared() bool { return iss != nil && len(iss.Tenants) > 0 }
