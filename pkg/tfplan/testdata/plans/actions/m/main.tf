variable "secret" { sensitive = true }
variable "literal" { sensitive = true }
variable "open" { default = "S3CR3T-not" }
variable "def" { 
 sensitive = true
 default = "S3CR3T-def" 
}
resource "terraform_data" "x" { input = { l = var.literal, o = var.open } }
output "id" { value = terraform_data.x.id }
