rule "iam-role-federated-public" {
  title    = "Any user of a shared identity provider may assume the role"
  severity = "high"
  subject  = "trust policy"
  when     = policy.public && policy.federated_only
  possible = policy.refused
  at       = "principal"
  grows    = "stranger"
  message  = "${resource.address}: ${policy.refused ? "AWS refuses this policy as it is written; taken literally, " : ""}${policy.who}. ${policy.explanation}"
  remedy   = policy.remedy

  why = <<-EOT
    An identity provider such as GitHub Actions, GitLab.com, HCP Terraform or Cognito signs tokens for all of its customers. The
    signature says that the token comes from there, not whose it is. Only a condition on the subject (or another claim that
    names the owner) limits the role to your repositories, workspaces or identity pool. The audience does not: whoever asks for
    a token chooses it.

    `repo:acme*` is no limit either, because `acme-evil` is free to register; nor are patterns that leave the owner open, such as
    `repo:*/app:*`. AWS refuses some of these policies since 2025, by their look; roles from before, and patterns that look
    different, work as ever.
  EOT

  fix = <<-EOT
    Add a condition on the subject that names your organization and repository in full, up to the slash and colon.

    ```hcl
    resource "aws_iam_role" "pipeline" {
      name = "pipeline"
      assume_role_policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
          Action    = "sts:AssumeRoleWithWebIdentity"
          Condition = {
            StringEquals = {
              "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
              "token.actions.githubusercontent.com:sub" = "repo:acme/shop:ref:refs/heads/main"
            }
          }
        }]
      })
    }
    ```

    For Cognito, `cognito-identity.amazonaws.com:aud` is the id of your identity pool, and `cognito-identity.amazonaws.com:amr` keeps
    guests out.

    If the role is open in AWS already:

    ```sh
    aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument > before.json
    keyproof check --kind trust trust.json
    aws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json
    aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity
    ```

    `keyproof fix` closes patterns and operators that leave the owner open. Where a condition on the subject is missing, it shows one with names for you to fill in, and never writes it by itself.

    In the console: IAM, Roles, choose the role, tab Trust relationships, Edit trust policy. Look for Federated principals without a condition on the subject, or with one that leaves the owner open. Then choose Update policy.
  EOT

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html",
  ]
}
