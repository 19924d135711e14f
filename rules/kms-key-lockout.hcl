rule "kms-key-lockout" {
  title    = "Nobody may be left who can change the key policy"
  severity = "high"
  subject  = "key policy"
  when     = !policy.refused && (policy.locked_out || key.bypass_lockout_check)
  message  = policy.locked_out ? "${resource.address}: nobody in the own account keeps kms:PutKeyPolicy, so nobody can change this policy any more." : "${resource.address}: bypass_policy_lockout_safety_check switches off AWS's check that somebody can still change this key policy."

  # The policy itself is as it should be.
  elsewhere {
    when = !policy.locked_out
    at   = "attribute:bypass_policy_lockout_safety_check"
  }

  why = <<-EOT
    A key obeys its key policy and nothing else: not even the root user of the account gets in against it. When the policy leaves
    nobody of the own account with `kms:PutKeyPolicy`, nobody can correct it, and the key can neither be managed nor deleted
    until AWS Support steps in.

    AWS refuses such a policy when it comes from somebody whom it would lock out.
    `bypass_policy_lockout_safety_check = true` switches this protection off, and is reported for that.
  EOT

  fix = <<-EOT
    Keep a statement that gives the root of the own account `kms:*`, and leave `bypass_policy_lockout_safety_check` at false.

    ```hcl
    data "aws_caller_identity" "current" {}

    resource "aws_kms_key" "app" {
      description         = "Data of the app"
      enable_key_rotation = true

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
        ]
      })
    }
    ```

    For a key that exists, as long as somebody still gets in:

    ```sh
    aws kms get-key-policy --key-id KEY --policy-name default --query Policy --output text > before.json
    keyproof check --kind key policy.json
    aws kms put-key-policy --key-id KEY --policy-name default --policy file://policy.json
    ```

    `keyproof fix` makes the edit of the sources and proves it; `keyproof fix --policy ADDRESS` prints the mended policy for `policy.json`.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. Add the statement for the root of the account at the top. Where nobody can edit the policy any more, only AWS Support can help. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html",
  ]
}
