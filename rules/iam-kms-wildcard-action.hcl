rule "iam-kms-wildcard-action" {
  title    = "IAM policy controls keys without a limit"
  severity = "medium"
  subject  = "identity policy"
  when     = policy.all_actions || policy.controls_all_keys
  possible = policy.refused
  at       = "action"
  grows    = "holder"
  message = policy.controls_all_keys ? format("%s: whoever holds this policy may call %s on all keys, and with that %s.", resource.address,
    join(", ", setintersection(["kms:CreateGrant", "kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"], policy.all_keys_actions)),
    length(setintersection(["kms:CreateGrant", "kms:PutKeyPolicy"], policy.all_keys_actions)) > 0 ? "give themselves everything else" : "take the data away from everybody"
  ) : "${resource.address} allows kms:*, which is use and control of a key in one."

  why = <<-EOT
    Control of a key is everything else as well: `kms:PutKeyPolicy` rewrites who may use it, `kms:CreateGrant` hands out use,
    `kms:ScheduleKeyDeletion`, `kms:DisableKey` and `kms:DeleteImportedKeyMaterial` take it, and all that it encrypted, away from everybody.
    On all keys, one stolen credential is enough for all of it. `kms:*` on one key mixes the roles of who uses a key and who manages it.

    What counts is the effect, after Deny statements.
  EOT

  fix = <<-EOT
    List the actions that are needed, on the ARNs of the keys they are needed for; keep control in a policy of its own, for administrators.

    ```hcl
    resource "aws_iam_policy" "key_administration" {
      name = "key-administration"
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect   = "Allow"
          Action   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy", "kms:EnableKeyRotation"]
          Resource = aws_kms_key.app.arn
        }]
      })
    }
    ```

    Where a service needs grants, limit them to it with `Bool = { "kms:GrantIsForAWSResource" = "true" }`.

    `keyproof fix` lists the actions of a key's users, and names keys where the plan tells them. A policy that AWS owns cannot be edited: attach one of your own instead.

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

    In the console: IAM, Policies, filter by the type Customer managed, and choose those that speak of KMS (inline policies are on the tab Permissions of their role, user or group); Edit, JSON. Write the actions that are needed in place of `kms:*`, and bring Resource down to the ARNs of the keys. Then choose Next and Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html",
  ]
}
