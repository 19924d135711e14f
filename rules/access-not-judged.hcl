rule "access-not-judged" {
  title    = "Resource that can give access to a key is not looked at"
  severity = "low"
  subject  = "resource"
  when     = resource.not_judged != ""
  message  = "${resource.address} is not judged: ${resource.not_judged}."

  why = <<-EOT
    Policies of KMS and IAM decide who may call KMS. They do not decide alone who reads what a key protects: S3 decrypts an
    object for whoever the bucket's policy lets in, a shared snapshot goes with access to its key, a certificate authority
    hands out roles, and a state machine can put another key policy.

    keyproof decides policies of KMS and IAM. What else opens a key is named, so that nobody takes a green gate for an
    answer about it.
  EOT

  fix = <<-EOT
    Look at what the message names. Where that is fine, accept the finding with a reason in the configuration.

    ```hcl
    exception "access-not-judged" {
      address = "aws_s3_bucket_policy.site"
      reason  = "The bucket holds the public website."
    }
    ```

    `keyproof fix` has no edit for it: nothing is known to be wrong.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/service-integration.html",
  ]
}
