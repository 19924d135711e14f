package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestUnseen puts control characters, marks that turn the direction of writing, line breaks and commands to runners into names,
// Sids, keys of for_each, paths and reasons, and wants none of them as they are in any format of any command.
func TestUnseen(t *testing.T) {
	const odd = "\x1b[31m\u202e\u2066\r\n::error::x\n##[error]x\u0085\u2028\u200f\a<b>@octo|`#"
	statement := func(sid string, principal any) map[string]any {
		return map[string]any{"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": []string{"kms:Decrypt", "kms:X" + odd}, "Resource": "*",
			"Condition": map[string]any{"StringLike": map[string]any{"aws:PrincipalTag/" + odd: odd, "kms:EncryptionContext:" + odd: odd}}}
	}
	policy := func(statements ...any) string {
		return jsonText(map[string]any{"Version": "2012-10-17", "Statement": statements})
	}
	foreign := map[string]any{"AWS": "arn:aws:iam::999988887777:role/" + odd}
	planned := func(address, typ string, after map[string]any) map[string]any {
		return map[string]any{"address": address, "mode": "managed", "type": typ, "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws",
			"change": map[string]any{"actions": []string{"create"}, "before": nil, "after": after, "after_unknown": map[string]any{}}}
	}
	plan := func(more ...any) string {
		changes := append([]any{
			planned("aws_kms_key.k["+jsonText(odd)+"]", "aws_kms_key", map[string]any{"policy": policy(statement("R"+odd, "*"), statement("A", foreign)), "description": odd, "tags": map[string]any{odd: odd}}),
			planned("aws_kms_key.w", "aws_kms_key", map[string]any{"policy": policy(map[string]any{"Sid": "Z" + odd, "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"})}),
			planned("aws_iam_role.r", "aws_iam_role", map[string]any{"name": "r" + odd, "assume_role_policy": policy(statement(odd, foreign))}),
			planned("aws_kms_grant.g", "aws_kms_grant", map[string]any{"name": odd, "key_id": "x" + odd, "grantee_principal": foreign["AWS"], "operations": []string{"Decrypt", odd}}),
			planned("aws_kms_custom_key_store.c["+jsonText(odd)+"]", "aws_kms_custom_key_store", map[string]any{"custom_key_store_name": odd}),
		}, more...)
		return jsonText(map[string]any{"format_version": "1.2", "terraform_version": "1.11.4" + odd, "resource_changes": changes, "complete": true, "errored": false,
			"configuration": map[string]any{"root_module": map[string]any{}}})
	}
	dir, sources := t.TempDir(), "s\x1b[31m\u202e\n::error::x"
	name := strings.NewReplacer("\r", "", "\n", " ").Replace(odd)
	for _, sub := range []string{".git", sources} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeAll(t, dir, map[string]string{
		"plan.json":   plan(),
		"broken.json": plan(planned("module.m"+odd+".aws_kms_key.j", "aws_kms_key", map[string]any{"policy": nil})),

		filepath.Join(sources, "main\u202e.tf"): "# keyproof:ignore kms-key-rotation " + name + "\nresource \"aws_kms_key\" \"w\" {\n  for_each = toset([" + escaped(odd) + "])\n  policy = jsonencode({ Statement = [{ Sid = " + escaped(odd) +
			", Effect = \"Allow\", Principal = \"*\", Action = \"kms:*\", Resource = \"*\" }] }) # " + name + "\n}\nmodule \"m\" {\n  source = \"./no\u202e\"\n}\n",
	})
	t.Chdir(dir)
	formats := map[string]string{"check": "text json sarif github gitlab junit markdown html", "who": "text json markdown html csv hcl", "fix": "text json", "can": "text json"}
	for _, input := range []string{"plan.json", "broken.json", sources} {
		for _, command := range [][]string{{"check"}, {"who"}, {"fix"}, {"can", "stranger", "kms:Decrypt", "aws_kms_key.w"}, {"can", "stranger", "kms:Decrypt", "no" + odd}} {
			for _, format := range strings.Fields(formats[command[0]]) {
				var out, err bytes.Buffer
				args := append(append([]string{"keyproof"}, command...), input, "--format", format, "--account", "111122223333")
				run(context.Background(), args, strings.NewReader(""), &out, &err)
				for stream, text := range map[string]string{"stdout": out.String(), "stderr": err.String()} {
					if at := strings.IndexFunc(text, func(r rune) bool {
						return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\n' && r != '\t'
					}); at >= 0 {
						t.Errorf("%q %s: %s has %q", args[1:], format, stream, text[max(0, at-60):min(len(text), at+20)])
					}
					for line := range strings.Lines(text) {
						if line = strings.TrimSpace(line); strings.HasPrefix(line, "::error::x") || strings.HasPrefix(line, "##[") {
							t.Errorf("%q %s: %s has the line %q", args[1:], format, stream, line)
							break
						}
					}
				}
			}
		}
	}
}
