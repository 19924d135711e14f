rule "kms-key-deletion-window" {
  title    = "Short time to notice that a key is being deleted"
  severity = "low"
  subject  = "key"
  when     = key.has_deletion_window && key.deletion_window_days < settings.min_deletion_window_days
  at       = "attribute:deletion_window_in_days"
  message  = "${resource.address} is gone for good less than ${settings.min_deletion_window_days} days after somebody schedules its deletion, and with it everything that it encrypted."

  why = <<-EOT
    A deleted key does not come back, and nothing that it encrypted can be read again. Between scheduling and deletion lies the
    time in which somebody can notice and call it off: from 7 to 30 days. A month covers holidays and jobs that run
    once a month; AWS takes 30 days unless told otherwise.

    `min_deletion_window_days` in `.keyproof.hcl` sets what is wanted here.
  EOT

  fix = <<-EOT
    Set `deletion_window_in_days` to 30, or leave it out.

    ```hcl
    resource "aws_kms_key" "app" {
      description             = "Data of the app"
      enable_key_rotation     = true
      deletion_window_in_days = 30
    }
    ```

    A deletion that is under way is called off with:

    ```sh
    aws kms describe-key --key-id KEY --query KeyMetadata.DeletionDate
    aws kms cancel-key-deletion --key-id KEY
    aws kms enable-key --key-id KEY
    ```

    `keyproof fix` makes the edit of the sources and proves it.

    In the console: the waiting period is asked for when a deletion is scheduled (Customer managed keys, choose the key, Key actions, Schedule key deletion). One that is under way is called off with Key actions, Cancel key deletion.
  EOT

  references = [
    "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
    "AWS Security Hub KMS.3",
  ]
}
