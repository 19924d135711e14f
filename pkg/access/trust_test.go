package access_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const (
	github   = "token.actions.githubusercontent.com"
	gitlab   = "gitlab.com"
	eks      = "oidc.eks.us-east-1.amazonaws.com/id/ABC"
	google   = "accounts.google.com"
	cognito  = "cognito-identity.amazonaws.com"
	poolID   = "us-east-1:11111111-2222-3333-4444-555555555555"
	provider = "arn:aws:iam::111122223333:oidc-provider/"
	saml     = "arn:aws:iam::111122223333:saml-provider/corp"
)

// trustPools are the condition keys of trust policies.
var trustPools = append(slices.DeleteFunc(slices.Clone(keyPools), func(k keyPool) bool { return strings.HasPrefix(k.name, "kms:") }),
	keyPool{"sts:ExternalId", stringKey, false, []string{"secret", "s*", "*"}},
	keyPool{"sts:RoleSessionName", stringKey, false, []string{"${aws:username}", "alice"}},
)

// claimPools are the keys of tokens, by provider.
var claimPools = map[string][]keyPool{
	provider + github: {
		{github + ":sub", stringKey, false, []string{"repo:acme/app:ref:refs/heads/main", "repo:acme/*", "repo:acme*", "repo:*", "*", "repo:*/app:*", "*:ref:refs/heads/main", "repo:*:environment:prod", "repo:acme/app*", "repo:?cme/*"}},
		{github + ":aud", stringKey, false, []string{"sts.amazonaws.com", "*"}},
		{github + ":environment", stringKey, false, []string{"prod", "*"}},
		{github + ":repository_owner_id", stringKey, false, []string{"12345", "*"}},
	},
	provider + gitlab: {
		{gitlab + ":sub", stringKey, false, []string{"project_path:acme/app:ref_type:branch:ref:main", "project_path:acme/*", "project_path:*", "*main"}},
		{gitlab + ":aud", stringKey, false, []string{"https://gitlab.com"}},
	},
	provider + eks: {
		{eks + ":sub", stringKey, false, []string{"system:serviceaccount:prod:app", "system:*"}},
		{eks + ":aud", stringKey, false, []string{"sts.amazonaws.com"}},
	},
	google: {
		{google + ":aud", stringKey, false, []string{"123.apps.googleusercontent.com", "*.apps.googleusercontent.com"}},
		{google + ":sub", stringKey, false, []string{"110169484474386276334"}},
	},
	cognito: {
		{cognito + ":aud", stringKey, false, []string{poolID, "us-east-1:*"}},
		{cognito + ":amr", stringKey, true, []string{"authenticated", "unauthenticated", "*"}},
	},
	saml: {
		{"SAML:aud", stringKey, false, []string{"https://signin.aws.amazon.com/saml"}},
	},
}

var providerNames = []string{provider + github, provider + gitlab, provider + eks, google, cognito, saml}

func genTrustStatement(t *rapid.T, effect string) statement {
	if !chance(t, "federated", 50) {
		s := genStatement(t, iam.Trust, trustPools, effect)
		s.actions = some(t, "action", 2, []string{"sts:AssumeRole", "sts:*", "*", "sts:TagSession", "sts:AssumeRoleWithWebIdentity"})
		return s
	}
	s := statement{effect: effect}
	of := pick(t, "provider", providerNames...)
	s.principal = map[string][]string{"Federated": {of}}
	if effect == "Deny" && chance(t, "everyone", 40) {
		s.principal = map[string][]string{"AWS": {"*"}, "Federated": {of}}
	}
	s.actions = some(t, "action", 2, []string{"sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithWebIdentity", "sts:*", "sts:AssumeRole", "sts:AssumeRoleWithSAML"})
	pools := append(slices.Clone(claimPools[of]), claimPools[of][0], trustPools[0])
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		c := genCondition(t, pick(t, "key", pools...))
		if !slices.ContainsFunc(s.conditions, func(o condition) bool { return o.op == c.op && strings.EqualFold(o.key, c.key) }) {
			s.conditions = append(s.conditions, c)
		}
	}
	return s
}

func genTrustPolicy(t *rapid.T) policy {
	p := policy{kind: iam.Trust, version: pick(t, "version", "2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17")}
	for range rapid.IntRange(1, 2).Draw(t, "allows") {
		p.statements = append(p.statements, genTrustStatement(t, "Allow"))
	}
	for range rapid.IntRange(0, 2).Draw(t, "denies") {
		p.statements = append(p.statements, genTrustStatement(t, "Deny"))
	}
	return p
}

// tokens are the universes of federated tokens of the providers that the document names: for shared providers those of
// strangers, for every provider any.
func tokens(doc *iam.Document) []universe {
	m := mentions(doc)
	var out []universe
	for _, p := range providerNames {
		if !names(doc, p) {
			continue // whether the account has such a provider, nobody knows
		}
		host, action := hostOf(p), "sts:AssumeRoleWithWebIdentity"
		if p == saml {
			action = "sts:AssumeRoleWithSAML"
		}
		any := universe{verdict: access.Federated, actions: []string{action}, dimensions: [][]option{{{principal: p, context: with("aws:FederatedProvider", p, "aws:SecureTransport", "true", "aws:ResourceAccount", ownAccount, "aws:ResourceOrgID", ownOrg, "aws:RequestedRegion", "us-east-1").context}}}}
		strangers := any
		strangers.verdict = access.Everyone
		strangers.dimensions = slices.Clone(any.dimensions)
		guests := strangers
		for _, claim := range []string{"sub", "aud", "environment", "repository_owner_id", "amr"} {
			key := host + ":" + claim
			values := []string{"stranger", "repo:stranger/app:ref:refs/heads/main", "project_path:stranger/app:ref_type:branch:ref:main", "authenticated", "unauthenticated"}
			values = append(values, instances(m[key], "repo:stranger/app", "stranger", "stranger/app", "project_path:stranger/x:ref:")...)
			if m[key] == nil && claim != "sub" {
				continue
			}
			options := list(key, claim == "amr", values)
			if claim != "amr" && claim != "environment" {
				options = options[1:]
			}
			if (claim == "environment" || claim == "repository_owner_id") && host != github {
				continue // only GitHub's tokens have them
			}
			options = slices.DeleteFunc(options, func(o option) bool {
				v, ok := o.context[key]
				if !ok {
					return false
				}
				_, possible := tenantOf(host, claim, v.All[0])
				return !possible
			})
			any.dimensions = append(any.dimensions, options)
			strangers.dimensions = append(slices.Clone(strangers.dimensions), slices.DeleteFunc(slices.Clone(options), func(o option) bool { return tenantNamed(doc, host, claim, o) }))
			if claim == "amr" {
				options = list(key, true, []string{"unauthenticated"})[1:2]
			}
			guests.dimensions = append(slices.Clone(guests.dimensions), options)
		}
		out = append(out, any)
		if slices.Contains(sharedHosts, host) {
			out = append(out, strangers)
		}
		if p == cognito {
			if m[cognito+":amr"] == nil {
				guests.dimensions = append(guests.dimensions, list(cognito+":amr", true, []string{"unauthenticated"})[1:2])
			}
			out = append(out, guests)
		}
	}
	return out
}

func hostOf(p string) string {
	_, host, ok := strings.Cut(p, "-provider/")
	if !ok {
		return p
	}
	return strings.ToLower(host)
}

// tenantOf is the part of a claim that tells the tenant, and whether a tenant could have the value at all.
func tenantOf(host, claim, value string) (string, bool) {
	before := map[string]string{github: "repo:", gitlab: "project_path:"}[host]
	if claim != "sub" || before == "" {
		return value, true
	}
	rest, ok := strings.CutPrefix(value, before)
	tenant, after, cut := strings.Cut(rest, "/")
	return before + tenant + "/", ok && cut && after != "" && tenant != "" && !strings.ContainsAny(tenant, ":")
}

// tenantNamed says whether the claim of an option is one that a stranger cannot have.
func tenantNamed(doc *iam.Document, host, claim string, o option) bool {
	v, ok := o.context[host+":"+claim]
	telling := claim == "sub" || claim == "repository_owner_id" || (claim == "aud" && (host == google || host == cognito))
	if !telling {
		return false
	}
	if !ok {
		return true // every token of the provider has it
	}
	tenant, possible := tenantOf(host, claim, v.All[0])
	if !possible {
		return true
	}
	for _, s := range doc.Statements {
		for _, c := range s.Conditions {
			if !strings.EqualFold(c.Key.S, host+":"+claim) {
				continue
			}
			for _, w := range c.Values.Items {
				if strings.HasPrefix(w.S, tenant) || strings.EqualFold(w.S, v.All[0]) {
					return true
				}
			}
		}
	}
	return false
}

// TestTrustPolicies holds the analysis of trust policies against the search: principals of accounts, services, and
// tokens of identity providers.
func TestTrustPolicies(t *testing.T) {
	var c tally
	c.repeat(t, 3, func(t *rapid.T) {
		p := genTrustPolicy(t)
		doc := iam.Parse(unknown.Known(p.json(rapid.Bool().Draw(t, "single"))))
		s := own(p.kind)
		r := access.Analyze(doc, s)
		c.add(r)
		checkResult(t, doc, s, r)
		searchAll(t, &c, doc, s, r, append(audiences(doc, s), tokens(doc)...))
	})
}
