package tf

import "github.com/keyproof/keyproof/pkg/unknown"

// ARNForm is how the ARNs of a type of resources are put together, in order: text, and kinds of what is not known. Nil where that is
// not told. https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func ARNForm(typ string) []any {
	f, ok := arnForms[typ]
	if !ok {
		return nil
	}
	out := []any{"arn:", unknown.PartitionID, ":" + f.service + ":"}
	switch f.of {
	case regional:
		out = append(out, unknown.RegionName, ":", unknown.OwnAccount)
	case global:
		out = append(out, ":", unknown.OwnAccount)
	case nobodys:
		out = append(out, ":")
	}
	return append(out, ":"+f.resource, unknown.PathName)
}

type arnForm struct {
	service  string
	of       arnScope
	resource string // how the part behind the account begins
}

// arnScope is what the ARNs of a service name in front of the resource.
type arnScope int

const (
	regional arnScope = iota // region and account
	global                   // the account alone
	nobodys                  // neither
)

// arnForms has types of which the rest of the ARN is a name or path without colons.
var arnForms = map[string]arnForm{
	"aws_backup_vault":                     {"backup", regional, "backup-vault:"},
	"aws_cloudtrail":                       {"cloudtrail", regional, "trail/"},
	"aws_cloudwatch_event_rule":            {"events", regional, "rule/"},
	"aws_codebuild_project":                {"codebuild", regional, "project/"},
	"aws_codepipeline":                     {"codepipeline", regional, ""},
	"aws_db_instance":                      {"rds", regional, "db:"},
	"aws_dynamodb_table":                   {"dynamodb", regional, "table/"},
	"aws_ecr_repository":                   {"ecr", regional, "repository/"},
	"aws_ecs_cluster":                      {"ecs", regional, "cluster/"},
	"aws_eks_cluster":                      {"eks", regional, "cluster/"},
	"aws_iam_group":                        {"iam", global, "group/"},
	"aws_iam_instance_profile":             {"iam", global, "instance-profile/"},
	"aws_iam_policy":                       {"iam", global, "policy/"},
	"aws_instance":                         {"ec2", regional, "instance/"},
	"aws_kinesis_firehose_delivery_stream": {"firehose", regional, "deliverystream/"},
	"aws_kinesis_stream":                   {"kinesis", regional, "stream/"},
	"aws_kms_alias":                        {"kms", regional, "alias/"},
	"aws_lambda_function":                  {"lambda", regional, "function:"},
	"aws_lb":                               {"elasticloadbalancing", regional, "loadbalancer/"},
	"aws_rds_cluster":                      {"rds", regional, "cluster:"},
	"aws_s3_bucket":                        {"s3", nobodys, ""},
	"aws_secretsmanager_secret":            {"secretsmanager", regional, "secret:"},
	"aws_security_group":                   {"ec2", regional, "security-group/"},
	"aws_sfn_state_machine":                {"states", regional, "stateMachine:"},
	"aws_sns_topic":                        {"sns", regional, ""},
	"aws_sqs_queue":                        {"sqs", regional, ""},
	"aws_ssm_parameter":                    {"ssm", regional, "parameter/"},
	"aws_subnet":                           {"ec2", regional, "subnet/"},
	"aws_vpc_endpoint":                     {"ec2", regional, "vpc-endpoint/"},
}
