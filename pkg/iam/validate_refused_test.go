package iam_test

import (
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// What AWS refuses in documents that are well formed otherwise.
func TestRefused(t *testing.T) {
	long := `"arn:aws:kms:us-east-1:111122223333:key/` + strings.Repeat("a", 7000) + `"`
	tests := []struct {
		name, statement  string
		kind             iam.Kind
		size             int
		refused, perhaps bool
	}{
		{"no resources", `"Effect":"Allow","Action":"kms:Decrypt","Resource":[]`, iam.Identity, aws.RolePolicySize, true, false},
		{"no actions", `"Effect":"Allow","Action":[],"Resource":"*"`, iam.Identity, aws.RolePolicySize, true, false},
		{"no exceptions", `"Effect":"Allow","NotAction":[],"Resource":"*"`, iam.Identity, aws.RolePolicySize, true, false},
		{"one of each", `"Effect":"Allow","Action":["kms:Decrypt"],"Resource":["*"]`, iam.Identity, aws.RolePolicySize, false, false},
		{"too long for a managed policy", `"Effect":"Allow","Action":"kms:Decrypt","Resource":` + long, iam.Identity, aws.ManagedPolicySize, true, false},
		{"not for one of a role", `"Effect":"Allow","Action":"kms:Decrypt","Resource":` + long, iam.Identity, aws.RolePolicySize, false, false},
		{"blanks do not count", `"Effect":"Allow",` + strings.Repeat(" ", 7000) + `"Action":"kms:Decrypt","Resource":"*"`, iam.Identity, aws.UserPolicySize, false, false},
		{"another spelling", `"Effect":"allow","Action":"kms:Decrypt","Resource":"*"`, iam.Identity, aws.RolePolicySize, true, true},
		{"its own partition", `"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","111122223333","*"]},"Action":"kms:*","Resource":"*"`, iam.Key, 32768, false, false},
		{"another partition", `"Effect":"Allow","Principal":{"AWS":"arn:aws-us-gov:iam::111122223333:root"},"Action":"kms:*","Resource":"*"`, iam.Key, 32768, true, true},
		{"a provider of another partition", `"Effect":"Allow","Principal":{"Federated":"arn:aws-cn:iam::111122223333:saml-provider/x"},"Action":"sts:AssumeRoleWithSAML"`, iam.Trust, 2048, true, true},
		{"another word", `"Effect":"Permit","Action":"kms:Decrypt","Resource":"*"`, iam.Identity, aws.RolePolicySize, true, false},
		{"an access key as a principal", `"Effect":"Allow","Principal":{"AWS":"AKIAEXAMPLEEXAMPLE12"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, true, false},
		{"a role that is gone", `"Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEEXAMPLE123"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, false, false},
		{"a session with the path of its role", `"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/path/app/s"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, true, false},
		{"a character beyond Latin-1", `"Sid":"日","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, true, false},
		{"one as an escape", `"Sid":"\u65e5","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, true, true},
		{"a control character", `"Sid":"\u0001","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, true, true},
		{"what only looks like an escape", `"Sid":"\\u65e5","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, false, false},
		{"a Sid of two words in a trust policy", `"Sid":"a b","Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"`, iam.Trust, aws.TrustPolicySize, true, true},
		{"one in a key policy", `"Sid":"a b","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, false, false},
		{"no service of AWS", `"Effect":"Allow","Principal":{"Service":"sns.amazonaws.co"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, true, true},
		{"a service in China", `"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com.cn"},"Action":"kms:Decrypt","Resource":"*"`, iam.Key, aws.KeyPolicySize, false, false},
		{"no resource of a key", `"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":""`, iam.Key, aws.KeyPolicySize, false, false},
	}
	for _, test := range tests {
		doc := iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{` + test.statement + `}]}`))
		problems := iam.ValidateWithin(doc, test.kind, test.size, "aws")
		if iam.Refused(problems) != test.refused {
			t.Errorf("%s: %v", test.name, problems)
		}
		if len(problems) > 0 && problems[0].Perhaps != test.perhaps {
			t.Errorf("%s: perhaps is %v", test.name, problems[0].Perhaps)
		}
	}
}
