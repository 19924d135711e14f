package extract

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
)

// table is all that is covered. Adding a type is adding a row.
var table = []row{
	{typ: "aws_kms_key", attribute: "policy", kind: iam.Key, optional: true, read: attribute},
	{typ: "aws_kms_replica_key", attribute: "policy", kind: iam.Key, optional: true, read: attribute},
	{typ: "aws_kms_external_key", attribute: "policy", kind: iam.Key, optional: true, read: attribute},
	{typ: "aws_kms_replica_external_key", attribute: "policy", kind: iam.Key, optional: true, read: attribute},
	{typ: "aws_kms_key_policy", attribute: "policy", kind: iam.Key, read: attribute},
	{typ: "aws_kms_grant", attribute: "grantee_principal", kind: iam.Grant, read: grant},
	{typ: "aws_iam_role", attribute: "assume_role_policy", kind: iam.Trust, read: attribute},
	{typ: "aws_iam_role", attribute: "inline_policy", kind: iam.Identity, read: blocks},
	{typ: "aws_iam_user", attribute: "inline_policy", kind: iam.Identity, elsewhere: true, read: blocks},
	{typ: "aws_iam_group", attribute: "inline_policy", kind: iam.Identity, elsewhere: true, read: blocks},
	{typ: "aws_ssoadmin_permission_set", attribute: "inline_policy", kind: iam.Identity, elsewhere: true, read: givenAttribute},
	{typ: "aws_iam_role_policy", attribute: "policy", kind: iam.Identity, read: attribute},
	{typ: "aws_iam_user_policy", attribute: "policy", kind: iam.Identity, read: attribute},
	{typ: "aws_iam_group_policy", attribute: "policy", kind: iam.Identity, read: attribute},
	{typ: "aws_iam_policy", attribute: "policy", kind: iam.Identity, read: attribute},
	{typ: "aws_ssoadmin_permission_set_inline_policy", attribute: "inline_policy", kind: iam.Identity, read: attribute},
	{typ: "aws_iam_role", attribute: "managed_policy_arns", kind: iam.Identity, read: attachedByName},
	{typ: "aws_iam_user", attribute: "managed_policy_arns", kind: iam.Identity, elsewhere: true, read: attachedByName},
	{typ: "aws_iam_group", attribute: "managed_policy_arns", kind: iam.Identity, elsewhere: true, read: attachedByName},
	{typ: "aws_ssoadmin_permission_set", attribute: "managed_policy_arns", kind: iam.Identity, elsewhere: true, read: attachedByName},
	{typ: "aws_iam_role_policy_attachment", attribute: "policy_arn", kind: iam.Identity, read: attachedByName},
	{typ: "aws_iam_user_policy_attachment", attribute: "policy_arn", kind: iam.Identity, read: attachedByName},
	{typ: "aws_iam_group_policy_attachment", attribute: "policy_arn", kind: iam.Identity, read: attachedByName},
	{typ: "aws_iam_policy_attachment", attribute: "policy_arn", kind: iam.Identity, read: attachedByName},
	{typ: "aws_iam_role_policy_attachments_exclusive", attribute: "policy_arns", kind: iam.Identity, read: attachedByName},
	{typ: "aws_iam_user_policy_attachments_exclusive", attribute: "policy_arns", kind: iam.Identity, read: attachedByName},
	{typ: "aws_iam_group_policy_attachments_exclusive", attribute: "policy_arns", kind: iam.Identity, read: attachedByName},
	{typ: "aws_ssoadmin_managed_policy_attachment", attribute: "managed_policy_arn", kind: iam.Identity, read: attachedByName},
}

// linked are the types that hold no policy and tell which belongs to what, who can be trusted, or what a reference leads
// to.
var linked = []string{
	"aws_iam_group_membership",
	"aws_iam_group_policy_attachment",
	"aws_iam_group_policy_attachments_exclusive",
	"aws_iam_openid_connect_provider",
	"aws_iam_saml_provider",
	"aws_iam_policy_attachment",
	"aws_iam_role_policy_attachment",
	"aws_iam_role_policy_attachments_exclusive",
	"aws_iam_user",
	"aws_iam_group",
	"aws_iam_user_group_membership",
	"aws_iam_user_policy_attachment",
	"aws_iam_user_policy_attachments_exclusive",
	"aws_kms_alias",
	"aws_ssoadmin_permission_set",
	"data.aws_caller_identity",
	"data.aws_iam_openid_connect_provider",
	"data.aws_iam_policy",
	"data.aws_iam_policy_document",
	"data.aws_iam_role",
	"data.aws_kms_alias",
	"data.aws_kms_key",
	"data.aws_organizations_organization",
	"data.aws_partition",
	"data.aws_region",
}

// Types are the types of resources that Policies looks at, sorted; those of data sources start with "data.", and a star stands for the
// rest of a name.
func Types() []string {
	out := append(slices.Clone(linked), stackType, cloudControlType, "aws_kms_*", "awscc_kms_*")
	for _, r := range table {
		out = append(out, r.typ)
	}
	for _, t := range translations {
		out = append(out, t.typ)
	}
	for _, u := range unjudgedTypes {
		out = append(out, u.typ)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Wanted says whether Policies looks at resources of a type.
func Wanted(mode tf.Mode, typ string) bool {
	switch mode {
	case tf.Data:
		typ = "data." + typ
	case tf.Managed:
	default:
		return false
	}
	return slices.Contains(Types(), typ) || isNewType(typ)
}

// isNewType says whether a type is one of KMS that the tables do not have: they age. A ciphertext gives nobody access.
func isNewType(typ string) bool {
	return (strings.HasPrefix(typ, "aws_kms_") || strings.HasPrefix(typ, "awscc_kms_")) && typ != "aws_kms_ciphertext" && !slices.Contains(Types(), typ)
}

// settings are the arguments of keys that rules judge by their value, and point to where that is written.
var settings = []string{"deletion_window_in_days", "enable_key_rotation", "bypass_policy_lockout_safety_check"}

// WantedText says whether the places that parts of an argument come from are of interest: it holds a policy, names who is
// given a grant, or is a setting of a key.
func WantedText(typ, argument string) bool {
	switch typ {
	case stackType:
		return argument == "template_body"
	case cloudControlType:
		return argument == "desired_state"
	}
	if t := translationOf(typ); t != nil {
		typ, argument = t.as, t.path(argument)
	}
	return slices.ContainsFunc(table, func(r row) bool {
		return r.typ == typ && (r.attribute == argument || r.kind == iam.Key && slices.Contains(settings, argument))
	})
}

func rowsOf(res *tf.Resource) []row {
	if res.Mode != tf.Managed {
		return nil
	}
	var out []row
	for _, r := range table {
		if r.typ == res.Type {
			out = append(out, r)
		}
	}
	return out
}
