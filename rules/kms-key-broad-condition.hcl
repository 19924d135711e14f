rule "kms-key-broad-condition" {
  title    = "Condition does not restrict who uses the key"
  severity = "medium"
  subject  = "key policy"
  each     = "statement"
  when     = statement.broad_condition
  at       = "condition"
  message  = "${resource.address}, ${statement.label}: ${statement.broad_why}"
  remedy   = statement.broad_remedy

  why = <<-EOT
    The statement has a condition on the caller's identity or network, or on the resource that a service acts for. It reads as a
    limit, and is none:

    - A pattern is so wide that strangers meet it: `StringLike "kms:CallerAccount" = "*"`, `"aws:PrincipalOrgID" = "o-*"`,
      `"aws:PrincipalArn" = "arn:aws:iam::*:role/deployer"` (everybody can create a role of that name).
    - An operator holds when the key is absent: `StringEqualsIfExists` or `ForAllValues:StringEquals` on `aws:PrincipalOrgID` lets in
      every account that is in no organization; `aws:SourceIp` is absent when a call comes through a VPC endpoint.
    - A negation names whom it leaves out, and lets in the rest of the world.
    - `StringEquals` takes `*` and `?` for ordinary characters. The condition never holds, and the statement does nothing.

    Conditions on what the caller chooses freely, such as `kms:ViaService`, tags or the encryption context, are not reported here;
    where they leave a key open, `kms-key-public` explains them.
  EOT

  fix = <<-EOT
    Compare with exact values: `StringEquals` on `aws:PrincipalOrgID`, `aws:PrincipalAccount` or `kms:CallerAccount`, or `ArnLike` with the account written out.

    ```hcl
    {
      Sid       = "Organization"
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = data.aws_organizations_organization.own.id } }
    }
    ```

    For a key that is in use already:

    ```sh
    aws kms get-key-policy --key-id KEY --policy-name default --query Policy --output text > before.json
    keyproof check --kind key policy.json
    aws kms put-key-policy --key-id KEY --policy-name default --policy file://policy.json
    aws kms list-grants --key-id KEY
    ```

    `keyproof fix` makes the edit of the sources and proves it; `keyproof fix --policy ADDRESS` prints the mended policy for `policy.json`.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. Look at the Condition of the statement: write an exact operator and a value without wildcards in place of `IfExists`, `ForAllValues` and stars. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
    "AWS Security Hub KMS.5",
    "AWS Config kms-key-policy-no-public-access",
  ]
}
