rule "iam-kms-all-keys" {
  title    = "IAM policy uses every key"
  severity = "low"
  subject  = "identity policy"
  when     = policy.uses_all_keys && !(policy.decrypts_all_keys || policy.all_actions || policy.controls_all_keys)
  possible = policy.refused
  at       = "keys"
  grows    = "holder"
  message  = "${resource.address}: whoever holds this policy may call ${length(policy.all_keys_actions) > 4 ? "${length(policy.all_keys_actions)} actions" : join(", ", policy.all_keys_actions)} on all keys, not only on the ones they need."

  why = <<-EOT
    The policy allows cryptographic use, such as `kms:Encrypt`, `kms:GenerateDataKey` or `kms:Sign`, on all keys. That reads no data, but data
    gets encrypted with keys whose owners do not know of it, and signatures are made in the name of whatever a key stands for. Each
    policy should name the keys that its holder works with.

    `iam-kms-decrypt-all-keys` and `iam-kms-wildcard-action` are worse; where one of them reports the policy, this rule says nothing.
  EOT

  fix = <<-EOT
    Write the ARNs of the keys that are needed into `Resource`, or limit them by `aws:ResourceTag`, or by `kms:ResourceAliases` with `ForAnyValue:StringEquals`.

    ```hcl
    resource "aws_iam_role_policy" "writer" {
      name = "encrypt"
      role = aws_iam_role.writer.id
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect   = "Allow"
          Action   = ["kms:Encrypt", "kms:GenerateDataKey"]
          Resource = aws_kms_key.app.arn
        }]
      })
    }
    ```

    `keyproof fix` names the keys whose policies name the holder, else those that the module manages, is given or gets from other modules: of `count` and `for_each` the instance that goes with the policy's own. Where the module tells of no key, it shows an edit with names for you to fill in.

    With the AWS CLI, for an inline policy of a role (there are the same commands for users and groups):

    ```sh
    aws iam get-role-policy --role-name ROLE --policy-name POLICY --query PolicyDocument > before.json
    keyproof check --kind identity policy.json
    aws iam put-role-policy --role-name ROLE --policy-name POLICY --policy-document file://policy.json
    ```

    For a managed policy, of which AWS keeps five versions at most (`aws iam delete-policy-version` makes room):

    ```sh
    aws iam list-policy-versions --policy-arn ARN
    aws iam get-policy-version --policy-arn ARN --version-id VERSION --query PolicyVersion.Document > before.json
    keyproof check --kind identity policy.json
    aws iam create-policy-version --policy-arn ARN --set-as-default --policy-document file://policy.json
    ```

    In the console: IAM, Policies, filter by the type Customer managed, and choose those that speak of KMS (inline policies are on the tab Permissions of their role, user or group); Edit, JSON. Bring Resource down to the ARNs of the keys. Then choose Next and Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html",
  ]
}
