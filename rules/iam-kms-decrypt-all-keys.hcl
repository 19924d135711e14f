rule "iam-kms-decrypt-all-keys" {
  title    = "IAM policy decrypts with every key"
  severity = "medium"
  subject  = "identity policy"
  when     = policy.decrypts_all_keys
  possible = policy.refused
  at       = "keys"
  grows    = "holder"
  message  = "${resource.address}: whoever holds this policy may call ${join(" and ", setintersection(["kms:Decrypt", "kms:ReEncryptFrom"], policy.all_keys_actions))} on all keys, not only on the ones they need."

  why = <<-EOT
    The usual key policy delegates to the account, so that IAM policies decide. Then a policy that allows `kms:Decrypt` (or
    `kms:ReEncryptFrom`, which decrypts just as well) on all keys opens every such key to whoever holds it: of all applications, of keys
    that do not exist yet, and of other accounts that trust this one.

    All keys means that the allowed key ARNs are not a list of ids: a pattern such as `key/*` or a `NotResource` is left, be it
    in one region or account. Conditions narrow this only if they tie to the key (`aws:ResourceTag`, `kms:ResourceAliases`);
    `kms:ViaService` is still all keys.
  EOT

  fix = <<-EOT
    Write the ARNs of the keys that are needed into `Resource`, or limit them by `aws:ResourceTag`, or by `kms:ResourceAliases` with `ForAnyValue:StringEquals`.

    ```hcl
    resource "aws_iam_role_policy" "app" {
      name = "decrypt"
      role = aws_iam_role.app.id
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource = aws_kms_key.app.arn
        }]
      })
    }
    ```

    Which keys a principal really uses, and what a policy says in AWS today:

    ```sh
    aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=Decrypt
    aws iam get-role-policy --role-name ROLE --policy-name POLICY
    ```

    `keyproof fix` names the keys whose policies name the holder, else those that the module manages, is given or gets from other modules: of `count` and `for_each` the instance that goes with the policy's own. Where the module tells of no key, it shows an edit with names for you to fill in. A policy that AWS owns cannot be edited: attach one of your own instead.

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
    "AWS Security Hub KMS.1, KMS.2",
    "AWS Config iam-customer-policy-blocked-kms-actions, iam-inline-policy-blocked-kms-actions",
  ]
}
