variable "policy" { type = string }
variable "policies" { type = map(string) }
resource "aws_kms_key" "k" {
  policy = var.policy
}
resource "aws_kms_key" "p" {
  policy = var.policies["p"]
}
resource "aws_kms_key" "f" {
  for_each = var.policies
  policy = each.value
}
data "aws_iam_policy_document" "d" {
  statement {
    sid = "InM"
    resources = [aws_kms_key.k.arn]
  }
}
output "json" { value = data.aws_iam_policy_document.d.json }
