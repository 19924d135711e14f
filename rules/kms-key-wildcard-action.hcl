rule "kms-key-wildcard-action" {
  title    = "Key policy allows everything to more than the account"
  severity = "low"
  subject  = "key policy"
  each     = "statement"
  when     = statement.all_actions
  at       = "action"
  grows    = "anyone"
  message  = "${resource.address}: ${join(" and ", statement.all_actions_by)} ${length(statement.all_actions_by) > 1 ? "together allow" : "allows"} everything (kms:*), so who is let in may also rewrite the key policy and delete the key."

  why = <<-EOT
    `kms:*` is use and control in one: who may decrypt may then also rewrite the key policy, create grants and schedule the
    key's deletion. For the root of the account this is how IAM policies come into play, and it gives no user or role anything by
    itself. For a role, a user or a service it means that an application, or whoever takes it over, owns the key.

    What counts is the effect: statements that add up to everything after Deny are reported, `kms:*` that a Deny
    cuts down is not.
  EOT

  fix = <<-EOT
    List the actions that are needed; leave administration to a role that cannot use the key.

    ```hcl
    {
      Sid       = "Use"
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.app.arn }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
      Resource  = "*"
    }
    ```

    What a principal really called, before you take anything away:

    ```sh
    aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=KEY_ARN
    ```

    `keyproof fix` lists the actions of a key's users, by what the key is for, or those of its administrators, or those that the identity policies of the principal give it; whoever stands beside the root of the account gets a statement of its own. `keyproof fix --policy ADDRESS` prints the mended policy for `policy.json`:

    ```sh
    aws kms get-key-policy --key-id KEY --policy-name default --query Policy --output text > before.json
    keyproof check --kind key policy.json
    aws kms put-key-policy --key-id KEY --policy-name default --policy file://policy.json
    aws kms list-grants --key-id KEY
    ```

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. Look for `kms:*` in statements that name a role or user (another account as a whole is for kms-key-external-account); write the actions that it needs. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html",
  ]
}
