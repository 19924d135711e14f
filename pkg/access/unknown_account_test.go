package access_test

import (
	"slices"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
)

// TestUnknownAccounts holds that accounts which are not known may be one, or one that is named, and that each is itself.
func TestUnknownAccounts(t *testing.T) {
	const (
		a      = "⟨otheraccount data.aws_caller_identity.a.account_id⟩"
		b      = "⟨otheraccount data.aws_caller_identity.b.account_id⟩"
		me     = "⟨account data.aws_caller_identity.me.account_id⟩"
		known  = "444455556666"
		others = `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"`
		them   = `{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"`
	)
	root := func(account string) string { return `{"AWS":"arn:aws:iam::` + account + `:root"}` }
	for _, test := range []struct {
		name, principal, condition, deny string
		want                             string // certain, possible or no
		verdict                          access.Verdict
	}{
		{"an account", root(a), "", "", "certain", access.External},
		{"two, one denied", root(a), "", them + b + `"}}}`, "possible", access.External},
		{"one, the same denied", root(a), "", them + a + `"}}}`, "no", access.None},
		{"two, all but one denied", root(a), "", others + b + `"}}}`, "possible", access.External},
		{"one, all but the same denied", root(a), "", others + a + `"}}}`, "certain", access.External},
		{"a known one, another denied", root(known), "", them + a + `"}}}`, "possible", access.External},
		{"a known one, all but another denied", root(known), "", others + a + `"}}}`, "possible", access.External},
		{"an unknown one, all but a known one denied", root(a), "", others + known + `"}}}`, "possible", access.External},
		{"an unknown one, a known one denied", root(a), "", them + known + `"}}}`, "possible", access.External},
		{"two known ones", root(known), "", them + `555566667777"}}}`, "certain", access.External},
		{"one as the other", root(a), `{"StringEquals":{"aws:PrincipalAccount":"` + b + `"}}`, "", "possible", access.External},
		{"one as itself", root(a), `{"StringEquals":{"aws:PrincipalAccount":"` + a + `"}}`, "", "certain", access.External},
		{"a role of one, of the other", `{"AWS":"*"}`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::` + a + `:role/app"},"StringEquals":{"aws:PrincipalAccount":"` + b + `"}}`, "", "possible", access.External},
		{"a role of one, of the same", `{"AWS":"*"}`, `{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::` + a + `:role/app"},"StringEquals":{"aws:PrincipalAccount":"` + a + `"}}`, "", "certain", access.External},
		{"one, the root of the other denied", root(a), "", `{"Effect":"Deny","Principal":` + root(b) + `,"Action":"kms:*","Resource":"*"}`, "possible", access.External},
		{"one, all but the root of the other denied", root(a), "", `{"Effect":"Deny","NotPrincipal":` + root(b) + `,"Action":"kms:*","Resource":"*"}`, "possible", access.External},
		{"the own one, all but another denied", root(me), "", others + a + `"}}}`, "possible", access.Internal},
		{"the own one, another denied", root(me), "", them + a + `"}}}`, "possible", access.Internal},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + test.principal + `,"Action":"kms:Decrypt","Resource":"*"`
			if test.condition != "" {
				text += `,"Condition":` + test.condition
			}
			text += "}"
			if test.deny != "" {
				text += "," + test.deny
			}
			doc := iam.Parse(holed(t, text+"]}"))
			for _, s := range []access.Subject{own(iam.Key), {Kind: iam.Key, Now: now}} {
				got := "no"
				rows := access.Audiences(doc, s).Rows
				for _, r := range rows {
					switch {
					case !r.Possible:
						got = "certain"
					case got == "no":
						got = "possible"
					}
					if r.Possible && !slices.ContainsFunc(r.DependsOn, func(ref string) bool { return ref == "data.aws_caller_identity.a.account_id" }) {
						t.Errorf("the row depends on %q", r.DependsOn)
					}
					if access.StandsIn(r.Who.Name) {
						t.Errorf("a row names %q", r.Who.Name)
					}
				}
				if got != test.want {
					t.Errorf("%s, want %s: %+v", got, test.want, rows)
				}
				r := access.Analyze(doc, s)
				if r.Verdict != test.verdict || r.Public != access.No {
					t.Errorf("%s (public %s), want %s", r.Verdict, r.Public, test.verdict)
				}
				if test.want == "possible" && r.Witness != nil {
					t.Errorf("what is possible has the witness %s", show(r.Witness))
				}
			}
		})
	}
}
