rule "kms-key-public" {
  title    = "Key policy lets anyone use the key"
  severity = "critical"
  subject  = "key policy"
  when     = policy.public
  possible = policy.refused
  at       = "principal"
  grows    = "stranger"
  message  = "${resource.address}: ${policy.refused ? "AWS refuses this policy as it is written; taken literally, " : ""}${policy.who}. ${policy.explanation}"
  remedy   = policy.remedy

  # Who can only describe and list reads no data.
  milder {
    when     = policy.metadata_only
    severity = "high"
  }

  why = <<-EOT
    The key policy decides alone who may use a key. Here it lets in a principal of an AWS account that nobody named: whoever
    opens an account can call the listed actions, and needs nothing but a policy in that account of their own.
    With `kms:Decrypt` they read what the key protects, as soon as they get hold of the ciphertext; with `kms:CreateGrant` they give
    themselves access that outlives a later change of the policy.

    Conditions on what the caller chooses keep nobody out. Whoever calls can go through the service that `kms:ViaService`
    names, send the encryption context, carry the tag, use TLS and MFA. What a stranger cannot choose is its account
    (`aws:PrincipalAccount`, `kms:CallerAccount`), its organization (`aws:PrincipalOrgID`) and, through a VPC endpoint,
    where the call comes from (`aws:SourceVpce`, `aws:SourceVpc`).

    The finding is `high` where only metadata is open (`kms:Describe*`, `kms:Get*`, `kms:List*`), and `possible` where AWS would
    refuse the document as it stands and a literal reading lets everybody in.
  EOT

  fix = <<-EOT
    Name the principals that need the key in `Principal`, or add a condition that ties the caller to your account or organization (`aws:PrincipalAccount`, `aws:PrincipalOrgID`).

    ```hcl
    data "aws_caller_identity" "current" {}

    resource "aws_kms_key" "app" {
      description             = "Data of the app"
      enable_key_rotation     = true
      deletion_window_in_days = 30

      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid       = "Administration"
            Effect    = "Allow"
            Principal = { AWS = "arn:aws:iam::$${data.aws_caller_identity.current.account_id}:root" }
            Action    = "kms:*"
            Resource  = "*"
          },
          {
            Sid       = "Use"
            Effect    = "Allow"
            Principal = { AWS = aws_iam_role.app.arn }
            Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
            Resource  = "*"
          },
        ]
      })
    }
    ```

    Taking the `policy` argument away does not close the key: Terraform then leaves the policy in AWS as it is.

    If the key is open in AWS already, look at the policy and at the grants, which outlive it, and close both without
    waiting for the next apply:

    ```sh
    aws kms get-key-policy --key-id KEY --policy-name default --query Policy --output text > before.json
    keyproof check --kind key policy.json
    aws kms put-key-policy --key-id KEY --policy-name default --policy file://policy.json
    aws kms list-grants --key-id KEY
    aws kms revoke-grant --key-id KEY --grant-id GRANT
    aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=KEY_ARN
    ```

    `keyproof fix` makes the edit of the sources and proves it; `keyproof fix --policy ADDRESS` prints the mended policy for `policy.json`.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. Look for a star as the principal; wildcards in the account of a principal and patterns that are too wide open the key as well. Write the root of the account, or the ARNs of roles, in its place, or add a condition on `aws:PrincipalAccount`. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
    "AWS Security Hub KMS.5",
    "AWS Config kms-key-policy-no-public-access",
  ]
}
