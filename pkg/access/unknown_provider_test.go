package access_test

import (
	"slices"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
)

// TestUnknownProviders holds what is said of trust policies whose identity provider, or whose claim's provider, is not known.
func TestUnknownProviders(t *testing.T) {
	const issuer, key = "⟨any var.issuer⟩", "⟨any var.host⟩"
	gitHub := "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
	statement := func(effect, principal, condition string) string {
		if condition != "" {
			condition = `,"Condition":{` + condition + `}`
		}
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"sts:AssumeRoleWithWebIdentity"` + condition + `}`
	}
	allow := func(provider, condition string) string {
		return statement("Allow", `{"Federated":"`+provider+`"}`, condition)
	}
	both := []string{"var.issuer", "var.host"}
	tests := []struct {
		name, statements string
		public           access.Public
		depends          []string
	}{
		{"any repository", allow(issuer, `"StringLike":{"`+key+`:sub":"repo:*"}`), access.Unsure, both},
		{"any repository, exactly", allow(issuer, `"StringEquals":{"`+key+`:sub":"repo:*"}`), access.No, nil},
		{"a prefix of an owner", allow(issuer, `"StringLike":{"`+key+`:sub":"repo:acme*"}`), access.Unsure, both},
		{"one owner", allow(issuer, `"StringLike":{"`+key+`:sub":"repo:acme/*"}`), access.No, nil},
		{"one owner, perhaps", allow(issuer, `"StringLikeIfExists":{"`+key+`:sub":"repo:acme/*"}`), access.Unsure, []string{"var.issuer", "var.host"}},
		{"anyone's project", allow(issuer, `"StringLike":{"`+key+`:sub":"project_path:*"}`), access.Unsure, both},
		{"one project", allow(issuer, `"StringLike":{"`+key+`:sub":"project_path:acme/*"}`), access.No, nil},
		{"a service account", allow(issuer, `"StringEquals":{"`+key+`:sub":"system:serviceaccount:shop:web"}`), access.No, nil},
		{"the audience", allow(issuer, `"StringEquals":{"`+key+`:aud":"sts.amazonaws.com"}`), access.Unsure, both},
		{"audience and one owner", allow(issuer, `"StringEquals":{"`+key+`:aud":"sts.amazonaws.com"},"StringLike":{"`+key+`:sub":"repo:acme/*"}`), access.No, nil},
		{"audience and one owner of another provider", allow(issuer, `"StringEquals":{"`+key+`:aud":"sts.amazonaws.com"},"StringLikeIfExists":{"⟨any var.other⟩:sub":"repo:acme/*"}`),
			access.Unsure, []string{"var.issuer", "var.host", "var.other"}},
		{"no condition", allow(issuer, ""), access.Unsure, []string{"var.issuer"}},
		{"all but one owner", allow(issuer, `"StringNotLike":{"`+key+`:sub":"repo:acme/*"}`), access.Unsure, []string{"var.issuer"}},
		{"guests of a pool", allow(issuer, `"ForAnyValue:StringLike":{"`+key+`:amr":"unauthenticated"}`), access.Unsure, both},
		{"a claim of GitHub", allow(issuer, `"StringEquals":{"`+key+`:repository_owner_id":"4711"}`), access.No, nil},
		{"a claim is there", allow(issuer, `"Null":{"`+key+`:sub":"false"}`), access.Unsure, both},
		{"denied but for one owner", allow(issuer, "") + "," + statement("Deny", `{"Federated":"`+issuer+`"}`, `"StringNotLike":{"`+key+`:sub":"repo:acme/*"}`), access.No, nil},
		{"denied for one owner", allow(issuer, "") + "," + statement("Deny", `{"Federated":"`+issuer+`"}`, `"StringLike":{"`+key+`:sub":"repo:acme/*"}`), access.Unsure, []string{"var.issuer"}},
		{"denied", allow(issuer, "") + "," + statement("Deny", `{"Federated":"`+issuer+`"}`, ""), access.No, nil},
		{"denied for everyone but one owner", allow(issuer, "") + "," + statement("Deny", `"*"`, `"StringNotLike":{"`+key+`:sub":"repo:acme/*"}`), access.No, nil},
		{"denied for perhaps another provider", allow(issuer, "") + "," + statement("Deny", `{"Federated":"⟨any var.other⟩"}`, ""), access.Unsure, []string{"var.other", "var.issuer"}},
		{"the account alone is not known", allow("arn:aws:iam::⟨any var.account⟩:oidc-provider/token.actions.githubusercontent.com", `"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}`), access.Yes, nil},
		{"the account alone is not known, one owner", allow("arn:aws:iam::⟨any var.account⟩:oidc-provider/token.actions.githubusercontent.com", `"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}`), access.No, nil},
		{"the host is not known", allow("arn:aws:iam::111122223333:oidc-provider/"+issuer, `"StringLike":{"`+key+`:sub":"repo:*"}`), access.Unsure, both},
		{"a part of the host is not known", allow("arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/"+issuer, `"StringEquals":{"oidc.eks.eu-west-1.amazonaws.com/id/`+issuer+`:aud":"sts.amazonaws.com"}`), access.No, nil},
		{"the beginning of the host is known", allow("arn:aws:iam::111122223333:oidc-provider/token.actions."+issuer, `"StringEquals":{"token.actions.`+issuer+`:aud":"sts.amazonaws.com"}`), access.Unsure, []string{"var.issuer"}},
		{"a provider of the plan", allow("⟨oidc aws_iam_openid_connect_provider.ci.arn⟩", `"StringLike":{"`+key+`:sub":"repo:*"}`), access.Unsure, []string{"aws_iam_openid_connect_provider.ci.arn", "var.host"}},
		{"a provider of the plan, one owner", allow("⟨oidc aws_iam_openid_connect_provider.ci.arn⟩", `"StringLike":{"`+key+`:sub":"repo:acme/*"}`), access.No, nil},
		{"a cluster's provider", allow("⟨oidc aws_iam_openid_connect_provider.cluster.arn⟩", `"StringLike":{"`+key+`:sub":"repo:*"}`), access.No, nil},
		{"a pool by the suffix of the partition", allow("cognito-identity.⟨suffix data.aws_partition.p.dns_suffix⟩", `"StringEquals":{"cognito-identity.⟨suffix data.aws_partition.p.dns_suffix⟩:aud":"eu-west-1:1111"},"ForAnyValue:StringLike":{"cognito-identity.⟨suffix data.aws_partition.p.dns_suffix⟩:amr":"authenticated"}`), access.No, nil},
		{"any pool by the suffix of the partition", allow("cognito-identity.⟨suffix data.aws_partition.p.dns_suffix⟩", ""), access.Yes, nil},
		{"SAML", allow("⟨saml aws_iam_saml_provider.corp.arn⟩", ""), access.No, nil},
		{"SAML of an account that is not known", allow("arn:aws:iam::⟨any var.account⟩:saml-provider/corp", ""), access.No, nil},
		{"a known provider, whose claim is not known to be its own", allow(gitHub, `"StringLike":{"`+key+`:sub":"repo:acme/*"}`), access.No, nil},
		{"a known provider, any repository", allow(gitHub, `"StringLike":{"`+key+`:sub":"repo:*"}`), access.Unsure, []string{"var.host"}},
		{"a known provider, an exception", allow(gitHub, `"StringNotLike":{"`+key+`:sub":"repo:acme/*"}`), access.Yes, nil},
		{"a known provider, perhaps", allow(gitHub, `"StringLikeIfExists":{"`+key+`:sub":"repo:acme/*"}`), access.Unsure, []string{"var.host"}},
		{"a known provider and the claim of another", allow(gitHub, `"StringLikeIfExists":{"gitlab.com:sub":"repo:acme/*"}`), access.Yes, nil},
		{"a scheme in the key", allow(issuer, `"StringLike":{"https://`+key+`:sub":"repo:*"}`), access.No, nil},
		{"the whole principal", statement("Allow", `"⟨any var.who⟩"`, `"StringLike":{"`+key+`:sub":"repo:*"}`), access.Unsure, []string{"var.who", "var.host"}},
		{"the kind of the principal", statement("Allow", `{"⟨any var.kind⟩":"`+gitHub+`"}`, `"StringLike":{"token.actions.githubusercontent.com:sub":"repo:*"}`), access.Unsure, []string{"var.kind"}},
		{"the whole principal, one owner", statement("Allow", `"⟨any var.who⟩"`, `"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/*"}`), access.No, nil},
		{"a value that is not known", allow(issuer, `"StringEquals":{"`+key+`:sub":"⟨any var.subject⟩"}`), access.No, nil},
		{"a value that is not known, at a known provider", allow(gitHub, `"StringEquals":{"token.actions.githubusercontent.com:sub":"⟨any var.subject⟩"}`), access.No, nil},
		{"an audience that is not known, at a known provider", allow(gitHub, `"StringEquals":{"token.actions.githubusercontent.com:aud":"⟨any var.audience⟩"}`), access.Yes, nil},
		{"a pattern that is not known", allow(issuer, `"StringLike":{"`+key+`:sub":"⟨any var.subject⟩"}`), access.Unsure, []string{"var.subject", "var.issuer", "var.host"}},
		{"a repository that is not known", allow(issuer, `"StringLike":{"`+key+`:sub":"repo:acme/⟨any var.repo⟩:*"}`), access.No, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := own(iam.Trust)
			s.OwnIssuers = map[string]bool{"aws_iam_openid_connect_provider.cluster": true}
			r := access.Analyze(iam.Parse(holed(t, `{"Version":"2012-10-17","Statement":[`+test.statements+`]}`)), s)
			if r.Public != test.public || !slices.Equal(r.DependsOn, test.depends) {
				t.Errorf("public %s (%s), depends on %q; want %s, %q: %s", r.Public, r.Verdict, r.DependsOn, test.public, test.depends, r.Reason)
			}
		})
	}
}

// TestUnknownProviderVerdicts holds that a role for the tokens of a provider that is one customer's own is federated, however
// little is known of the provider: its claims are its own.
func TestUnknownProviderVerdicts(t *testing.T) {
	for _, test := range []struct{ name, provider, key string }{
		{"provider and url of one resource", "⟨oidc aws_iam_openid_connect_provider.a.arn⟩", "⟨any aws_iam_openid_connect_provider.a.url⟩:sub"},
		{"a part of the url is known", "⟨oidc aws_iam_openid_connect_provider.a.arn⟩", "sts.windows.net/⟨any var.tenant⟩/:sub"},
		{"the same part in both", "arn:aws:iam::111122223333:oidc-provider/sts.windows.net/⟨any var.tenant⟩/", "sts.windows.net/⟨any var.tenant⟩/:sub"},
		{"a known claim of an unknown provider", "⟨any var.provider⟩", "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:sub"},
	} {
		doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"` + test.provider + `"},"Action":"sts:AssumeRoleWithWebIdentity",` +
			`"Condition":{"StringEquals":{"` + test.key + `":"system:serviceaccount:shop:web"}}}]}`
		if r := access.Analyze(iam.Parse(holed(t, doc)), own(iam.Trust)); r.Verdict != access.Federated || r.Public != access.No {
			t.Errorf("%s: %s, public %s", test.name, r.Verdict, r.Public)
		}
	}
}
