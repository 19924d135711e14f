rule "policy-undecided" {
  title    = "The verdict depends on a value that is not known before apply"
  severity = "high"
  subject  = "policy"
  when     = policy.undecided
  possible = true
  message = format("%s, %s: %s cannot be said yet: %s.", resource.address, policy.attribute,
    policy.kind == "identity" ? "whether it reaches all keys or only some" : policy.kind == "grant" ? "whether the grantee is trusted" : "whether strangers are let in",
  policy.undecided_why)
  remedy = policy.undecided_remedy

  # The plan will know more than the sources do.
  milder {
    when     = settings.sources_alone
    severity = "low"
  }

  why = <<-EOT
    The policy is built from values that are not known before apply, and they decide: one possible value makes it public, another does not.
    A gate that let this pass would be green for a key that is open to everybody a minute later.

    Values that cannot make a difference do not lead here. A role's ARN is some role of the own account whatever it is
    called, and the verdict is the same. Judged from sources alone the finding is low, because the plan will decide it.
  EOT

  fix = <<-EOT
    Make the deciding value known, or write that part of the policy down.

    The finding says which way is open. A variable has a value by `--var` where the sources are judged; `--source` lets the
    structure of a plan's policy be read; the plan knows more than the sources, and what only apply knows can be applied first.

    A value that comes from a resource of another provider, or from a resource that does not exist yet, can often be replaced by
    one that is known, or be pinned by a condition that does not depend on it:

    ```hcl
    {
      Sid       = "Use"
      Effect    = "Allow"
      Principal = { AWS = var.reader_arn }
      Action    = "kms:Decrypt"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalAccount" = data.aws_caller_identity.current.account_id } }
    }
    ```

    If it cannot be known, apply in two steps: first what the value comes from (`-target`), then the rest, which is judged with
    the value.

    `keyproof fix` has no edit for it: what decides is a value, not the text. Give it with `--var` or `--source`, or write it out.
  EOT

  references = [
    "https://developer.hashicorp.com/terraform/language/expressions/references#values-not-yet-known",
  ]
}
