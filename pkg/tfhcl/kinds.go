package tfhcl

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// kinds says what is known of attributes whose value is not. Keys are "type.attribute", with "data." for data sources;
// those without that prefix hold for both.
var kinds = map[string]tf.UnknownKind{
	"data.aws_caller_identity.account_id":                   tf.OwnAccount,
	"data.aws_caller_identity.id":                           tf.OwnAccount,
	"data.aws_caller_identity.arn":                          tf.CallerARN,
	"data.aws_caller_identity.user_id":                      tf.UniqueID,
	"data.aws_partition.partition":                          tf.PartitionID,
	"data.aws_partition.id":                                 tf.PartitionID,
	"data.aws_partition.dns_suffix":                         tf.PlainName,
	"data.aws_partition.reverse_dns_prefix":                 tf.PlainName,
	"data.aws_region.name":                                  tf.RegionName,
	"data.aws_region.region":                                tf.RegionName,
	"data.aws_region.id":                                    tf.RegionName,
	"data.aws_organizations_organization.id":                tf.OwnOrg,
	"aws_organizations_organization.id":                     tf.OwnOrg,
	"data.aws_organizations_organization.master_account_id": tf.PlainName,
	"aws_organizations_organization.master_account_id":      tf.PlainName,
	"aws_organizations_account.id":                          tf.PlainName,
	"data.aws_iam_session_context.issuer_arn":               tf.CallerARN,
	"aws_iam_role.arn":                                      tf.RoleARN,
	"aws_iam_service_linked_role.arn":                       tf.RoleARN,
	"data.aws_iam_role.arn":                                 tf.RoleARN,
	"aws_iam_role.unique_id":                                tf.UniqueID,
	"data.aws_iam_role.unique_id":                           tf.UniqueID,
	"aws_iam_user.arn":                                      tf.UserARN,
	"data.aws_iam_user.arn":                                 tf.UserARN,
	"aws_iam_user.unique_id":                                tf.UniqueID,
	"data.aws_iam_user.user_id":                             tf.UniqueID,
	"aws_iam_openid_connect_provider.arn":                   tf.OIDCProvider,
	"aws_iam_openid_connect_provider.id":                    tf.OIDCProvider,
	"data.aws_iam_openid_connect_provider.arn":              tf.OIDCProvider,
	"data.aws_iam_openid_connect_provider.id":               tf.OIDCProvider,
	"aws_iam_saml_provider.arn":                             tf.SAMLProvider,
	"aws_iam_saml_provider.id":                              tf.SAMLProvider,
	"data.aws_iam_saml_provider.arn":                        tf.SAMLProvider,
	"aws_kms_alias.target_key_arn":                          tf.KeyARN,
	"data.aws_kms_alias.target_key_arn":                     tf.KeyARN,
	"aws_kms_alias.target_key_id":                           tf.KeyID,
	"data.aws_kms_alias.target_key_id":                      tf.KeyID,
	"data.aws_kms_key.arn":                                  tf.KeyARN,
	"data.aws_kms_alias.arn":                                tf.OwnARN,
	"data.aws_iam_policy.arn":                               tf.OwnARN,
	"random_id.hex":                                         tf.PlainName,
	"random_id.dec":                                         tf.PlainName,
	"random_id.b64_url":                                     tf.PlainName,
	"random_id.id":                                          tf.PlainName,
	"random_uuid.result":                                    tf.PlainName,
	"random_uuid.id":                                        tf.PlainName,
	"random_pet.id":                                         tf.PlainName,
	"random_integer.result":                                 tf.PlainName,
	"terraform_data.id":                                     tf.PlainName,
	"null_resource.id":                                      tf.PlainName,
}

// idIsARN are the types whose id is their ARN.
var idIsARN = []string{"aws_sns_topic", "aws_iam_policy", "aws_lb", "aws_alb", "aws_lb_listener", "aws_lb_target_group", "aws_secretsmanager_secret",
	"aws_sfn_state_machine", "aws_acm_certificate", "aws_cloudtrail", "aws_kinesis_stream", "aws_kinesis_firehose_delivery_stream", "aws_ecs_cluster",
	"aws_ecs_service", "aws_codebuild_project", "aws_codestarconnections_connection", "aws_acmpca_certificate_authority", "aws_mwaa_environment",
	"aws_ssoadmin_permission_set", "aws_inspector_assessment_target", "aws_wafv2_ip_set", "aws_sagemaker_endpoint_configuration"}

// plainIDs are the types whose id is a name without colons and slashes.
var plainIDs = []string{"aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_s3_bucket", "aws_vpc", "aws_vpc_endpoint", "aws_subnet", "aws_security_group", "aws_instance",
	"aws_lambda_function", "aws_dynamodb_table", "aws_db_instance", "aws_rds_cluster", "aws_efs_file_system", "aws_cloudfront_distribution", "aws_ebs_volume",
	"aws_elasticache_cluster", "aws_eks_cluster", "aws_redshift_cluster", "aws_ssm_parameter", "aws_vpn_connection", "aws_nat_gateway", "aws_internet_gateway",
	"aws_route_table", "aws_launch_template", "aws_key_pair", "aws_cloudfront_origin_access_identity", "aws_organizations_organizational_unit"}

// attributeKind is what is known of an attribute of a resource whose value is not known.
func attributeKind(mode tf.Mode, typ, name string) tf.UnknownKind {
	key := typ + "." + name
	if mode == tf.Data {
		return kinds["data."+key]
	}
	if k, ok := kinds[key]; ok {
		return k
	}
	kmsKey := typ == "aws_kms_key" || typ == "aws_kms_external_key" || typ == "aws_kms_replica_key" || typ == "aws_kms_replica_external_key"
	switch {
	case kmsKey && name == "arn":
		return tf.KeyARN
	case kmsKey && (name == "id" || name == "key_id"):
		return tf.KeyID
	case !strings.HasPrefix(typ, "aws_"):
		return tf.AnyText
	case name == "arn" || strings.HasSuffix(name, "_arn"):
		return tf.OwnARN
	case name == "id" && contains(idIsARN, typ):
		return tf.OwnARN
	case name == "id" && contains(plainIDs, typ), name == "name" && strings.HasPrefix(typ, "aws_iam_"), name == "bucket" && typ == "aws_s3_bucket":
		return tf.PlainName
	}
	return tf.AnyText
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// attributeType is the type of an unknown attribute where its name tells.
func attributeType(k tf.UnknownKind, name string) cty.Type {
	if k != tf.AnyText {
		return cty.String
	}
	for _, end := range []string{"arn", "id", "name", "json", "body", "url", "secret_string", "endpoint", "hex"} {
		if name == end || strings.HasSuffix(name, "_"+end) {
			return cty.String
		}
	}
	return cty.DynamicPseudoType
}
