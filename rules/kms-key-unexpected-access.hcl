rule "kms-key-unexpected-access" {
  title    = "Somebody may use a key whom the expectation does not list"
  severity = "high"
  subject  = "access"
  when     = access.unexpected != ""
  message  = "${access.key}: ${access.who} has ${access.class} access, ${join(", ", access.actions)}, which the expectation ${access.unexpected} does not list.${access.reason == "" ? "" : " "}${access.reason}"

  why = <<-EOT
    An expectation writes down who may use a key. Somebody else can, by the way that the finding names: a statement of the
    key policy, an identity policy that the key policy leaves room for, a grant, or a role that can be assumed.
  EOT

  fix = <<-EOT
    Take the access away where the finding points, or list the caller in the expectation.

    ```hcl
    expect "ledger" {
      key = "aws_kms_key.ledger"
      only {
        data    = ["aws_iam_role.app"]
        control = ["account"]
      }
      reason = "Only the app reads the ledger."
    }
    ```

    `keyproof fix` has no edit for it: whether the expectation or the policy is wrong, only you know.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html",
  ]
}
