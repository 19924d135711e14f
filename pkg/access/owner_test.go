package access_test

import (
	"slices"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// The account of the key is no stranger's, also where its id is not known.
func TestOwnerThatIsNotKnown(t *testing.T) {
	for value, want := range map[string]access.Public{"${aws:ResourceAccount}": access.No, "${AWS:resourceaccount}": access.No, "*": access.Yes} {
		doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*",` +
			`"Condition":{"StringLike":{"aws:PrincipalAccount":"` + value + `"}}}]}`))
		for _, resource := range []string{"", "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"} {
			got := access.Analyze(doc, access.Subject{Kind: iam.Key, Resource: resource})
			if got.Public != want {
				t.Errorf("%s of %q: public is %s, want %s", value, resource, got.Public, want)
			}
		}
	}
}

// TestTrustedOrganization holds that a named account is trusted where its callers have to be of a trusted organization.
func TestTrustedOrganization(t *testing.T) {
	for condition, want := range map[string]access.Verdict{
		`{"StringEquals":{"aws:PrincipalOrgID":"` + otherOrg + `"}}`:                access.Internal,
		`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"` + otherOrg + `/*"}}`: access.Internal,
		`{"StringNotEquals":{"aws:PrincipalOrgID":"` + otherOrg + `"}}`:             access.External,
		`{}`: access.External,
	} {
		s := own(iam.Key)
		s.TrustedOrganizations = []string{otherOrg}
		doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:Decrypt","Resource":"*","Condition":` + condition + `}]}`))
		if got := access.Analyze(doc, s).Verdict; got != want {
			t.Errorf("%s: got %s, want %s", condition, got, want)
		}
	}
}

// TestExempted is a Deny that exempts a role, a user and the account as a whole: the user is exempted, and whether others of the account
// and the sessions of the role are is not said.
func TestExempted(t *testing.T) {
	doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:role/app","arn:aws:iam::111122223333:user/ops","arn:aws:iam::111122223333:root"]},"Action":"kms:Decrypt","Resource":"*"}]}`))
	held := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*"}]}`))
	for _, test := range []struct {
		name, action string
		possible     bool
	}{{"user/ops", "kms:Decrypt", false}, {"role/app", "kms:Decrypt", true}, {"role/app", "kms:Encrypt", false}, {"role/hop", "kms:Decrypt", true}, {"role/hop", "kms:Encrypt", false}} {
		rows, _ := access.Joint(doc, own(iam.Key), access.Party{ARN: "arn:aws:iam::111122223333:" + test.name, Policies: []*iam.Document{held}})
		found := false
		for _, r := range rows {
			if slices.Contains(r.Actions, test.action) {
				found = true
				if r.Possible != test.possible {
					t.Errorf("%s %s: possible is %v", test.name, test.action, r.Possible)
				}
			}
		}
		if !found {
			t.Errorf("%s %s: no row", test.name, test.action)
		}
	}
}
