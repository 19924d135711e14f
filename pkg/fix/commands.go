package fix

import (
	"cmp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// commands mend what exists already with the AWS CLI. They name this key's id and region where they are known.
// https://docs.aws.amazon.com/cli/latest/reference/kms/put-key-policy.html
func (s *search) commands() []string {
	switch kind := s.kind(); {
	case s.argument() == "enable_key_rotation":
		return []string{"aws kms get-key-rotation-status" + s.key(), "aws kms enable-key-rotation" + s.key()}
	case s.argument() == "deletion_window_in_days":
		return []string{"aws kms describe-key" + s.key() + " --query KeyMetadata.DeletionDate", "aws kms cancel-key-deletion" + s.key(), "aws kms enable-key" + s.key()}
	case s.argument() != "":
		return nil
	case kind == "key":
		return []string{
			"aws kms get-key-policy" + s.key() + " --policy-name default --query Policy --output text > before.json",
			"keyproof check --kind key policy.json",
			"aws kms put-key-policy" + s.key() + " --policy-name default --policy file://policy.json",
			"aws kms list-grants" + s.key(),
			"aws kms revoke-grant" + s.key() + " --grant-id GRANT_ID",
		}
	case kind == "trust":
		return []string{
			"aws iam get-role --role-name " + s.named("name", "ROLE_NAME") + " --query Role.AssumeRolePolicyDocument > before.json",
			"keyproof check --kind trust policy.json",
			"aws iam update-assume-role-policy --role-name " + s.named("name", "ROLE_NAME") + " --policy-document file://policy.json",
		}
	}
	return s.identityCommands()
}

// identityCommands mend an identity policy, however it is held.
func (s *search) identityCommands() []string {
	const check, document = "keyproof check --kind identity policy.json", " --policy-document file://policy.json"
	inline := func(holder, of, name string) []string {
		who := "-" + holder + "-policy --" + holder + "-name " + of + " --policy-name " + name
		return []string{"aws iam get" + who + " --query PolicyDocument > before.json", check, "aws iam put" + who + document}
	}
	name := s.named("name", "POLICY_NAME")
	switch s.Resource.Type {
	case "aws_iam_role_policy":
		return inline("role", s.named("role", "ROLE_NAME"), name)
	case "aws_iam_user_policy":
		return inline("user", s.named("user", "USER_NAME"), name)
	case "aws_iam_group_policy":
		return inline("group", s.named("group", "GROUP_NAME"), name)
	case "aws_iam_role":
		return inline("role", s.named("name", "ROLE_NAME"), "POLICY_NAME")
	}
	arn := s.named("arn", "POLICY_ARN")
	return []string{
		"aws iam list-policy-versions --policy-arn " + arn,
		"aws iam get-policy-version --policy-arn " + arn + " --version-id VERSION --query PolicyVersion.Document > before.json",
		check,
		"aws iam create-policy-version --policy-arn " + arn + " --set-as-default" + document,
	}
}

// key are the options that name the key of the finding.
func (s *search) key() string {
	id := s.named("key_id", "")
	arn := s.named("arn", "")
	if strings.HasPrefix(id, "arn:") {
		arn = id
	}
	if of, ok := aws.ParseARN(arn); ok && of.Service == "kms" {
		return " --key-id " + strings.TrimPrefix(of.Resource, "key/") + " --region " + of.Region
	}
	out := " --key-id " + cmp.Or(id, "KEY_ID")
	if s.Subject.Region != "" {
		out += " --region " + s.Subject.Region
	}
	return out
}

// named is an argument of the resource as it is there already, or what stands for it.
func (s *search) named(attribute, otherwise string) string {
	for _, values := range []cty.Value{s.Resource.After, s.Resource.Before} {
		v, ok := unknown.Lookup(values, attribute)
		if !ok || unknown.IsSensitive(v) {
			continue
		}
		text, ok := unknown.String(values, attribute)
		if ok && text != "" && !unknown.HasHole(text) && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_/:-") == "" {
			return text
		}
	}
	return otherwise
}

// console are the steps in AWS's console, by its names of pages and buttons.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying.html
func (s *search) console() []string {
	switch {
	case s.argument() == "enable_key_rotation":
		return []string{"Open the AWS KMS console in the Region of the key, choose Customer managed keys, and choose the key.",
			"Choose the tab Key rotation. Under Automatic key rotation choose Edit, select Enable, and choose Save."}
	case s.argument() == "deletion_window_in_days":
		return []string{"Nothing is to do for the key now: the waiting period is chosen when the key is scheduled for deletion.",
			"Where it is scheduled already: in the AWS KMS console, Customer managed keys, choose the key, then Key actions, Cancel key deletion, and schedule it again with " + itoa(max(s.MinDeletionWindow, 7)) + " days."}
	case s.argument() != "":
		return nil
	case s.kind() == "key":
		return []string{"Open the AWS KMS console in the Region of the key, choose Customer managed keys, and choose the key.",
			"Choose the tab Key policy, then Switch to policy view where it is shown, then Edit.",
			"Look for a star as the principal, wildcards in the account of a principal, other accounts without a condition, and patterns that are too wide. Here it is " + s.where() + ".",
			"Put the policy of this fix in its place, and choose Save changes."}
	case s.kind() == "trust":
		return []string{"Open the IAM console, choose Roles, and choose the role.",
			"Choose the tab Trust relationships, then Edit trust policy. What to change is " + s.where() + ".",
			"Put the policy of this fix in its place, and choose Update policy."}
	case s.Resource.Type == "aws_iam_policy":
		return []string{"Open the IAM console, choose Policies, set Filter by Type to Customer managed, and choose the policy.",
			"On the tab Permissions choose Edit, then JSON. What to change is " + s.where() + ": bring Resource down to the ARNs of keys.",
			"Choose Next, then Save changes."}
	}
	return []string{"Open the IAM console, choose Roles, Users or User groups, and choose who holds the policy.",
		"On the tab Permissions choose the inline policy, then Edit, then JSON. What to change is " + s.where() + ": bring Resource down to the ARNs of keys.",
		"Choose Next, then Save changes."}
}

func (s *search) where() string {
	if s.Doc != nil {
		if st := s.Doc.Statement(s.statement()); st != nil {
			return label(st)
		}
	}
	return "the policy"
}
