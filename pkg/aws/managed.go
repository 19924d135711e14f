package aws

import (
	_ "embed"
	"slices"
	"strings"
)

// ManagedPoliciesDate is the day of the copy of AWS's own policies that [ManagedPolicy] answers from.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
const ManagedPoliciesDate = "2026-08-22"

// managedPolicies has a line for each policy, sorted by name: the name, and where the policy is about an action of KMS or
// sts:AssumeRole, a blank and the statements that do or that deny one, as a policy document. Actions of other services
// and resources that are no keys or roles are left out.
//
//go:embed managed_policies.txt
var managedPolicies string

// ManagedPolicy is what the AWS managed policy with that ARN says about keys and about roles to assume, as a policy
// document; "" where it says nothing of them. It is not known where the ARN is none of AWS's, or AWS added the policy
// after [ManagedPoliciesDate].
func ManagedPolicy(arn string) (document string, known bool) {
	of, ok := ParseARN(arn)
	if !ok || of.Service != "iam" || of.Account != "aws" {
		return "", false
	}
	path, isPolicy := strings.CutPrefix(of.Resource, "policy/")
	if !isPolicy {
		return "", false
	}
	name := path[strings.LastIndex(path, "/")+1:]
	lines := strings.Split(managedPolicies, "\n")
	i, found := slices.BinarySearchFunc(lines, name, func(line, name string) int {
		is, _, _ := strings.Cut(line, " ")
		return strings.Compare(is, name)
	})
	if !found || name == "" {
		return "", false
	}
	_, document, _ = strings.Cut(lines[i], " ")
	// The copy is of the partition aws; the policies of the others name their own ARNs.
	return strings.ReplaceAll(document, "arn:aws:", "arn:"+of.Partition+":"), true
}

// DefaultKeyPolicy is the document that AWS gives a key made without a policy, account being the id of the account that
// owns it: that account may do everything.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func DefaultKeyPolicy(account string) string {
	return `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow",` +
		`"Principal":{"AWS":"` + account + `"},"Action":"kms:*","Resource":"*"}]}`
}
