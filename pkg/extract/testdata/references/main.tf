terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "x"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
resource "aws_iam_role" "r" {
  for_each = toset(["a", "b"])
  name = "r-${each.key}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
data "aws_iam_policy_document" "each" {
  for_each = { a = aws_iam_role.r["a"].arn, b = "*" }
  statement {
    sid = "X"
    actions = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type = "AWS"
      identifiers = [each.value]
    }
  }
  depends_on = [aws_iam_role.r]
}
resource "aws_kms_key" "each" {
  for_each = toset(["a", "b"])
  policy = data.aws_iam_policy_document.each[each.key].json
}
resource "aws_kms_key" "literal" {
  policy = data.aws_iam_policy_document.each["b"].json
}
resource "aws_kms_key" "whole" {
  for_each = data.aws_iam_policy_document.each
  policy = each.value.json
}
data "aws_iam_policy_document" "count" {
  count = 1
  source_policy_documents = concat([data.aws_iam_policy_document.each["a"].json], ["{\"Statement\":[{\"Sid\":\"K\"}]}"])
  override_policy_documents = [for k, d in data.aws_iam_policy_document.each : d.json]
  statement {
    sid = "Y"
    resources = [aws_iam_role.r["a"].arn, aws_iam_role.r["b"].arn, "x"]
    dynamic "condition" {
      for_each = [aws_iam_role.r["a"].arn]
      content {
        test = "ArnEquals"
        variable = "aws:PrincipalArn"
        values = [condition.value, aws_iam_role.r["a"].unique_id]
      }
    }
  }
}
resource "aws_kms_key" "count" {
  policy = one(data.aws_iam_policy_document.count[*].json)
}
resource "aws_kms_key" "try" {
  policy = try(data.aws_iam_policy_document.count[0].minified_json, null)
}
module "m" {
  source = "./mod"
  for_each = { x = data.aws_iam_policy_document.count[0].json, y = "{}" }
  policy = each.value
  policies = { p = data.aws_iam_policy_document.each["a"].json }
}
resource "aws_kms_key" "fromout" {
  policy = module.m["x"].json
}
locals {
  l = data.aws_iam_policy_document.each["b"].json
}
resource "aws_kms_key" "local" {
  policy = local.l
}
resource "aws_iam_role" "inl" {
  assume_role_policy = aws_iam_role.r["a"].assume_role_policy
  inline_policy {
    name = "one"
    policy = data.aws_iam_policy_document.each["b"].json
  }
  inline_policy {
    name = "two"
    policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*" }] })
  }
  managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess", aws_iam_policy.p.arn]
}
resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.each["b"].json
}
resource "aws_iam_role" "dyn" {
  assume_role_policy = aws_iam_role.r["a"].assume_role_policy
  dynamic "inline_policy" {
    for_each = { (aws_iam_role.r["a"].unique_id) = "{}" }
    content {
      name = inline_policy.key
      policy = inline_policy.value
    }
  }
}
provider "aws" {
  alias                       = "other"
  region                      = "eu-west-1"
  access_key                  = "x"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}
data "aws_caller_identity" "late" {
  depends_on = [aws_iam_role.r]
}
data "aws_caller_identity" "other" {
  provider   = aws.other
  depends_on = [aws_iam_role.r]
}
resource "aws_vpc_endpoint" "e" {
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.kms"
}
# Where an attribute is put as it is, it counts as what it is; elsewhere it is any text.
data "aws_iam_policy_document" "typed" {
  statement {
    resources = ["arn:aws:kms:*:${data.aws_caller_identity.late.account_id}:key/*"]
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.late.account_id]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [data.aws_caller_identity.late.account_id]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::${data.aws_caller_identity.late.account_id}:role/*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceVpce"
      values   = [aws_vpc_endpoint.e.id]
    }
  }
  statement {
    principals {
      type        = "AWS"
      identifiers = [data.aws_caller_identity.other.account_id, "x"]
    }
    principals {
      type        = "Service"
      identifiers = ["${aws_vpc_endpoint.e.id}.amazonaws.com"]
    }
  }
}
resource "aws_kms_key" "typed" {
  policy = data.aws_iam_policy_document.typed.json
}
resource "aws_kms_key_policy" "of_typed" {
  key_id = aws_kms_key.typed.key_id
  policy = data.aws_iam_policy_document.typed.json
}
resource "aws_kms_grant" "typed" {
  key_id            = aws_kms_key.each["a"].key_id
  grantee_principal = aws_iam_role.r["a"].arn
  operations        = ["Decrypt"]
}
resource "aws_iam_role_policy" "each" {
  for_each = aws_iam_role.r
  role     = each.value.name
  policy   = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
}
resource "aws_iam_user" "u" {
  name = "u"
}
resource "aws_iam_user_policy" "u" {
  user   = aws_iam_user.u.name
  policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
}
resource "aws_iam_role_policy_attachment" "p" {
  role       = aws_iam_role.r["b"].name
  policy_arn = aws_iam_policy.p.arn
}
