rule "kms-key-external-account" {
  title    = "Key policy lets in an account that is not trusted"
  severity = "high"
  subject  = "key policy"
  each     = "statement"
  when     = length(statement.external_accounts) > 0
  possible = policy.refused || !settings.account_known || statement.external_perhaps
  at       = "principal"
  grows    = "external"
  message  = "${resource.address}: ${statement.label} lets in ${statement.external_who} without any condition${statement.conditions > 0 ? " that keeps anybody of these out" : ""}, so the administrators of account ${join(" and account ", statement.external_accounts)} decide who uses the key.${settings.account_known ? "" : " It may be the own one, which is not known."}${statement.external_perhaps ? " For some values of what is not known before apply that is not so." : ""}"
  remedy   = statement.external_remedy

  why = <<-EOT
    A key policy that names another account hands over to its administrators: which of their users and roles call
    the key, from where and through what, is decided there. That may be wanted; then the configuration says so. Where nobody
    wrote it down, it is often the number of a former partner, a copied example or a typing error.

    Accounts in `trusted_accounts` are not reported, nor are statements whose conditions change what the other account can do.
    Where the own account is not known, or what else the statement says or a Deny takes away is not known in full, the finding is `possible`.
  EOT

  fix = <<-EOT
    If the account is yours or a partner's, add it to `trusted_accounts` in `.keyproof.hcl`; otherwise take it out, or name one role of it and add a condition.

    ```hcl
    # .keyproof.hcl
    trusted_accounts = ["444455556666"] # the data platform
    ```

    ```hcl
    {
      Sid       = "PartnerThroughS3"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::444455556666:role/importer" }
      Action    = "kms:Decrypt"
      Resource  = "*"
      Condition = { StringEquals = { "kms:ViaService" = "s3.eu-central-1.amazonaws.com" } }
    }
    ```

    For a key that is shared in AWS already:

    ```sh
    aws kms get-key-policy --key-id KEY --policy-name default --query Policy --output text > before.json
    keyproof check --kind key policy.json
    aws kms put-key-policy --key-id KEY --policy-name default --policy file://policy.json
    aws kms list-grants --key-id KEY
    aws kms revoke-grant --key-id KEY --grant-id GRANT
    ```

    `keyproof fix` shows an edit that names one role of the account; which one, only you know, so it is never written by itself.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. Look for accounts that are not yours under Principal (in the default view they are listed as Other AWS accounts). Take them out, or add a condition that names the role. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
  ]
}
