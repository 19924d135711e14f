rule "kms-key-access-gained" {
  title    = "Plan gives somebody access to a key"
  severity = "high"
  subject  = "access"
  off      = true
  when     = access.change == "gained" && contains(["data", "control"], access.class)
  message  = "${access.key}: the plan gives ${access.who} ${access.class} access, ${join(", ", access.actions)}."

  why = <<-EOT
    Whom a plan lets in is the first question of a review. This rule asks for a person to look whenever somebody gets data
    or control of a key that they did not have.

    It is off unless the configuration gives it a severity: most plans give access because they are meant to.
  EOT

  fix = <<-EOT
    Look at the way that the finding names. Where it is meant, accept the finding with a reason.

    ```hcl
    severity {
      kms-key-access-gained = "high"
    }

    exception "kms-key-access-gained" {
      address = "aws_kms_key.payroll"
      reason  = "The new payroll service reads its own key."
    }
    ```

    `keyproof fix` has no edit for it: whether the plan means it, only you know.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html",
  ]
}
