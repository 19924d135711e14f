rule "iam-role-external-account" {
  title    = "An account that is not trusted may assume the role"
  severity = "medium"
  subject  = "trust policy"
  each     = "statement"
  when     = length(statement.external_accounts) > 0
  possible = policy.refused || !settings.account_known || statement.external_perhaps
  at       = "principal"
  grows    = "external"
  message  = "${resource.address}: ${statement.label} lets ${statement.external_who} assume the role without any condition${statement.conditions > 0 ? " that keeps anybody of these out" : ""}.${settings.account_known ? "" : " It may be the own one, which is not known."}${statement.external_perhaps ? " For some values of what is not known before apply that is not so." : ""}"

  why = <<-EOT
    The administrators of the other account decide who assumes the role. If it is a vendor who works for many
    customers, another customer may talk the vendor's software into using your role (the "confused deputy"); a condition on
    `sts:ExternalId` prevents that.

    Accounts in `trusted_accounts` are not reported. Where the own account is not known, or what else the statement says or a Deny takes away is not known in full, the finding is `possible`.
  EOT

  fix = <<-EOT
    If the account is yours, add it to `trusted_accounts` in `.keyproof.hcl`; for a vendor, require the external id that it gave you.

    ```hcl
    resource "aws_iam_role" "monitoring" {
      name = "monitoring"
      assume_role_policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::444455556666:role/collector" }
          Action    = "sts:AssumeRole"
          Condition = { StringEquals = { "sts:ExternalId" = "8f14e45f" } }
        }]
      })
    }
    ```

    For a role that exists in AWS already:

    ```sh
    aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument > before.json
    keyproof check --kind trust trust.json
    aws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json
    ```

    `keyproof fix` shows a condition on the external id; the id is for you to agree with the other account, so it is never written by itself.

    In the console: IAM, Roles, choose the role, tab Trust relationships, Edit trust policy. Look for accounts that are not yours under Principal; take them out, or add a condition on `sts:ExternalId`. Then choose Update policy.
  EOT

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  ]
}
