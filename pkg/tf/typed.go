package tf

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// Typed is the unknown attribute that ref names, such as aws_iam_role.app.arn, with what is certain of it: an attribute
// that may hold what somebody chose, such as the value of a parameter, is AnyText. The value must be the attribute
// itself, nothing that is made of it. of becomes [unknown.Symbol.Of].
func Typed(ref, of string) unknown.Symbol {
	return unknown.Symbol{Ref: ref, Of: of, Kind: kindOf(ref)}
}

// Genuine says whether a provider is the one that a type of resources is named for, as far as that is said: what another one calls
// an aws_iam_role holds what its author wrote. Terraform ignores the case of addresses. Before 0.13 providers had names alone, with
// their aliases, which later releases put in the namespace "-".
func Genuine(typ, provider string) bool {
	word, _, _ := strings.Cut(typ, "_")
	p := strings.ToLower(provider)
	if !strings.Contains(p, "/") {
		name, _, _ := strings.Cut(strings.TrimPrefix(p, "provider."), ".")
		return p == "" || name == word
	}
	return strings.HasSuffix("/"+p, "/hashicorp/"+word) || strings.HasSuffix(p, "/builtin/"+word) || p == "-/"+word || p == "registry.terraform.io/-/"+word
}

func kindOf(ref string) unknown.Kind {
	r, ok := ParseReference(ref)
	attr := r.Attribute()
	if ok && len(r.Path) > 1 {
		return memberKind(r)
	}
	if !ok || attr == "" || r.Key != cty.NilVal && !r.Key.IsKnown() {
		return unknown.AnyText // behind a module call stands an output, which may be anything; behind [*] a list
	}
	return KindOf(r.Mode, r.Type, attr)
}

// KindOf is what is certain of an attribute of a type of resources, as for [Typed].
func KindOf(mode Mode, typ, attr string) unknown.Kind {
	key := typ + "." + attr
	if mode != Managed {
		key = string(mode) + "." + key
	}
	if kind, ok := attributeKinds[key]; ok {
		return kind
	}
	if (accountNames[attr] || attr == "account_id" && mode == Managed) && strings.HasPrefix(typ, "aws_") {
		return unknown.AccountID
	}
	if attr == "arn" && strings.HasPrefix(typ, "aws_") && (mode == Managed || mode == Data && foundByARN[typ] == "") {
		return unknown.OwnARN
	}
	return unknown.AnyText
}

// accountNames are the names of attributes of any type that hold the id of an account.
var accountNames = map[string]bool{"owner_id": true, "owner_account_id": true, "vpc_owner_id": true, "transit_gateway_owner_id": true, "resource_owner_id": true,
	"peer_owner_id": true, "owning_account_id": true, "owning_account": true, "aws_account_id": true}

// FoundByARN is the argument of a data source by which somebody may write the ARN of what it looks up, "" where it has none.
func FoundByARN(typ string) string { return foundByARN[typ] }

var foundByARN = map[string]string{
	"aws_ssm_parameter":                   "name", // a shared one
	"aws_acmpca_certificate":              "arn",
	"aws_acmpca_certificate_authority":    "arn",
	"aws_alb":                             "arn",
	"aws_alb_listener":                    "arn",
	"aws_alb_target_group":                "arn",
	"aws_api_gateway_domain_name":         "arn",
	"aws_arn":                             "arn",
	"aws_autoscaling_group":               "arn",
	"aws_bedrock_custom_model":            "arn",
	"aws_cloudwatch_log_group":            "arn",
	"aws_codestarconnections_connection":  "arn",
	"aws_dms_certificate":                 "arn",
	"aws_iam_policy":                      "arn",
	"aws_iam_session_context":             "arn",
	"aws_lakeformation_resource":          "arn",
	"aws_lb":                              "arn",
	"aws_lb_listener":                     "arn",
	"aws_lb_listener_rule":                "arn",
	"aws_lb_target_group":                 "arn",
	"aws_msk_configuration":               "arn",
	"aws_networkfirewall_firewall":        "arn",
	"aws_networkfirewall_firewall_policy": "arn",
	"aws_networkmanager_core_network":     "arn",
	"aws_organizations_policy":            "arn",
	"aws_outposts_asset":                  "arn",
	"aws_outposts_outpost":                "arn",
	"aws_secretsmanager_secret":           "arn",
	"aws_secretsmanager_secret_version":   "arn",
	"aws_ssoadmin_application":            "arn",
	"aws_ssoadmin_permission_set":         "arn",
	"aws_synthetics_runtime_version":      "arn",
	"aws_vpclattice_service":              "arn",
	"aws_workspacesweb_portal":            "arn",
}

// memberKind is what is certain of something inside of an attribute, whatever the keys on the way are.
func memberKind(r Reference) unknown.Kind {
	key := r.Type
	if r.Mode != Managed {
		key = string(r.Mode) + "." + key
	}
	for _, s := range r.Path {
		key += "." + s.Name
	}
	return attributeKinds[key]
}

// ElementKind is what is certain of each element of an attribute that is a list or set of texts: AnyText where nothing is.
func ElementKind(mode Mode, typ, attr string) unknown.Kind {
	if mode != Data {
		return unknown.AnyText
	}
	return elementKinds[typ+"."+attr]
}

// elementKinds types the elements of attributes of data sources.
var elementKinds = map[string]unknown.Kind{
	"aws_iam_roles.arns":                               unknown.RoleARN,
	"aws_rds_cluster.iam_roles":                        unknown.RoleARN,
	"aws_redshift_cluster.iam_roles":                   unknown.RoleARN,
	"aws_iam_roles.names":                              unknown.PlainName,
	"aws_iam_users.arns":                               unknown.UserARN,
	"aws_iam_users.names":                              unknown.PlainName,
	"aws_organizations_organizational_units.ids":       unknown.UnitID,
	"aws_organizations_policies_for_target.ids":        unknown.PlainName,
	"aws_ssoadmin_instances.arns":                      unknown.OwnARN,
	"aws_regions.names":                                unknown.RegionName,
	"aws_vpcs.ids":                                     unknown.NetworkID,
	"aws_cloudfront_origin_access_identities.iam_arns": unknown.PrincipalARN, // of the account cloudfront
	"aws_subnets.ids":                                  unknown.PlainName,
	"aws_iam_openid_connect_providers.arns":            unknown.OIDCProvider,
	"aws_organizations_organization.aws_accounts":      unknown.AccountID,
}

// attributeKinds types attributes by "type.attribute", and members of attributes. An attribute that may be empty, such
// as the key of something that need not be encrypted, is not here. What is not here is AnyText, but the arn of a managed
// AWS resource, which is OwnARN, and the account that owns something. The provider's documentation says what each attribute holds
// (https://registry.terraform.io/providers/hashicorp/aws/latest/docs).
var attributeKinds = map[string]unknown.Kind{
	"data.aws_caller_identity.account_id": unknown.OwnAccount,
	"data.aws_caller_identity.id":         unknown.OwnAccount,
	"data.aws_caller_identity.arn":        unknown.CallerARN,

	"data.aws_organizations_organization.id":                                                      unknown.OwnOrg,
	"data.aws_organizations_organization.master_account_id":                                       unknown.AccountID,
	"aws_organizations_organization.id":                                                           unknown.OwnOrg,
	"aws_organizations_organization.master_account_id":                                            unknown.AccountID,
	"aws_organizations_account.id":                                                                unknown.AccountID,
	"aws_organizations_account.account_id":                                                        unknown.AccountID,
	"data.aws_organizations_organization.accounts.id":                                             unknown.AccountID,
	"data.aws_organizations_organization.non_master_accounts.id":                                  unknown.AccountID,
	"aws_organizations_organization.accounts.id":                                                  unknown.AccountID,
	"aws_organizations_organization.non_master_accounts.id":                                       unknown.AccountID,
	"data.aws_organizations_organization.roots.id":                                                unknown.RootID,
	"aws_organizations_organization.roots.id":                                                     unknown.RootID,
	"data.aws_organizations_organizational_unit_descendant_accounts.accounts.id":                  unknown.AccountID,
	"data.aws_organizations_organizational_unit_child_accounts.accounts.id":                       unknown.AccountID,
	"data.aws_elb_service_account.id":                                                             unknown.AccountID,
	"data.aws_elb_service_account.arn":                                                            unknown.PrincipalARN,
	"data.aws_redshift_service_account.id":                                                        unknown.AccountID,
	"data.aws_redshift_service_account.arn":                                                       unknown.PrincipalARN,
	"data.aws_cloudtrail_service_account.id":                                                      unknown.AccountID,
	"data.aws_cloudtrail_service_account.arn":                                                     unknown.PrincipalARN,
	"data.aws_billing_service_account.id":                                                         unknown.AccountID,
	"data.aws_billing_service_account.arn":                                                        unknown.PrincipalARN,
	"data.aws_iam_session_context.issuer_arn":                                                     unknown.PrincipalARN,
	"data.aws_iam_session_context.issuer_name":                                                    unknown.PlainName,
	"data.aws_iam_session_context.issuer_id":                                                      unknown.UniqueID,
	"aws_organizations_organizational_unit.accounts.id":                                           unknown.AccountID,
	"data.aws_organizations_delegated_administrators.delegated_administrators.id":                 unknown.AccountID,
	"aws_organizations_organizational_unit.id":                                                    unknown.UnitID,
	"data.aws_organizations_organizational_unit.id":                                               unknown.UnitID,
	"data.aws_organizations_organizational_units.children.id":                                     unknown.UnitID,
	"aws_organizations_account.parent_id":                                                         unknown.PlainName,
	"data.aws_ecr_repository.registry_id":                                                         unknown.AccountID,
	"data.aws_ecr_image.registry_id":                                                              unknown.AccountID,
	"aws_lightsail_container_service.private_registry_access.ecr_image_puller_role.principal_arn": unknown.PrincipalARN, // of an account of AWS
	"data.aws_kms_key.arn":                                                                        unknown.KeyARN,
	"data.aws_kms_key.id":                                                                         unknown.KeyID,
	"data.aws_kms_public_key.arn":                                                                 unknown.KeyARN,

	// An EKS cluster has an issuer of its own (https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html).
	"data.aws_eks_cluster.identity.oidc.issuer": unknown.IssuerURL,
	"aws_eks_cluster.identity.oidc.issuer":      unknown.IssuerURL,

	"aws_vpc.owner_id":                                   unknown.OwnAccount,
	"aws_default_vpc.owner_id":                           unknown.OwnAccount,
	"aws_subnet.owner_id":                                unknown.OwnAccount,
	"aws_security_group.owner_id":                        unknown.OwnAccount,
	"aws_route_table.owner_id":                           unknown.OwnAccount,
	"aws_internet_gateway.owner_id":                      unknown.OwnAccount,
	"aws_ec2_transit_gateway.owner_id":                   unknown.OwnAccount,
	"aws_efs_file_system.owner_id":                       unknown.OwnAccount,
	"aws_vpc_endpoint.owner_id":                          unknown.OwnAccount,
	"aws_ecr_repository.registry_id":                     unknown.OwnAccount,
	"aws_ecrpublic_repository.registry_id":               unknown.OwnAccount,
	"aws_guardduty_detector.account_id":                  unknown.OwnAccount,
	"aws_cognito_user_pool_domain.aws_account_id":        unknown.OwnAccount,
	"aws_vpc_block_public_access_options.aws_account_id": unknown.OwnAccount,
	"data.aws_guardduty_detector.service_role_arn":       unknown.RoleARN,
	"data.aws_backup_selection.iam_role_arn":             unknown.RoleARN,
	"data.aws_autoscaling_group.service_linked_role_arn": unknown.RoleARN,
	"aws_mwaa_environment.service_role_arn":              unknown.RoleARN,
	"aws_prometheus_scraper.role_arn":                    unknown.RoleARN,
	"data.aws_lambda_function.role":                      unknown.RoleARN,
	"data.aws_eks_cluster.role_arn":                      unknown.RoleARN,
	"data.aws_eks_node_group.node_role_arn":              unknown.RoleARN,
	"data.aws_sfn_state_machine.role_arn":                unknown.RoleARN,
	"aws_cloudfront_origin_access_identity.iam_arn":      unknown.PrincipalARN, // of the account cloudfront
	"data.aws_cloudfront_origin_access_identity.iam_arn": unknown.PrincipalARN,
	"data.aws_ec2_managed_prefix_list.owner_id":          unknown.AnyText, // may be AWS
	"data.aws_ebs_default_kms_key.key_arn":               unknown.KeyARN,
	"data.aws_kms_keys.keys.key_arn":                     unknown.KeyARN,
	"data.aws_kms_keys.keys.key_id":                      unknown.KeyID,
	"data.aws_iam_instance_profile.role_arn":             unknown.RoleARN,
	"data.aws_iam_instance_profile.role_id":              unknown.UniqueID,
	"data.aws_iam_instance_profile.role_name":            unknown.PlainName,

	"data.aws_partition.partition":          unknown.PartitionID,
	"data.aws_partition.id":                 unknown.PartitionID,
	"data.aws_partition.dns_suffix":         unknown.DNSSuffix,
	"data.aws_partition.reverse_dns_prefix": unknown.PlainName,
	"data.aws_region.name":                  unknown.RegionName,
	"data.aws_region.region":                unknown.RegionName,
	"data.aws_region.id":                    unknown.RegionName,

	"aws_iam_role.arn":                unknown.RoleARN,
	"aws_iam_role.id":                 unknown.PlainName,
	"aws_iam_role.name":               unknown.PlainName,
	"aws_iam_role.unique_id":          unknown.UniqueID,
	"aws_iam_service_linked_role.arn": unknown.RoleARN,
	"aws_iam_service_linked_role.id":  unknown.RoleARN,
	"data.aws_iam_role.arn":           unknown.RoleARN,
	"data.aws_iam_role.unique_id":     unknown.UniqueID,

	"aws_iam_user.arn":                      unknown.UserARN,
	"aws_iam_user.id":                       unknown.PlainName,
	"aws_iam_user.name":                     unknown.PlainName,
	"aws_iam_user.unique_id":                unknown.UserID,
	"data.aws_iam_user.arn":                 unknown.UserARN,
	"data.aws_iam_user.id":                  unknown.UserID,
	"aws_iam_group.name":                    unknown.PlainName,
	"aws_iam_group.id":                      unknown.PlainName,
	"aws_iam_policy.id":                     unknown.OwnARN,
	"aws_iam_policy.policy_id":              unknown.UniqueID,
	"data.aws_iam_group.users.arn":          unknown.UserARN,
	"data.aws_iam_group.users.user_id":      unknown.UserID,
	"data.aws_iam_group.users.user_name":    unknown.PlainName,
	"data.aws_iam_group.group_id":           unknown.UniqueID,
	"aws_iam_group.unique_id":               unknown.UniqueID,
	"aws_iam_instance_profile.unique_id":    unknown.UniqueID,
	"aws_iam_service_linked_role.unique_id": unknown.UniqueID,
	"aws_iam_service_linked_role.name":      unknown.PlainName,
	"data.aws_iam_role.id":                  unknown.PlainName,
	"aws_iam_access_key.id":                 unknown.PlainName,

	"aws_iam_openid_connect_provider.arn":      unknown.OIDCProvider,
	"aws_iam_openid_connect_provider.id":       unknown.OIDCProvider,
	"data.aws_iam_openid_connect_provider.arn": unknown.OIDCProvider,
	"aws_iam_saml_provider.arn":                unknown.SAMLProvider,
	"aws_iam_saml_provider.id":                 unknown.SAMLProvider,
	"data.aws_iam_saml_provider.arn":           unknown.SAMLProvider,

	"awscc_kms_key.arn":                   unknown.KeyARN,
	"awscc_kms_key.key_id":                unknown.KeyID,
	"awscc_kms_key.id":                    unknown.KeyID,
	"awscc_kms_replica_key.arn":           unknown.KeyARN,
	"awscc_kms_replica_key.key_id":        unknown.KeyID,
	"awscc_iam_role.arn":                  unknown.RoleARN,
	"awscc_iam_role.role_id":              unknown.UniqueID,
	"awscc_iam_user.arn":                  unknown.UserARN,
	"awscc_kms_replica_key.id":            unknown.KeyID,
	"awscc_iam_role.id":                   unknown.PlainName,
	"awscc_iam_role.role_name":            unknown.PlainName,
	"awscc_iam_user.id":                   unknown.PlainName,
	"awscc_iam_user.user_name":            unknown.PlainName,
	"awscc_iam_group.id":                  unknown.PlainName,
	"awscc_iam_group.group_name":          unknown.PlainName,
	"awscc_iam_group.arn":                 unknown.OwnARN,
	"awscc_iam_managed_policy.id":         unknown.OwnARN,
	"awscc_iam_managed_policy.policy_arn": unknown.OwnARN,
	"awscc_iam_oidc_provider.arn":         unknown.OIDCProvider,
	"awscc_iam_saml_provider.arn":         unknown.SAMLProvider,
	"aws_kms_key.arn":                     unknown.KeyARN,
	"aws_kms_key.key_id":                  unknown.KeyID,
	"aws_kms_key.id":                      unknown.KeyID,
	"aws_kms_replica_key.arn":             unknown.KeyARN,
	"aws_kms_replica_key.key_id":          unknown.KeyID,
	"aws_kms_replica_key.id":              unknown.KeyID,
	"aws_kms_external_key.arn":            unknown.KeyARN,
	"aws_kms_external_key.id":             unknown.KeyID,
	"aws_kms_replica_external_key.arn":    unknown.KeyARN,
	"aws_kms_replica_external_key.key_id": unknown.KeyID,
	"aws_kms_replica_external_key.id":     unknown.KeyID,
	"aws_kms_alias.target_key_arn":        unknown.KeyARN,
	"data.aws_kms_alias.target_key_arn":   unknown.KeyARN,
	"data.aws_kms_alias.target_key_id":    unknown.KeyID,
	"aws_kms_grant.grant_id":              unknown.PlainName,

	// Their ids are their ARNs.
	"aws_sns_topic.id":                     unknown.OwnARN,
	"aws_secretsmanager_secret.id":         unknown.OwnARN,
	"aws_sfn_state_machine.id":             unknown.OwnARN,
	"aws_sfn_activity.id":                  unknown.OwnARN,
	"aws_codebuild_project.id":             unknown.OwnARN,
	"aws_lb.id":                            unknown.OwnARN,
	"aws_alb.id":                           unknown.OwnARN,
	"aws_lb_target_group.id":               unknown.OwnARN,
	"aws_alb_target_group.id":              unknown.OwnARN,
	"aws_lb_listener.id":                   unknown.OwnARN,
	"aws_alb_listener.id":                  unknown.OwnARN,
	"aws_acm_certificate.id":               unknown.OwnARN,
	"aws_ecs_cluster.id":                   unknown.OwnARN,
	"aws_ecs_service.id":                   unknown.OwnARN,
	"aws_msk_cluster.id":                   unknown.OwnARN,
	"aws_batch_job_queue.id":               unknown.OwnARN,
	"aws_globalaccelerator_accelerator.id": unknown.OwnARN,

	"aws_cloudfront_origin_access_identity.s3_canonical_user_id":      unknown.PlainName,
	"data.aws_cloudfront_origin_access_identity.s3_canonical_user_id": unknown.PlainName,
	"data.aws_cloudfront_log_delivery_canonical_user_id.id":           unknown.PlainName,

	"aws_eip.public_ip":                unknown.Address,
	"aws_eip.private_ip":               unknown.Address,
	"data.aws_eip.public_ip":           unknown.Address,
	"aws_nat_gateway.public_ip":        unknown.Address,
	"data.aws_nat_gateway.public_ip":   unknown.Address,
	"aws_instance.public_ip":           unknown.Address,
	"aws_instance.private_ip":          unknown.Address,
	"data.aws_instance.public_ip":      unknown.Address,
	"data.aws_instance.private_ip":     unknown.Address,
	"aws_network_interface.private_ip": unknown.Address,
	"aws_vpc.id":                       unknown.NetworkID,
	"aws_default_vpc.id":               unknown.NetworkID,
	"aws_vpc.arn":                      unknown.NetworkARN,
	"aws_default_vpc.arn":              unknown.NetworkARN,
	"data.aws_vpc.arn":                 unknown.NetworkARN,
	"aws_vpc_endpoint.id":              unknown.EndpointID,
	"aws_subnet.id":                    unknown.PlainName,
	"aws_security_group.id":            unknown.PlainName,
	"aws_instance.id":                  unknown.PlainName,
	"aws_cloudfront_distribution.id":   unknown.PlainName,
	"aws_s3_bucket.id":                 unknown.PlainName,
	"aws_s3_bucket.bucket":             unknown.PlainName,
	"data.aws_vpc.id":                  unknown.NetworkID,
	"data.aws_vpc_endpoint.id":         unknown.EndpointID,
	"data.aws_canonical_user_id.id":    unknown.PlainName,
	"terraform_data.id":                unknown.PlainName,
	"null_resource.id":                 unknown.PlainName,
	"random_id.id":                     unknown.PlainName,
	"random_uuid.id":                   unknown.PlainName,
	"random_uuid.result":               unknown.PlainName,
	"random_integer.id":                unknown.PlainName,
	"random_integer.result":            unknown.PlainName,
	"aws_lakeformation_resource.arn":   unknown.AnyText, // an argument
	"aws_cloudwatch_log_group.arn":     unknown.AnyText, // ends with :* in old versions of the provider
	"aws_organizations_account.arn":    unknown.AnyText, // names the management account
	"aws_organizations_policy.arn":     unknown.AnyText,
	"aws_cognito_user_pool.id":         unknown.PlainName,
	"aws_cognito_user_pool_client.id":  unknown.PlainName,
}
