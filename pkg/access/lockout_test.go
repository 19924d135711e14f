package access_test

import (
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
)

// TestLockedOut holds that a lockout is said of what holds in every reading: an account that may be the own one is one.
func TestLockedOut(t *testing.T) {
	put := func(principal, condition string) string {
		return `{"Effect":"Allow","Principal":` + principal + `,"Action":"kms:*","Resource":"*"` + condition + `}`
	}
	user := `{"Effect":"Allow","Principal":{"AWS":"⟨user aws_iam_user.u.arn⟩"},"Action":"kms:Decrypt","Resource":"*"}`
	tests := []struct {
		name, statements string
		account          string
		want             bool
	}{
		{"the own root", put(`{"AWS":"arn:aws:iam::111122223333:root"}`, ""), "111122223333", false},
		{"the root of another account", put(`{"AWS":"arn:aws:iam::444455556666:root"}`, ""), "111122223333", true},
		{"a root that may be the own one", put(`{"AWS":"arn:aws:iam::444455556666:root"}`, "") + "," + user, "", false},
		{"an account that may be the own one", put(`{"AWS":"444455556666"}`, "") + "," + user, "", false},
		{"a role that may be of the own account", put(`{"AWS":"arn:aws:iam::444455556666:role/admin"}`, "") + "," + user, "", false},
		{"a condition on an account that may be the own one", put(`{"AWS":"*"}`, `,"Condition":{"StringEquals":{"kms:CallerAccount":"444455556666"}}`) + "," + user, "", false},
		{"a condition on accounts one of which may be the own one", put(`{"AWS":"*"}`, `,"Condition":{"StringLike":{"aws:PrincipalAccount":"4444*"}}`) + "," + user, "", false},
		{"a condition on roles that may be of the own account", put(`{"AWS":"*"}`, `,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/admin"}}`) + "," + user, "", false},
		{"the root that may be the own one is denied", put(`{"AWS":"arn:aws:iam::444455556666:root"}`, "") + "," + user + `,{"Effect":"Deny","Principal":"*","Action":"kms:Put*","Resource":"*"}`, "", true},
		{"nobody but who may decrypt", user, "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := own(iam.Key)
			s.Account, s.Resource, s.Address = test.account, "", "aws_kms_key.this"
			doc := iam.Parse(holed(t, `{"Version":"2012-10-17","Statement":[`+test.statements+`]}`))
			if got := access.LockedOut(doc, s); got != test.want {
				t.Errorf("locked out: %v, want %v", got, test.want)
			}
		})
	}
}

// TestUserIDs holds that the unknown id of a user is what the user has in aws:userid.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func TestUserIDs(t *testing.T) {
	trust := func(principal, id string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole",` +
			`"Condition":{"StringLike":{"aws:userid":"` + id + `"}}}]}`
	}
	for _, test := range []struct {
		name, doc string
		want      access.Verdict
	}{
		{"a user", trust("⟨user aws_iam_user.u.arn⟩", "⟨userid aws_iam_user.u.unique_id⟩"), access.Internal},
		{"sessions of a role", trust("⟨role aws_iam_role.r.arn⟩", "⟨id aws_iam_role.r.unique_id⟩:*"), access.Internal},
		{"a role without the name of its session", trust("⟨role aws_iam_role.r.arn⟩", "⟨id aws_iam_role.r.unique_id⟩"), access.None},
	} {
		s := own(iam.Trust)
		if r := access.Analyze(iam.Parse(holed(t, test.doc)), s); r.Verdict != test.want || r.Public != access.No {
			t.Errorf("%s: %s, public %s; want %s", test.name, r.Verdict, r.Public, test.want)
		}
	}
}
