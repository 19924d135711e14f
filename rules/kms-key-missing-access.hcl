rule "kms-key-missing-access" {
  title    = "Somebody cannot use a key who must not lose it"
  severity = "high"
  subject  = "access"
  when     = access.missing != ""
  message  = "${access.key}: ${access.who} has no ${access.class} access, which the expectation ${access.missing} asks for. ${access.stops}"

  why = <<-EOT
    An expectation writes down who must be able to use a key. After this plan they cannot, and what depends on it stops:
    data that cannot be decrypted, backups that cannot be read, an account that lost control of its key.
  EOT

  fix = <<-EOT
    Give the access back: name the caller in the key policy, or leave the action to the account and allow it in a policy of
    the caller.

    ```hcl
    expect "ledger" {
      key = "alias/ledger"
      keeps {
        data = ["aws_iam_role.app"]
      }
    }
    ```

    `keyproof fix` has no edit for it: whether the expectation or the policy is wrong, only you know.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html",
  ]
}
