rule "policy-assumed" {
  title    = "The verdict rests on an assumption"
  severity = "low"
  subject  = "policy"
  when     = policy.assumed
  at       = "policy"
  message  = format("%s, %s: the verdict rests on an assumption: %s.", resource.address, policy.attribute, policy.assumed_why)
  remedy   = policy.assumed_remedy

  why = <<-EOT
    A plan says what an expression refers to, not what it does with it. `policy = data.aws_iam_policy_document.key.json` and
    `policy = replace(data.aws_iam_policy_document.key.json, "111122223333", "*")` look the same in it. Without the sources the
    value is taken for what it refers to, and what is found that way is possible, not certain.

    A directory that is judged alone and is a module of others is judged with the defaults of its variables, which its callers may change.

    With `--untrusted` nothing is assumed, and the policy is undecided.
  EOT

  fix = <<-EOT
    Pass the sources that the plan was made from with `--source`: a directory, or the binary plan, which holds them.

    Sources in the directory of the plan file or in the current directory are found without it. A document whose parts are known
    before apply needs no sources, because the plan holds its text:

    ```hcl
    data "aws_iam_policy_document" "key" {
      statement {
        actions   = ["kms:*"]
        resources = ["*"]

        principals {
          type        = "AWS"
          identifiers = ["arn:aws:iam::$${data.aws_caller_identity.current.account_id}:root"]
        }
      }
    }
    ```

    A module is best judged where it is called, or with values for its variables (`--var`, `--var-file`).

    `keyproof fix` has no edit for it: with the sources the assumption becomes an answer.
  EOT

  references = [
    "https://developer.hashicorp.com/terraform/internals/json-format#configuration-representation",
  ]
}
