rule "kms-grant-external" {
  title    = "Grant gives the key to an account that is not trusted"
  severity = "high"
  subject  = "grant"
  when     = grant.external
  possible = !settings.account_known
  at       = "attribute:grantee_principal"
  grows    = "external"
  message  = "${resource.address} grants ${join(", ", grant.operations)} to ${grant.grantee}, whose account is not trusted. The key policy does not show it, and does not end it.${settings.account_known ? "" : " The account may be the own one, which is not known."}"

  why = <<-EOT
    A grant gives access beside the key policy. Who reads the policy does not see it, and changing the policy does not end it: only a
    Deny or the end of the grant does. A grant to a principal of another account therefore is a lasting share of the key.
    With `CreateGrant` among its operations, the grantee can pass on what it has.

    Accounts in `trusted_accounts` are not reported. Where the own account is not known, the finding is `possible`.
  EOT

  fix = <<-EOT
    Grant to a principal of the own account, or add the account to `trusted_accounts` in `.keyproof.hcl` if it is yours or a partner's.

    ```hcl
    resource "aws_kms_grant" "worker" {
      key_id            = aws_kms_key.app.key_id
      grantee_principal = aws_iam_role.worker.arn
      operations        = ["Decrypt", "GenerateDataKey"]
    }
    ```

    For a grant that exists in AWS already:

    ```sh
    aws kms list-grants --key-id KEY
    aws kms revoke-grant --key-id KEY --grant-id GRANT
    ```

    No edit ends this by itself: whether the grantee should have the grant is for you to say. So `keyproof fix` has none. With `--interactive` it offers to take the resource out, where nothing refers to it.

    The console does not show grants: use the commands above.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/grants.html",
  ]
}
