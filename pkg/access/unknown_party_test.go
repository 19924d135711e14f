package access_test

import (
	"slices"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestUnknownParty holds that an unknown value of a key that says who the caller is may be what a party has, or not: what
// rests on it is possible, and no way of strangers that is certain.
func TestUnknownParty(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/app"
	everyone := `{"AWS":"*"}`
	for _, test := range []struct {
		name, principal, condition string
		want                       string // certain, possible or no
	}{
		{"nothing unknown", everyone, `{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}`, "certain"},
		{"an account", everyone, `{"StringEquals":{"aws:PrincipalAccount":"⟨any var.account⟩"}}`, "possible"},
		{"another account than one", everyone, `{"StringNotEquals":{"kms:CallerAccount":"⟨any var.account⟩"}}`, "possible"},
		{"the own account", everyone, `{"StringEquals":{"aws:PrincipalAccount":"⟨account data.aws_caller_identity.me.account_id⟩"}}`, "certain"},
		{"an id", everyone, `{"StringEquals":{"aws:userid":"⟨any var.id⟩"}}`, "possible"},
		{"an ARN", everyone, `{"ArnLike":{"aws:PrincipalArn":"⟨any var.arn⟩"}}`, "possible"},
		{"a role by its name", everyone, `{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/⟨name var.name⟩"}}`, "possible"},
		{"a principal", `{"AWS":"⟨any var.who⟩"}`, "", "possible"},
		{"a role of an account", `{"AWS":"arn:aws:iam::⟨any var.account⟩:role/app"}`, "", "possible"},
		{"a role of the account", `{"AWS":"arn:aws:iam::111122223333:role/⟨any var.name⟩"}`, "", "possible"},
		{"another role of an account", `{"AWS":"arn:aws:iam::⟨any var.account⟩:role/web"}`, "", "no"},
		{"a role of another account", `{"AWS":"arn:aws:iam::444455556666:role/⟨any var.name⟩"}`, "", "no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			condition := ""
			if test.condition != "" {
				condition = `,"Condition":` + test.condition
			}
			doc := iam.Parse(holed(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":`+test.principal+`,"Action":"kms:Decrypt","Resource":"*"`+condition+`}]}`))
			s := own(iam.Key)
			rows, _ := access.Joint(doc, s, access.Party{ARN: role})
			got := "no"
			for _, r := range rows {
				switch {
				case !r.Possible:
					got = "certain"
				case got == "no":
					got = "possible"
				}
				for _, c := range r.Conditions {
					if slices.ContainsFunc(c.Values, func(v string) bool { return access.StandsIn(v) || unknown.HasFixed(v) }) {
						t.Errorf("a condition shows %q", c.Values)
					}
				}
			}
			if got != test.want {
				t.Errorf("%s, want %s: %+v", got, test.want, rows)
			}
			way, reached := access.Reaches(doc, s, access.Role{Party: access.Party{ARN: role}}), "no"
			if way != nil {
				reached = map[bool]string{true: "possible", false: "certain"}[way.Possible]
			}
			if reached != test.want {
				t.Errorf("a way of strangers: %+v, where it is %s", way, test.want)
			}
		})
	}
}
