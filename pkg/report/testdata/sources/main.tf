module "vault" {
  source   = "./modules/vault"
  for_each = local.regions
  readers  = ["arn:aws:iam::111122223333:role/reader", "*"]
}

resource "aws_iam_role" "portal" {
  name = "portal"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_kms_key" "partner" {
  description             = "shared with 東京 and Zürich" # schlüssel
  deletion_window_in_days = 7
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Partner"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::222233334444:root" }
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
      },
      {
        Sid       = "Later"
        Effect    = "Allow"
        Principal = { AWS = var.later }
        Action    = "kms:Decrypt"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_key" "sealed" {
  policy = templatefile("policy.json", { token = "hunter2-do-not-show" })
}
