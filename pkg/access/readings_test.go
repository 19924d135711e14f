package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Where the document has more readings than are tried, nothing is certain: which of 70 accounts is the key's decides.
func TestTooManyReadings(t *testing.T) {
	var accounts []string
	for i := range 70 {
		accounts = append(accounts, fmt.Sprintf(`"arn:aws:kms:*:1111222233%02d:key/*"`, i))
	}
	everyKey := `Resource":[` + strings.Join(accounts, ",") + `]`
	for name, text := range map[string]string{
		"allowed": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","` + everyKey + `}]}`,
		"denied": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"},
			{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Not` + everyKey + `}]}`,
	} {
		s := access.Subject{Kind: iam.Key}
		doc := iam.Parse(unknown.Known(text))
		if r := access.Analyze(doc, s); r.Public != access.Unsure || r.Verdict != access.Unknown || r.Reason == "" {
			t.Errorf("%s: %s, public %s (%s)", name, r.Verdict, r.Public, r.Reason)
		}
		rows := access.Audiences(doc, s)
		if rows.More == "" {
			t.Errorf("%s: it is not said that rows are missing", name)
		}
		for _, r := range rows.Rows {
			if !r.Possible {
				t.Errorf("%s: a row is certain: %+v", name, r)
			}
		}
		role := access.Party{ARN: "arn:aws:iam::111122223333:role/app", Policies: []*iam.Document{doc}}
		joined, more := access.Joint(doc, s, role)
		if more == "" {
			t.Errorf("%s: it is not said that rows of a role are missing", name)
		}
		for _, r := range joined {
			if !r.Possible {
				t.Errorf("%s: a row of a role is certain: %+v", name, r)
			}
		}
	}
}

// TestReadings is what a statement for everybody says where something of the owner or the key is not known.
func TestReadings(t *testing.T) {
	const key = `"Resource":"*"`
	named := access.Subject{Kind: iam.Key, Account: "111122223333", Resource: "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"}
	owner := access.Subject{Kind: iam.Key, Account: "111122223333"}
	tests := []struct {
		name      string
		subject   access.Subject
		statement string
		verdict   access.Verdict
	}{
		{"an organization that may be the own one", owner, key + `,"Condition":{"StringEquals":{"aws:ResourceOrgID":"o-a1b2c3d4e5"}}`, access.Unknown},
		{"a pattern that it may fit", owner, key + `,"Condition":{"StringLike":{"aws:ResourceOrgID":"o-a1*"}}`, access.Unknown},
		{"a pattern that any fits", owner, key + `,"Condition":{"StringLike":{"aws:ResourceOrgID":"o-*"}}`, access.Unknown},
		{"a pattern that any fits, or no organization", owner, key + `,"Condition":{"StringLikeIfExists":{"aws:ResourceOrgID":"o-*"}}`, access.Everyone},
		{"whether the key is in a region", owner, key + `,"Condition":{"Null":{"aws:RequestedRegion":"false"}}`, access.Everyone},
		{"a value of a parameter that AWS documents", named, key + `,"Action":"kms:Sign","Condition":{"StringLike":{"kms:MessageType":["X","DIG*"]}}`, access.Everyone},
		{"one that it does not", named, key + `,"Action":"kms:Sign","Condition":{"StringEquals":{"kms:MessageType":"X"}}`, access.Unknown},
		{"any but one that it does not", named, key + `,"Action":"kms:Sign","Condition":{"StringNotEquals":{"kms:MessageType":"X"}}`, access.Everyone},
		{"a wildcard as a letter of one", named, key + `,"Action":"kms:Sign","Condition":{"StringEquals":{"kms:MessageType":"R*"}}`, access.None},
		{"operations that a grant may be for", named, key + `,"Action":"kms:CreateGrant","Condition":{"ForAllValues:StringEquals":{"kms:GrantOperations":["Decrypt","X"]}}`, access.Everyone},
		{"one that none may be for", named, key + `,"Action":"kms:CreateGrant","Condition":{"ForAnyValue:StringEquals":{"kms:GrantOperations":"X"}}`, access.Unknown},
		{"called through the MCP server, and not", named, key + `,"Condition":{"Bool":{"aws:ViaAWSMCPService":"false"},"Null":{"aws:CalledViaAWSMCP":"false"}}`, access.None},
		{"whether there is one", owner, key + `,"Condition":{"Null":{"aws:ResourceOrgID":"true"}}`, access.Unknown},
		{"the own one against itself", owner, key + `,"Condition":{"StringEquals":{"aws:ResourceOrgID":"${aws:ResourceOrgID}"}}`, access.Everyone},
		{"the caller's against the own one", owner, key + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"${aws:ResourceOrgID}"}}`, access.ExternalOrg},
		{"an account that may be the own one", access.Subject{Kind: iam.Key}, key + `,"Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}`, access.Unknown},
		{"one that is not", named, key + `,"Condition":{"StringEquals":{"aws:ResourceAccount":"444455556666"}}`, access.None},
		{"a region that may be the key's", owner, `"Resource":"arn:aws:kms:eu-west-1:111122223333:key/*"`, access.Unknown},
		{"one that is not", named, `"Resource":"arn:aws:kms:eu-west-1:111122223333:key/*"`, access.None},
		{"the account by a variable", named, `"Resource":"arn:aws:kms:*:${aws:ResourceAccount}:key/*"`, access.Everyone},
		{"the caller's account as the key's", named, `"Resource":"arn:aws:kms:*:${aws:PrincipalAccount}:key/*"`, access.Internal},
		{"anybody's account but the key's", named, `"NotResource":"arn:aws:kms:*:${aws:PrincipalAccount}:key/*"`, access.Everyone},
		{"a tag of the caller as the key's id", named, `"Resource":"arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/id}"`, access.Everyone},
		{"an action that nobody knows", named, key + `,"Action":"kms:NewThing"`, access.Unknown},
		{"a key that nobody knows", named, key + `,"Condition":{"StringEquals":{"aws:NewThing":"x"}}`, access.Unknown},
	}
	for _, test := range tests {
		action := `"Action":"kms:Decrypt",`
		if strings.Contains(test.statement, `"Action"`) {
			action = ""
		}
		doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},` + action + test.statement + `}]}`))
		r := access.Analyze(doc, test.subject)
		if r.Verdict != test.verdict {
			t.Errorf("%s: %s (%s), want %s: %s", test.name, r.Verdict, r.Reason, test.verdict, test.statement)
		}
		if r.Verdict == access.Unknown && r.Reason == "" && len(r.DependsOn) == 0 {
			t.Errorf("%s: it is not said what decides: %s", test.name, test.statement)
		}
		for r, seen := r.Witness, false; r != nil && !seen; seen = true {
			for key, v := range r.Context {
				for _, one := range append(v.All, r.Resource, r.Principal) {
					if access.StandsIn(one) {
						t.Errorf("%s: the witness shows a symbol: %s %s", test.name, key, one)
					}
				}
			}
		}
	}
}
