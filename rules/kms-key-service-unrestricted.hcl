rule "kms-key-service-unrestricted" {
  title    = "AWS service may use the key on anybody's behalf"
  severity = "medium"
  subject  = "key policy"
  each     = "statement"
  when     = length(statement.loose_services) > 0
  possible = policy.refused
  at       = "principal"
  grows    = "service"
  message  = "${resource.address}: ${statement.label} lets in ${join(" and ", statement.loose_services)}, and nothing keeps out calls for the resources of strangers, so another customer of AWS can make the service use the key."

  why = <<-EOT
    An AWS service acts for all of its customers. A statement that lets in the service, and nothing ties its calls to your account,
    lets in whoever can make the service call: another customer points a resource of theirs at your key, and the service
    does the rest (the "confused deputy").
  EOT

  fix = <<-EOT
    Tie the calls to your resources with `aws:SourceAccount`, `aws:SourceArn` or `aws:SourceOrgID`, or to an encryption context that only they have.

    ```hcl
    {
      Sid       = "Logs"
      Effect    = "Allow"
      Principal = { Service = "logs.eu-central-1.amazonaws.com" }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "*"
      Condition = {
        ArnLike = {
          "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:eu-central-1:$${data.aws_caller_identity.current.account_id}:log-group:*"
        }
      }
    }
    ```

    For a key that is in use already, look for calls on behalf of other accounts before you change the policy:

    ```sh
    aws kms get-key-policy --key-id KEY --policy-name default --query Policy --output text > before.json
    aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=KEY_ARN
    keyproof check --kind key policy.json
    aws kms put-key-policy --key-id KEY --policy-name default --policy file://policy.json
    ```

    `keyproof fix` makes the edit of the sources and proves it; `keyproof fix --policy ADDRESS` prints the mended policy for `policy.json`. Services tell KMS in different ways whose resources they work for: CloudWatch Logs and Fargate by their encryption context, CloudFront by `aws:SourceArn`. EventBridge names no source of its own when it delivers to encrypted topics and queues: there is no edit for it.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. Look for statements with a Service as the principal and no condition; add one on `aws:SourceAccount` with your account, or on the ARN of the resource that the service works for. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
  ]
}
