package tfplantest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// WriteSources writes the configuration that the plan belongs to into a directory: a root module, and one module that it
// calls once for each team.
func (p Plan) WriteSources(dir string) error {
	module := filepath.Join(dir, "modules", "service")
	if err := os.MkdirAll(module, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(module, "main.tf"), []byte(p.moduleSource()), 0o644); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "main.tf"))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprint(w, rootSource)
	for m := range p.modules() {
		fmt.Fprintf(w, "    %q = %d\n", team(m), m)
	}
	fmt.Fprint(w, "  }\n}\n")
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

const rootSource = `variable "region" {
  default = "us-east-1"
}

provider "aws" {
  region = var.region
}

module "service" {
  source   = "./modules/service"
  for_each = local.teams

  name   = each.key
  number = each.value
}

locals {
  teams = {
`

// moduleSource is the module whose instances the plan has.
func (p Plan) moduleSource() string {
	varied, who := "", `["arn:aws:iam::${local.account}:role/app${local.varied}", "arn:aws:iam::${local.account}:role/batch${local.varied}"]`
	resource := `format("arn:aws:kms:us-east-1:${local.account}:key/00000000-0000-4000-8000-%012d", var.number * ` + fmt.Sprint(perModule) + `)`
	if p.Varied {
		varied = "-${var.number}"
		who = `var.number % 5 == 3 ? ["*"] : ` + who
		resource = "aws_kms_key.this.arn"
	}
	return strings.NewReplacer("ACCOUNT", account, "VARIED", varied, "WHO", who, "RESOURCE", resource, "INSTANCES", fmt.Sprint(perModule-len(policyTypes))).Replace(moduleText)
}

const moduleText = `variable "name" {
  type = string
}

variable "number" {
  type = number
}

locals {
  account = "ACCOUNT"
  varied  = "VARIED"
}

resource "aws_kms_key" "this" {
  description             = "Key number ${var.number} of a service, for what it keeps"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Root"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Use"
        Effect    = "Allow"
        Principal = { AWS = WHO }
        Action    = ["kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          StringEquals = {
            "kms:ViaService"                = "s3.us-east-1.amazonaws.com"
            "kms:EncryptionContext:service" = "orders${local.varied}"
          }
        }
      },
      {
        Sid       = "Logs"
        Effect    = "Allow"
        Principal = { Service = "logs.us-east-1.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"]
        Resource  = "*"
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:us-east-1:${local.account}:*" } }
      },
    ]
  })
}

resource "aws_iam_role" "this" {
  name        = "role-${var.number}"
  description = "Role ${var.number}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com", AWS = "arn:aws:iam::${local.account}:root" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "sts:ExternalId" = "orders${local.varied}" } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "policy-${var.number}"
  role = aws_iam_role.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = RESOURCE
    }]
  })
}

resource "aws_instance" "this" {
  count = INSTANCES

  ami                  = "ami-1"
  instance_type        = "m6i.large"
  iam_instance_profile = aws_iam_role.this.name

  tags = {
    Name = "service-${var.number}"
    Team = var.name
  }
}
`
