package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// TestWrittenSymbols holds that a document which writes the text of a symbol is not taken at its word.
func TestWrittenSymbols(t *testing.T) {
	statement := func(principal, resource, condition string) string {
		return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": ` + principal + `, "Action": "kms:*", "Resource": "` + resource + `", "Condition": {` + condition + `}}]}`
	}
	for name, test := range map[string]struct {
		policy  string
		account string
		public  access.Public
		verdict access.Verdict
	}{
		"another account":      {statement(`{"AWS": "arn:aws:iam::000057000002:root"}`, "*", ""), ownAccount, access.No, access.External},
		"a symbol's account":   {statement(`{"AWS": "arn:aws:iam::000000100001:root"}`, "*", ""), ownAccount, access.No, access.External},
		"the key's account":    {statement(`"*"`, "*", `"StringEquals": {"aws:ResourceAccount": "000057000002"}`), "", access.Unsure, access.Unknown},
		"the own organization": {statement(`"*"`, "*", `"StringEquals": {"aws:ResourceOrgID": "o-00000000000000000000000000000own"}`), "", access.Unsure, access.Unknown},
		"the key's region":     {statement(`"*"`, "arn:aws:kms:own-region:"+ownAccount+":key/*", ""), ownAccount, access.Unsure, access.Unknown},
		"the key's id":         {statement(`"*"`, "arn:aws:kms:*:"+ownAccount+":key/5eed5eed-0000-4000-8000-5eed5eed5eed", ""), ownAccount, access.Unsure, access.Unknown},
		"a source account":     {statement(`{"Service": "sns.amazonaws.com"}`, "*", `"StringEquals": {"aws:SourceAccount": "000057000002"}`), ownAccount, access.No, access.External},
		"a mark":               {statement(`{"AWS": "arn:aws:iam::`+ownAccount+`:role/\u00860000000001\u0087"}`, "*", ""), ownAccount, access.No, access.Internal},
	} {
		doc := iam.Parse(unknown.Known(test.policy))
		r := access.Analyze(doc, access.Subject{Kind: iam.Key, Account: test.account})
		if r.Public != test.public || r.Verdict != test.verdict {
			t.Errorf("%s: %s, public %s (%s, %v)", name, r.Verdict, r.Public, r.Reason, r.DependsOn)
		}
		for _, row := range access.Audiences(doc, access.Subject{Kind: iam.Key, Account: test.account}).Rows {
			if row.Who.Ref == "the own account" {
				t.Errorf("%s: %v is called the own account", name, row.Who)
			}
		}
	}
}

// TestManyAccounts holds that what is asked of each account that a document names does not read the values of its conditions again.
func TestManyAccounts(t *testing.T) {
	var principals, accounts []string
	for i := range 2000 {
		accounts = append(accounts, fmt.Sprintf(`"%012d"`, 200000000000+i))
		principals = append(principals, fmt.Sprintf(`"arn:aws:iam::%012d:root"`, 200000000000+i))
	}
	doc := iam.Parse(unknown.Known(`{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Principal": {"AWS": [` + strings.Join(principals, ",") + `]}, "Action": "kms:Decrypt", "Resource": "*"},
		{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": [` + strings.Join(accounts, ",") + `]}}}]}`))
	start := spent()
	facts := access.Statements(doc, own(iam.Key))
	if took := spent() - start; took > adversarialTime {
		t.Errorf("it took %v", took)
	}
	if len(facts) != 1 || len(facts[0].Accounts) == 0 {
		t.Errorf("the facts are %v", facts)
	}
}
