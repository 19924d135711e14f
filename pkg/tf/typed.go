package tf

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Typed is the unknown attribute that ref names, such as aws_iam_role.app.arn, with what is certain of it: an attribute
// that may hold what somebody chose, such as the value of a parameter, is AnyText. The value must be the attribute
// itself, nothing that is made of it. of becomes [Unknown.Of].
func Typed(ref, of string) Unknown {
	return Unknown{Ref: ref, Of: of, Kind: kindOf(ref)}
}

func kindOf(ref string) UnknownKind {
	r, ok := ParseReference(ref)
	attr := r.Attribute()
	if !ok || attr == "" || r.Key != cty.NilVal && !r.Key.IsKnown() {
		return AnyText // behind a module call stands an output, which may be anything; behind [*] a list
	}
	key := r.Type + "." + attr
	if r.Mode != Managed {
		key = string(r.Mode) + "." + key
	}
	if kind, ok := attributeKinds[key]; ok {
		return kind
	}
	if r.Mode == Managed && strings.HasPrefix(r.Type, "aws_") && attr == "arn" {
		return OwnARN
	}
	return AnyText
}

// attributeKinds types attributes by "type.attribute". What is not here is AnyText, but the arn of a managed AWS
// resource, which is OwnARN.
var attributeKinds = map[string]UnknownKind{
	"data.aws_caller_identity.account_id": OwnAccount,
	"data.aws_caller_identity.id":         OwnAccount,
	"data.aws_caller_identity.arn":        CallerARN,

	"data.aws_organizations_organization.id":                OwnOrg,
	"data.aws_organizations_organization.master_account_id": PlainName,
	"aws_organizations_organization.id":                     OwnOrg,
	"aws_organizations_organization.master_account_id":      PlainName,
	"aws_organizations_account.id":                          PlainName,

	"data.aws_partition.partition":          PartitionID,
	"data.aws_partition.id":                 PartitionID,
	"data.aws_partition.dns_suffix":         PlainName,
	"data.aws_partition.reverse_dns_prefix": PlainName,
	"data.aws_region.name":                  RegionName,
	"data.aws_region.region":                RegionName,
	"data.aws_region.id":                    RegionName,

	"aws_iam_role.arn":                RoleARN,
	"aws_iam_role.id":                 PlainName,
	"aws_iam_role.name":               PlainName,
	"aws_iam_role.unique_id":          UniqueID,
	"aws_iam_service_linked_role.arn": RoleARN,
	"aws_iam_service_linked_role.id":  RoleARN,
	"data.aws_iam_role.arn":           RoleARN,
	"data.aws_iam_role.unique_id":     UniqueID,

	"aws_iam_user.arn":         UserARN,
	"aws_iam_user.id":          PlainName,
	"aws_iam_user.name":        PlainName,
	"aws_iam_user.unique_id":   UniqueID,
	"data.aws_iam_user.arn":    UserARN,
	"data.aws_iam_user.id":     UniqueID,
	"aws_iam_group.name":       PlainName,
	"aws_iam_group.id":         PlainName,
	"aws_iam_policy.id":        OwnARN,
	"aws_iam_policy.policy_id": UniqueID,

	"aws_iam_openid_connect_provider.arn":      OIDCProvider,
	"aws_iam_openid_connect_provider.id":       OIDCProvider,
	"data.aws_iam_openid_connect_provider.arn": OIDCProvider,
	"aws_iam_saml_provider.arn":                SAMLProvider,
	"aws_iam_saml_provider.id":                 SAMLProvider,
	"data.aws_iam_saml_provider.arn":           SAMLProvider,

	"aws_kms_key.arn":                     KeyARN,
	"aws_kms_key.key_id":                  KeyID,
	"aws_kms_key.id":                      KeyID,
	"aws_kms_replica_key.arn":             KeyARN,
	"aws_kms_replica_key.key_id":          KeyID,
	"aws_kms_replica_key.id":              KeyID,
	"aws_kms_external_key.arn":            KeyARN,
	"aws_kms_external_key.id":             KeyID,
	"aws_kms_replica_external_key.arn":    KeyARN,
	"aws_kms_replica_external_key.key_id": KeyID,
	"aws_kms_replica_external_key.id":     KeyID,
	"aws_kms_alias.target_key_arn":        KeyARN,
	"data.aws_kms_alias.target_key_arn":   KeyARN,
	"data.aws_kms_alias.target_key_id":    KeyID,
	"aws_kms_grant.grant_id":              PlainName,

	"aws_vpc.id":                      PlainName,
	"aws_default_vpc.id":              PlainName,
	"aws_vpc_endpoint.id":             PlainName,
	"aws_subnet.id":                   PlainName,
	"aws_security_group.id":           PlainName,
	"aws_instance.id":                 PlainName,
	"aws_cloudfront_distribution.id":  PlainName,
	"aws_s3_bucket.id":                PlainName,
	"aws_s3_bucket.bucket":            PlainName,
	"data.aws_vpc.id":                 PlainName,
	"data.aws_vpc_endpoint.id":        PlainName,
	"data.aws_canonical_user_id.id":   PlainName,
	"random_id.id":                    PlainName,
	"random_uuid.id":                  PlainName,
	"random_uuid.result":              PlainName,
	"random_integer.id":               PlainName,
	"random_integer.result":           PlainName,
	"aws_lakeformation_resource.arn":  AnyText, // an argument
	"aws_cloudwatch_log_group.arn":    AnyText, // ends with :* in old versions of the provider
	"aws_organizations_account.arn":   AnyText, // names the management account
	"aws_organizations_policy.arn":    AnyText,
	"aws_cognito_user_pool.id":        PlainName,
	"aws_cognito_user_pool_client.id": PlainName,
}

// JoinUnknown is the unknown that stands for a value which depends on all of refs: its Ref joins theirs with ", ".
// Without refs it is an AnyText without a name. See [Unknown.Refs].
func JoinUnknown(refs []Unknown) Unknown {
	if len(refs) == 1 {
		return refs[0]
	}
	var out Unknown
	seen := map[string]bool{}
	var names []string
	for _, u := range refs {
		out.Sensitive = out.Sensitive || u.Sensitive
		for _, name := range u.Refs() {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	out.Ref = strings.Join(names, ", ")
	return out
}

// Refs are the references that Ref joins.
func (u Unknown) Refs() []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(u.Ref); i++ {
		switch {
		case quoted && u.Ref[i] == '\\':
			i++
		case u.Ref[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(u.Ref[i:], ", "):
			out = append(out, u.Ref[start:i])
			start = i + len(", ")
		}
	}
	if start < len(u.Ref) {
		out = append(out, u.Ref[start:])
	}
	return out
}
