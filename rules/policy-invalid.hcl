rule "policy-invalid" {
  title    = "AWS refuses the policy, or ignores a part of it"
  severity = "high"
  subject  = "policy"
  when     = policy.invalid
  possible = policy.sometimes_invalid
  at       = "problem"
  message  = "${resource.address}, ${policy.attribute}: ${policy.problem}."

  # The plan will know more than the sources do.
  milder {
    when     = policy.sometimes_invalid && settings.sources_alone
    severity = "low"
  }

  why = <<-EOT
    Terraform plans a policy as text and leaves it to AWS whether it is one. Most mistakes come out when the plan is applied, half
    way through. Some never do: AWS stores a statement that lacks an element and never applies it, so what it
    was meant to allow or deny does not happen, and adding the element later opens what nobody looked at.

    A statement that is well formed and merely matches nothing is not reported. Where the literal reading of a refused
    document is public, the rules for public policies report it as `possible`, beside this one. So is a policy that only for some
    values of what is not known yet would be refused.
  EOT

  fix = <<-EOT
    Correct the element that the finding names; building the policy with `data "aws_iam_policy_document"` avoids most of these mistakes.

    ```hcl
    data "aws_iam_policy_document" "key" {
      statement {
        sid       = "Administration"
        actions   = ["kms:*"]
        resources = ["*"]

        principals {
          type        = "AWS"
          identifiers = ["arn:aws:iam::$${data.aws_caller_identity.current.account_id}:root"]
        }
      }
    }
    ```

    AWS checks a document without applying anything:

    ```sh
    aws accessanalyzer validate-policy --policy-type RESOURCE_POLICY --policy-document file://policy.json
    ```

    `keyproof fix` adds a Resource that is missing, takes one out of a trust policy, corrects the version, the spelling of an effect and the name of a statement, writes the service in front of an action, moves a pattern from a principal to a condition, and writes the ARN of a key in place of its id. Other faults have more than one meaning, and it leaves them to you.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key policy, Switch to policy view, Edit. The console says what is wrong when you save. A statement that lacks Resource or Action is stored and never applies. Then choose Save changes.
  EOT

  references = [
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html",
  ]
}
