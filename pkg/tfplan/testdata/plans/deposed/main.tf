variable "n" { default = 1 }
resource "terraform_data" "x" {
  input            = var.n
  triggers_replace = [var.n]
  lifecycle { create_before_destroy = true }
  provisioner "local-exec" {
    when    = destroy
    command = "exit 1"
  }
}
