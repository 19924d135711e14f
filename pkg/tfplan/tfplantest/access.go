package tfplantest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteAccess writes a plan of n keys and n roles. A key's policy names the account, the role of its number and one
// that all share; a role's own policy allows the key of its number and, for one in a hundred, every key.
func WriteAccess(w io.Writer, n int) error {
	out := &writer{w: bufio.NewWriterSize(w, 1<<16)}
	out.print(`{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[`)
	for i := range n {
		out.comma(i)
		arn := fmt.Sprintf("arn:aws:kms:us-east-1:%s:key/00000000-0000-4000-8000-%012d", account, i)
		out.created("aws_kms_key", i, fmt.Sprintf(`"arn":%q,"enable_key_rotation":true,"deletion_window_in_days":30,"policy":%q`, arn, fmt.Sprintf(
			`{"Version":"2012-10-17","Statement":[{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:root"},"Action":"kms:*","Resource":"*"},`+
				`{"Sid":"Use","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::%[1]s:role/role%[2]d","arn:aws:iam::%[1]s:role/backup"]},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*",`+
				`"Condition":{"StringEquals":{"kms:EncryptionContext:app":"app-%[2]d"}}}]}`, account, i)))
		out.comma(1)
		out.created("aws_iam_role", i, fmt.Sprintf(`"name":"role%[2]d","arn":"arn:aws:iam::%[1]s:role/role%[2]d","assume_role_policy":%[3]q`, account, i,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
		if i%100 == 0 {
			arn = "*"
		}
		out.comma(1)
		out.created("aws_iam_role_policy", i, fmt.Sprintf(`"name":"keys","role":"role%d","policy":%q`, i, fmt.Sprintf(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Decrypt","kms:Encrypt"],"Resource":%q}]}`, arn)))
	}
	out.print(`],"configuration":{"root_module":{}}}`)
	if err := out.w.Flush(); out.err == nil {
		out.err = err
	}
	return out.err
}

// created writes the change of a resource that is created with these values.
func (p *writer) created(typ string, i int, values string) {
	p.printf(`{"address":"%[1]s.r%[2]d","mode":"managed","type":"%[1]s","name":"r%[2]d","provider_name":"registry.terraform.io/hashicorp/aws",`+
		`"change":{"actions":["create"],"before":null,"after":{%[3]s},"after_unknown":{},"before_sensitive":false,"after_sensitive":{}}}`, typ, i, values)
}

// WriteModules writes sources: a module of five resources, a key, a role and its policy among them, and a root that calls it so
// many times.
func WriteModules(dir string, instances int) error {
	calls := fmt.Sprintf("module \"team\" {\n  source   = \"./team\"\n  for_each = toset([for i in range(%d) : tostring(i)])\n\n  name = each.key\n}\n", instances)
	return writeFiles(dir, map[string]string{"main.tf": provider + calls, "team/main.tf": team5})
}

// WriteRoots writes roots of the same five resources into that many directories below dir, each in so many files, and returns
// the names of all files.
func WriteRoots(dir string, roots, files int) ([]string, error) {
	var names []string
	for i := range roots {
		root := fmt.Sprintf("root%03d", i)
		tree := map[string]string{"main.tf": provider + "locals {\n  name = \"" + root + "\"\n}\n" + resources5("local.name")}
		for k := 1; k < files; k++ {
			tree[fmt.Sprintf("bucket%02d.tf", k)] = fmt.Sprintf("resource \"aws_s3_bucket\" \"b%d\" {\n  bucket = \"${local.name}-%d\"\n}\n", k, k)
		}
		if err := writeFiles(filepath.Join(dir, root), tree); err != nil {
			return nil, err
		}
		for name := range tree {
			names = append(names, filepath.Join(root, name))
		}
	}
	return names, nil
}

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

const provider = "terraform {\n  backend \"s3\" {}\n}\n\nprovider \"aws\" {\n  region = \"us-east-1\"\n}\n\n"

var team5 = "variable \"name\" {\n  type = string\n}\n\n" + resources5("var.name")

// resources5 are the five resources, called by an expression.
func resources5(name string) string {
	return `data "aws_caller_identity" "current" {}

resource "aws_kms_key" "this" {
  description             = "Keys of ${` + name + `}"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Root", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }, Action = "kms:*", Resource = "*" },
      { Sid = "Use", Effect = "Allow", Principal = { AWS = aws_iam_role.this.arn }, Action = ["kms:Decrypt", "kms:GenerateDataKey*"], Resource = "*" },
    ]
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${` + name + `}"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_iam_role" "this" {
  name = ` + name + `
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "keys"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.this.arn }]
  })
}

resource "aws_s3_bucket" "this" {
  bucket = ` + name + `
}
`
}
