rule "kms-key-reachable" {
  title    = "Anyone reaches the key through a role"
  severity = "critical"
  subject  = "key policy"
  when     = policy.reachable
  at       = "principal"
  message  = "${resource.address} ${policy.path_perhaps ? "may be" : "is"} open to everyone by way of a role: ${policy.path}."

  why = <<-EOT
    A stranger may assume a role of this plan, and that role may use the key. Either the key policy lets the role in, or it
    delegates to the account and a policy of the role allows the rest. Each document looks harmless when it is
    read alone; together they make the key public.

    Deny statements of the key policy and of the role's policies are taken into account. The related places of the finding are
    the steps of the way.
  EOT

  fix = <<-EOT
    Limit the role's trust policy to the principals that should assume it, or take the key away from the role.

    ```hcl
    resource "aws_iam_role" "portal" {
      name = "portal"
      assume_role_policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Principal = { Service = "ecs-tasks.amazonaws.com" }
          Action    = "sts:AssumeRole"
        }]
      })
    }
    ```

    If the role is open in AWS already, close its trust policy first, then end the sessions that strangers may hold:

    ```sh
    aws iam get-role --role-name ROLE --query Role.AssumeRolePolicyDocument > before.json
    keyproof check --kind trust trust.json
    aws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json
    aws iam put-role-policy --role-name ROLE --policy-name AWSRevokeOlderSessions --policy-document '{
      "Version": "2012-10-17",
      "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "NOW, such as 2027-01-31T12:00:00Z"}}}]}'
    aws kms list-grants --key-id KEY
    ```

    `keyproof fix` mends the role that lets strangers in: that ends both findings.

    In the console: IAM, Roles, choose the role, tab Trust relationships, Edit trust policy. Look for a star as the principal of the role that the message names, or a provider without a condition on the subject. Then choose Update policy.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
  ]
}
