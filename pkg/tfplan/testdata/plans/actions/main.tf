variable "secret" {
  sensitive = true
  type = object({ a = string, b = list(string) })
  default = { a = "S3CR3T-a", b = ["S3CR3T-b"] }
}
variable "plain" { default = "p" }
resource "terraform_data" "kept" { input = "a" }
resource "terraform_data" "new_name" { input = "moved" }
moved { 
 from = terraform_data.old_name 
 to = terraform_data.new_name 
}
removed { 
  from = terraform_data.forgotten 
  lifecycle { destroy = false }
}
import { 
  to = terraform_data.imported
  id = "some-id" 
}
resource "terraform_data" "imported" { }
resource "terraform_data" "replaced" { 
 input = "r"
 triggers_replace = [2] 
}
resource "terraform_data" "cbd" { 
 input = "r"
 triggers_replace = [2] 
 lifecycle { create_before_destroy = true }
}
resource "terraform_data" "changed" { input = { a = var.secret.a, n = 12345678901234567890.123456789, list = [1, terraform_data.created["x.y"].id, var.secret.b], nothing = null, nested = { u = terraform_data.created["x.y"].id, k = "known" } } }
resource "terraform_data" "created" { 
  for_each = toset(["x.y", "q\"[0]", "$${z}"])
  input = var.secret
}
resource "terraform_data" "counted" { 
  count = 2
  input = count.index
}
data "terraform_remote_state" "r" { 
 backend = "local"
 config = { path = "./other.tfstate" }
}
module "m" {
  source = "./m"
  for_each = toset(["a.b"])
  secret = var.secret.a
  literal = "S3CR3T-literal"
  open = "open"
}
output "x" { 
 value = "S3CR3T-out" 
 sensitive = true 
}
