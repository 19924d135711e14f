# Who is let in besides the own account.
account      = "012345678901"
organization = "o-a1b2c3d4e5"

trusted_accounts      = ["111122223333", "444455556666"]
trusted_organizations = ["o-zzzzzzzzzz"]

fail_on                  = "medium"
min_deletion_window_days = 14
ipv4_prefix              = 16
ipv6_prefix              = 48

disabled_rules = ["kms-key-wildcard-action"]

severity {
  kms-key-rotation   = "low"
  policy-undecided   = "critical"
}

exception "kms-key-public" {
  address = "module.shared.*"
  reason  = "The public signing key of the update server"
  until   = "2027-01-31"
}

exception "kms-key-rotation" {
  address = "aws_kms_key.legacy[\"a\"]"
  reason  = "Imported key material"
}

shared_issuer "ci.example.com" {
  tenant = "sub"
  form   = "org:*/"
}

condition_key "aws:NewKey" {
  restricts = true
}
