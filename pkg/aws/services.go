package aws

import "strings"

// ServiceSuffix ends the names of services as principals.
const ServiceSuffix = "." + DNSSuffix

// ServiceNames are the names of a service that calls under one of them: where that is of a region, also the one without.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalservicenameslist
func ServiceNames(name string) []string {
	of, ok := strings.CutSuffix(name, ServiceSuffix)
	if at := strings.LastIndexByte(of, '.'); ok && at > 0 && IsRegion(of[at+1:]) {
		return []string{name, of[:at] + ServiceSuffix}
	}
	return []string{name}
}

// services begin the condition keys that only requests to one service have, but for those in Keys, which requests to others
// have, too. A prefix that is not here may be that of a service, or none at all.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
const services = " acm acm-pca airflow apigateway appconfig appstream appsync athena autoscaling backup batch bedrock cassandra chime cloud9" +
	" cloudformation cloudfront cloudtrail cloudwatch codeartifact codebuild codecommit codeconnections codedeploy codepipeline codestar-connections" +
	" cognito-identity cognito-idp connect databrew datasync dax dlm dms ds dynamodb ebs ec2 ec2-instance-connect ecr ecr-public ecs eks" +
	" elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce emr-containers emr-serverless es events firehose fis" +
	" fsx gamelift glacier globalaccelerator glue greengrass guardduty iam imagebuilder inspector2 iot kafka kafka-cluster kinesis" +
	" kinesisanalytics kinesisvideo lakeformation lambda license-manager logs mediaconvert mq network-firewall organizations outposts pipes" +
	" quicksight ram rds rds-data rds-db redshift redshift-data redshift-serverless resource-groups route53 route53resolver s3 s3-object-lambda" +
	" s3-outposts s3express sagemaker scheduler secretsmanager securityhub servicecatalog servicediscovery ses signer sns sqs ssm ssmmessages" +
	" sso states storagegateway swf timestream transfer vpc-lattice waf waf-regional wafv2 workspaces xray "
