package aws_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/aws"
)

func TestManagedPolicy(t *testing.T) {
	for arn, want := range map[string]struct {
		holds string
		known bool
	}{
		"arn:aws:iam::aws:policy/AdministratorAccess":                                        {`"Action":"*"`, true},
		"arn:aws:iam::aws:policy/PowerUserAccess":                                            {`"Action":"*"`, true},
		"arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser":                           {`kms:CreateKey`, true},
		"arn:aws:iam::aws:policy/service-role/ROSAKMSProviderPolicy":                         {`kms:Decrypt`, true},
		"arn:aws:iam::aws:policy/AWSDenyAll":                                                 {`"Deny"`, true},
		"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess":                                     {"", true},
		"arn:aws-us-gov:iam::aws:policy/AdministratorAccess":                                 {`"Action":"*"`, true},
		"arn:aws:iam::aws:policy/SomethingThatAWSAddsNextYear":                               {"", false},
		"arn:aws:iam::111122223333:policy/AdministratorAccess":                               {"", false},
		"arn:aws:iam::aws:role/AdministratorAccess":                                          {"", false},
		"AdministratorAccess":                                                                {"", false},
		"arn:aws:iam::aws:policy/":                                                           {"", false},
		"arn:aws:iam::aws:policy/aws-service-role/AWSBackupServiceLinkedRolePolicyForBackup": {"kms:", true},
	} {
		document, known := aws.ManagedPolicy(arn)
		if known != want.known || !strings.Contains(document, want.holds) || want.holds == "" && document != "" {
			t.Errorf("%s: %q, %v", arn, document, known)
		}
	}
}

func TestManagedPoliciesAreSortedDocuments(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(aws.ManagedPolicies(), "\n"), "\n")
	var names []string
	for _, line := range lines {
		name, document, has := strings.Cut(line, " ")
		names = append(names, name)
		if has && !json.Valid([]byte(document)) {
			t.Errorf("%s: no JSON: %s", name, document)
		}
	}
	if !slices.IsSorted(names) || len(names) < 1500 {
		t.Errorf("%d names, sorted: %v", len(names), slices.IsSorted(names))
	}
}
