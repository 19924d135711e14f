rule "iam-role-public" {
  title    = "Anyone may assume the role"
  severity = "critical"
  subject  = "trust policy"
  when     = policy.public && !policy.federated_only
  possible = policy.refused
  at       = "principal"
  grows    = "stranger"
  message  = "${resource.address}: ${policy.refused ? "AWS refuses this policy as it is written; taken literally, " : ""}${policy.who}. ${policy.explanation}"
  remedy   = policy.remedy

  why = <<-EOT
    The trust policy lets a principal of an account that nobody named assume the role. Whatever the role may do,
    with keys and with everything else, everybody on AWS may do.

    An external id, a session name, tags and MFA are chosen by the caller and keep nobody out: AWS itself says that an
    external id is no secret. It protects a trusted third party from being tricked, not a role from the world.
  EOT

  fix = <<-EOT
    Name the accounts, roles or services that assume the role in `Principal`, or add a condition on `aws:PrincipalOrgID` or `aws:PrincipalAccount`.

    ```hcl
    resource "aws_iam_role" "report" {
      name = "report"
      assume_role_policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::$${data.aws_caller_identity.current.account_id}:root" }
          Action    = "sts:AssumeRole"
        }]
      })
    }
    ```

    If the role is open in AWS already, close it, then end the sessions that strangers may hold:

    ```sh
    aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument > before.json
    keyproof check --kind trust trust.json
    aws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json
    aws iam put-role-policy --role-name ROLE --policy-name AWSRevokeOlderSessions --policy-document '{
      "Version": "2012-10-17",
      "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "NOW, such as 2027-01-31T12:00:00Z"}}}]}'
    aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRole
    ```

    `keyproof fix` makes the edit of the sources and proves it; `keyproof fix --policy ADDRESS` prints the mended policy for `trust.json`.

    In the console: IAM, Roles, choose the role, tab Trust relationships, Edit trust policy. Look for a star as the principal; write the account, role or service that is meant. An external id is no identity: name the account that was given it. Then choose Update policy.
  EOT

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html",
  ]
}
