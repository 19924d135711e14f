rule "kms-key-not-principal" {
  title    = "Allow with NotPrincipal lets in everyone else"
  severity = "high"
  subject  = "key policy"
  each     = "statement"
  when     = statement.not_principal
  at       = "principal"
  message  = "${resource.address}: ${statement.label} allows with NotPrincipal, which means everyone on AWS but the ones it lists."

  why = <<-EOT
    `NotPrincipal` names those who are left out. Together with `Effect = "Allow"` the statement lets in every other
    principal of every account, which is hardly ever what its author meant. AWS does not support the combination any more, and
    documented it as "everyone except" before: what happens to a stored policy is not something to rely on.
  EOT

  fix = <<-EOT
    Write the principals that should get in into `Principal`; to shut somebody out, use a Deny statement.

    ```hcl
    {
      Sid       = "Use"
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.app.arn }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "*"
    }
    ```

    For a key that carries such a statement in AWS already:

    ```sh
    aws kms get-key-policy --key-id KEY --policy-name default --query Policy --output text > before.json
    keyproof check --kind key policy.json
    aws kms put-key-policy --key-id KEY --policy-name default --policy file://policy.json
    aws kms list-grants --key-id KEY
    ```

    `keyproof fix` says with conditions who is let in and who is not, or names the root of the account, and proves it; `keyproof fix --policy ADDRESS` prints the mended policy for `policy.json`.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. Look for NotPrincipal in a statement that allows; write Principal with those who are meant in its place. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html",
  ]
}
