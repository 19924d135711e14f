variable "max" { default = 1 }
resource "terraform_data" "fine" { input = "a" }
resource "terraform_data" "bad" {
  input = "b"
  lifecycle {
    precondition {
      condition     = var.max > 1
      error_message = "Too few."
    }
  }
}
resource "terraform_data" "after" { input = terraform_data.bad.id }
