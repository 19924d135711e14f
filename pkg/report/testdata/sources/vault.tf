variable "readers" {
  type = list(string)
}

resource "aws_kms_key" "this" {
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Everyone"
      Effect    = "Allow"
      Principal = { AWS = var.readers }
      Action    = "kms:*"
      Resource  = "*"
      Condition = { StringEquals = { "kms:EncryptionContext:app" = "billing" } }
    }]
  })
}
