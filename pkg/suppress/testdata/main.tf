# keyproof:ignore kms-key-rotation above the block: the material is imported
# and this line goes on, in another comment
resource "aws_kms_key" "above" {
  policy = "{}"
}

resource "aws_kms_key" "beside" { # keyproof:ignore kms-key-rotation beside the header
  policy = "{}"
}

# keyproof:ignore kms-key-rotation a blank line is between

resource "aws_kms_key" "apart" {
  policy = "{}"
}

resource "aws_kms_key" "statements" {
  policy = jsonencode({
    Statement = [{
      Sid = "First"
      # keyproof:ignore kms-key-public inside the first statement
      Principal = "*"
      }, { # keyproof:ignore kms-key-public beside the second statement's brace
      Sid       = "Second"
      Principal = "*"
      },
      # keyproof:ignore kms-key-public above the third statement
      { Sid = "Third", Principal = "*" },
      { Sid = "Fourth", Principal = "*" }, # keyproof:ignore kms-key-public beside the fourth
      { Sid = "Fifth", Principal = "*" },
      # keyproof:ignore kms-key-public above a statement of several lines
      {
        Sid       = "Sixth"
        Principal = "*"
      },
    ]
  })
}

locals {
  readers = [
    "*", # keyproof:ignore kms-key-public beside the element, far from the block
    "arn:aws:iam::111122223333:root",
  ]
}

resource "aws_kms_key" "elsewhere" {
  policy = local.policy
}

# keyproof:ignore kms-key-public,kms-key-rotation above the call
module "outer" {
  source = "./outer"
}

module "other" {
  source = "./outer"
}
