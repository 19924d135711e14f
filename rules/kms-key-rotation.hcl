rule "kms-key-rotation" {
  title    = "Key is never rotated"
  severity = "medium"
  subject  = "key"
  when     = key.can_rotate && !key.rotates
  at       = "attribute:enable_key_rotation"
  message  = "AWS never rotates the material of ${resource.address}: enable_key_rotation is not true."

  why = <<-EOT
    Rotation gives the key new material at a regular interval and keeps the old one for what was encrypted with it, so nothing
    has to be encrypted again and no alias or ARN changes. Without it, one material protects everything for as
    long as the key lives.

    AWS rotates symmetric encryption keys whose material it made itself. Asymmetric and HMAC keys, imported material and keys
    in custom key stores are not reported; of a multi-Region key the primary is.
  EOT

  fix = <<-EOT
    Set `enable_key_rotation` to true; the interval is a year unless `rotation_period_in_days` says otherwise.

    ```hcl
    resource "aws_kms_key" "app" {
      description             = "Data of the app"
      enable_key_rotation     = true
      deletion_window_in_days = 30
    }
    ```

    For a key that exists already:

    ```sh
    aws kms get-key-rotation-status --key-id KEY
    aws kms enable-key-rotation --key-id KEY
    ```

    `keyproof fix` makes the edit of the sources and proves it.

    In the console: AWS KMS, Customer managed keys, choose the key, tab Key rotation; under Automatic key rotation choose Edit, select Enable, and choose Save.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    "AWS Security Hub KMS.4",
    "AWS Config cmk-backing-key-rotation-enabled",
    "CIS AWS Foundations Benchmark 5.0.0 3.6, 3.0.0 3.6, 1.4.0 3.8, 1.2.0 2.8",
    "PCI DSS 4.0.1 3.7.4, 3.2.1 3.6.4",
    "NIST SP 800-53 SC-12, SC-12(2), SC-28(3)",
  ]
}
