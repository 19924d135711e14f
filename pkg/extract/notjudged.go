package extract

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/cloudformation"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// unjudged is a type of resource that is named and not judged.
type unjudged struct {
	typ, why string
	// when limits it to resources that do what why says; nil for all of the type.
	when func(*tf.Resource) bool
}

// opens is the sentence about a service that decrypts for whoever its own policy lets in.
func opens(what, service string) string {
	return what + " decides who may ask " + service + " for data, which " + service + " decrypts for them with its own access to the key; look at its principals"
}

// unjudgedTypes are named one by one: what decides access to keys beside policies of KMS and IAM.
// https://docs.aws.amazon.com/kms/latest/developerguide/service-integration.html (looked at on 2026-11-27)
var unjudgedTypes = []unjudged{
	// Where keys live, and what names them.
	{"aws_kms_custom_key_store", "whoever runs the key manager or CloudHSM cluster behind a key store can use its keys outside of AWS; look at who runs it", nil},
	{"awscc_kms_custom_key_store", "whoever runs the key manager or CloudHSM cluster behind a key store can use its keys outside of AWS; look at who runs it", nil},
	{"aws_kms_alias", "the alias leads to another key after this plan, so what is encrypted under it from then on is open to whoever may use that key; look at both keys", movesAlias},
	{"awscc_kms_alias", "the alias leads to another key after this plan, so what is encrypted under it from then on is open to whoever may use that key; look at both keys", movesAlias},

	// Policies of services that decrypt for their caller.
	{"aws_s3_bucket_policy", opens("the policy of a bucket", "S3"), nil},
	{"awscc_s3_bucket_policy", opens("the policy of a bucket", "S3"), nil},
	{"aws_s3_access_point", opens("the policy of an access point", "S3"), hasPolicy("policy")},
	{"aws_s3control_access_point_policy", opens("the policy of an access point", "S3"), nil},
	{"aws_s3control_multi_region_access_point_policy", opens("the policy of an access point", "S3"), nil},
	{"aws_s3control_object_lambda_access_point_policy", opens("the policy of an access point", "S3"), nil},
	{"aws_s3control_access_grant", "an access grant lets its grantee read objects, which S3 decrypts with the role of the location; look at the grantee", nil},
	{"aws_s3tables_table_bucket_policy", opens("the policy of a table bucket", "S3"), nil},
	{"aws_s3tables_table_policy", opens("the policy of a table", "S3"), nil},
	{"aws_secretsmanager_secret_policy", opens("the policy of a secret", "Secrets Manager"), nil},
	{"awscc_secretsmanager_resource_policy", opens("the policy of a secret", "Secrets Manager"), nil},
	{"aws_secretsmanager_secret", opens("the policy of a secret", "Secrets Manager"), hasPolicy("policy")},
	{"aws_sqs_queue_policy", opens("the policy of a queue", "SQS"), nil},
	{"aws_sns_topic_policy", opens("the policy of a topic", "SNS"), nil},
	{"aws_dynamodb_resource_policy", opens("the policy of a table", "DynamoDB"), nil},
	{"aws_kinesis_resource_policy", opens("the policy of a stream", "Kinesis"), nil},
	{"aws_efs_file_system_policy", opens("the policy of a file system", "EFS"), nil},
	{"aws_backup_vault_policy", opens("the policy of a vault", "AWS Backup"), nil},
	{"aws_ecr_repository_policy", opens("the policy of a repository", "ECR"), nil},
	{"aws_ecr_registry_policy", opens("the policy of a registry", "ECR"), nil},
	{"aws_codeartifact_domain_permissions_policy", opens("the policy of a domain", "CodeArtifact"), nil},
	{"aws_codeartifact_repository_permissions_policy", opens("the policy of a repository", "CodeArtifact"), nil},
	{"aws_glue_resource_policy", opens("the policy of the catalog", "Glue"), nil},
	{"aws_lakeformation_permissions", opens("a permission of Lake Formation", "Lake Formation"), nil},
	{"aws_redshift_resource_policy", opens("the policy of a cluster", "Redshift"), nil},
	{"aws_opensearch_domain_policy", opens("the policy of a domain", "OpenSearch"), nil},
	{"aws_opensearchserverless_access_policy", opens("the access policy of a collection", "OpenSearch Serverless"), nil},
	{"aws_elasticsearch_domain_policy", opens("the policy of a domain", "OpenSearch"), nil},
	{"aws_ssm_resource_policy", opens("the policy of a parameter", "Systems Manager"), nil},
	{"aws_cloudwatch_log_resource_policy", opens("the policy of log groups", "CloudWatch Logs"), nil},
	{"aws_cloudwatch_log_subscription_filter", "a subscription sends the events of a log group, decrypted, to its destination; look at who owns the destination", nil},
	{"aws_lambda_permission", "a permission lets its principal run a function, which uses keys with its own role; look at the principal and at what the function returns", forNoService},

	// Copies and shares of what is encrypted.
	{"aws_snapshot_create_volume_permission", "a share lets another account make a volume of a snapshot; an encrypted one goes with access to its key, so look at the account and at the key's policy", nil},
	{"aws_ami_launch_permission", "a share lets another account start an image; encrypted snapshots of it go with access to their key, so look at the account and at the key's policy", nil},
	{"aws_db_snapshot", "the snapshot is shared with other accounts; an encrypted one goes with access to its key, so look at the accounts and at the key's policy", hasPolicy("shared_accounts")},
	{"aws_db_cluster_snapshot", "the snapshot is shared with other accounts; an encrypted one goes with access to its key, so look at the accounts and at the key's policy", hasPolicy("shared_accounts")},
	{"aws_db_snapshot_copy", "a copy of a snapshot is encrypted with the key that the copy names; look at who may use that key", nil},
	{"aws_rds_cluster_snapshot_copy", "a copy of a snapshot is encrypted with the key that the copy names; look at who may use that key", nil},
	{"aws_ebs_snapshot_copy", "a copy of a snapshot is encrypted with the key that the copy names; look at who may use that key", nil},
	{"aws_ami_copy", "a copy of an image is encrypted with the key that the copy names; look at who may use that key", nil},
	{"aws_redshift_snapshot_copy_grant", "the grant lets Redshift use the key for copies of snapshots in another region; look at where the copies go", nil},
	{"aws_dlm_lifecycle_policy", "a lifecycle policy copies and shares snapshots with other accounts and keys; look at its shares and copies", nil},
	{"aws_imagebuilder_distribution_configuration", "a distribution shares images with other accounts; look at its launch permissions and keys", nil},
	{"aws_ram_principal_association", "a share lets its principal use the resources in it; look at the principal and at what is shared", nil},

	// Who becomes a role or user that may use keys.
	{"aws_rolesanywhere_trust_anchor", "whoever has a certificate of this authority can become the roles of the profiles; look at the authority and at the roles' trust policies", nil},
	{"aws_rolesanywhere_profile", "whoever has a certificate of a trust anchor can become the roles of this profile; look at the roles and their trust policies", nil},
	{"aws_eks_pod_identity_association", "pods of the service account get the role; look at who may start pods in that namespace", nil},
	{"aws_cognito_identity_pool_roles_attachment", "users of the identity pool, guests too where they are enabled, get the roles; look at the roles and at who may sign in", nil},
	{"aws_cognito_identity_pool_provider_principal_tag", "claims of a token become tags of the session, on which policies may rest; look at who sets the claims", nil},
	{"aws_iot_role_alias", "devices with a certificate of the account get the role behind the alias; look at the role and at the policies of the certificates", nil},
	{"aws_iam_access_key", "the key gives what its user may do to whoever reads it in the state; look at the user's policies", nil},
	{"aws_iam_user_login_profile", "the password gives what its user may do to whoever knows it; look at the user's policies", nil},
	{"aws_ssoadmin_account_assignment", "the assignment gives a permission set to a user or group in an account; look at who is in the group", nil},
	{"aws_ssoadmin_customer_managed_policy_attachment", "the permission set gets the policy of that name in every account that it is assigned to; look at the policy there", nil},
	{"aws_identitystore_group_membership", "the member gets the permission sets that the group is assigned; look at the assignments", nil},
	{"vault_aws_secret_backend_role", "Vault gives credentials for the role or policy to whoever may read its path; look at the policies in Vault", nil},

	// What calls KMS or IAM itself.
	{"aws_cloudformation_stack_set", "the template makes its resources in other accounts and regions; look at its keys, roles and policies", nil},
	{"awscc_cloudformation_stack", "the template makes its resources outside of this plan; look at its keys, roles and policies", nil},
	{"awscc_cloudformation_stack_set", "the template makes its resources in other accounts and regions; look at its keys, roles and policies", nil},
	{"aws_serverlessapplicationrepository_cloudformation_stack", "the application makes resources by a template that is not in the plan; look at its keys, roles and policies", nil},
	{"aws_servicecatalog_provisioned_product", "the product makes resources by a template that is not in the plan; look at its keys, roles and policies", nil},
	{"aws_scheduler_schedule", "the schedule calls KMS or IAM by itself, which can change who may use keys; look at its target and input", callsKMS},
	{"aws_sfn_state_machine", "the state machine calls KMS or IAM by itself, which can change who may use keys; look at its definition", callsKMS},
	{"aws_ssm_document", "the document calls KMS or IAM by itself, which can change who may use keys; look at its content", callsKMS},
	{"null_resource", "a command of it calls KMS or IAM outside of Terraform, which can change who may use keys; look at the command", runsKMS},
	{"terraform_data", "a command of it calls KMS or IAM outside of Terraform, which can change who may use keys; look at the command", runsKMS},
	{stackType, "its template cannot be read here, because it is at a URL or not known before apply; look at its keys, roles and policies", templateMissing},
	{stackType, "its template makes resources that decide access to keys, or to what they protect, and are not judged; look at them", templateHolds},
	{cloudControlType, "its desired state is not known before apply, or is of a type that decides access to what keys protect; look at it", desiredStateMissing},
}

// movesAlias says whether an alias that exists gets another key.
func movesAlias(res *tf.Resource) bool {
	if res.Before == cty.NilVal {
		return false
	}
	was, ok := unknown.String(res.Before, "target_key_id")
	is, known := unknown.String(res.After, "target_key_id")
	return ok && (!known || is != was)
}

// forNoService says whether the principal of a permission is none of AWS's services, or not known.
func forNoService(res *tf.Resource) bool {
	principal, known := unknown.String(res.After, "principal")
	return !known || !strings.HasSuffix(principal, ".amazonaws.com")
}

// hasPolicy says whether an optional argument is given.
func hasPolicy(name string) func(*tf.Resource) bool {
	return func(res *tf.Resource) bool { return given(res, name) }
}

// given says whether an optional argument is given. The plan shows one that the provider computes as unknown.
func given(res *tf.Resource, name string) bool {
	v, ok := unknown.Lookup(res.After, name)
	if !ok {
		return false
	}
	raw, _ := v.Unmark()
	switch {
	case !raw.IsKnown():
		return res.Config == nil || written(res.Config, name)
	case raw.IsNull():
		return false
	case raw.Type() == cty.String:
		return raw.AsString() != ""
	}
	return !raw.CanIterateElements() || raw.LengthInt() > 0
}

// changesAccess are calls that change who may use keys or roles, as commands, SDK integrations and API names write them.
var changesAccess = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)kms[ .:/_-]+(put-?key-?policy|create-?grant|revoke-?grant|disable-?key|schedule-?key-?deletion|update-?alias|replicate-?key|re-?encrypt|decrypt)` +
		`|PutKeyPolicy|put_key_policy|put-key-policy|iam[ .:/_-]+(put-?(role|user|group)-?policy|attach-?(role|user|group)-?policy|update-?assume-?role-?policy|create-?policy-?version)`)
})

// calls says whether a text in a value changes who may use keys or roles.
func calls(v cty.Value) bool {
	found := false
	_ = cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		text, _ := knownString(v)
		found = found || changesAccess().MatchString(text)
		return true, nil
	})
	return found
}

// callsKMS says whether a text of the resource calls KMS or IAM, or may because it is not known.
func callsKMS(res *tf.Resource) bool {
	found := calls(res.After)
	if found || res.Source == nil {
		return found
	}
	for _, a := range res.Source.Attrs {
		for _, t := range a.Texts {
			found = found || changesAccess().MatchString(t.S)
		}
	}
	return found
}

// runsKMS says whether a provisioner of the resource calls KMS or IAM.
func runsKMS(res *tf.Resource) bool {
	if res.Config == nil {
		return false
	}
	for _, p := range res.Config.Blocks["provisioner"] {
		for _, e := range p.Attrs {
			found := e.Constant != cty.NilVal && calls(e.Constant)
			if e.Constant == cty.NilVal { // the plan tells of such a command only what it refers to
				found = changesAccess().MatchString(e.Template) || slices.ContainsFunc(e.References, func(r string) bool { return strings.HasPrefix(r, "aws_kms_") })
			}
			if found {
				return true
			}
		}
	}
	return false
}

// templateMissing says whether the template of a stack cannot be read.
func templateMissing(res *tf.Resource) bool {
	texts := bodies(res, "template_body")
	for _, t := range texts {
		read, err := cloudformation.Read(cloudformation.Stack{Body: t, Owner: res.Address})
		if err != nil || len(read.Unread) > 0 {
			return true
		}
	}
	return len(texts) == 0
}

// templateHolds says whether the template of a stack makes resources that are named where Cloud Control makes them, or others that
// make resources by templates of their own.
func templateHolds(res *tf.Resource) bool {
	return slices.ContainsFunc(templates(res, res.After, bodies(res, "template_body")), func(r cloudformation.Resource) bool {
		return slices.Contains(guarded, r.Type) || strings.HasSuffix(r.Type, "::MODULE") || strings.HasPrefix(r.Type, "AWS::Serverless::")
	})
}

// guarded are types of CloudFormation that are named where Cloud Control or a stack makes them.
var guarded = []string{"AWS::S3::BucketPolicy", "AWS::S3::AccessPoint", "AWS::SecretsManager::ResourcePolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy",
	"AWS::SNS::TopicInlinePolicy", "AWS::Lambda::Permission", "AWS::RolesAnywhere::TrustAnchor", "AWS::RolesAnywhere::Profile", "AWS::IAM::AccessKey",
	"AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::ServiceCatalog::CloudFormationProvisionedProduct", "AWS::EKS::PodIdentityAssociation", "AWS::Cognito::IdentityPoolRoleAttachment", "AWS::IoT::RoleAlias"}

func desiredStateMissing(res *tf.Resource) bool {
	typ, known := unknown.String(res.After, "type_name")
	if !known || slices.Contains(guarded, typ) {
		return true
	}
	return innerOf(typ) != nil && len(cloudControlResources(res)) == 0
}

// notJudged are the resources that are named and not judged, in the order of the plan; isNew tells types that no table has.
func notJudged(plan *tf.Plan, isNew func(typ string) bool) []NotJudged {
	var out []NotJudged
	for _, res := range plan.Resources {
		if res.Mode != tf.Managed || res.Spelling != nil && res.Spelling.Inside {
			continue
		}
		if isNew(res.WrittenType()) {
			out = append(out, NotJudged{Resource: res, Why: "it is of a type of KMS that keyproof does not know; look at whom it gives access"})
		}
		for _, u := range unjudgedTypes {
			if u.typ == res.WrittenType() && (u.when == nil || u.when(res)) {
				out = append(out, NotJudged{Resource: res, Why: strings.TrimSuffix(u.why, ".")})
				break
			}
		}
	}
	return out
}

// unknownPolicies are the attachments of policies of which nothing is known: not in the plan, and none of AWS's own that
// the copy of them has.
func unknownPolicies(set *Set) []NotJudged {
	var out []NotJudged
	for _, h := range set.Holders {
		for _, a := range h.Attached {
			if a.Policy != nil || a.AWS != nil || a.ARN == "" {
				continue
			}
			if _, known := aws.ManagedPolicy(a.ARN); known || slices.ContainsFunc(out, func(n NotJudged) bool { return n.Resource == a.By }) {
				continue
			}
			out = append(out, NotJudged{Resource: a.By, Why: "it attaches a policy that is neither in this plan nor one of AWS's own as of " + aws.ManagedPoliciesDate +
				", which may allow the use of keys; look at what it says of kms"})
		}
	}
	return out
}
