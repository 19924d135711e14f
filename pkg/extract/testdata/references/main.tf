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
