package main

import (
	"encoding/json"
	"path/filepath"
	"testing"
)

// TestSecretsInside looks for secrets in what other resources make of sensitive arguments: keys inside of templates, by
// logical ids and names of conditions; grants; keys and roles whose own names are sensitive; what was there before.
func TestSecretsInside(t *testing.T) {
	const secret = "S3CR3T-ORCHID"
	root := map[string]any{"Sid": "Account", "Effect": "Allow", "Principal": map[string]any{"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
	open := map[string]any{"Sid": secret, "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
		"Condition": map[string]any{"StringLike": map[string]any{"aws:PrincipalArn": "*" + secret + "*", "aws:PrincipalTag/" + secret: "x"}}}
	policy := map[string]any{"Version": "2012-10-17", "Statement": []any{root, open}}
	closed := written(map[string]any{"Version": "2012-10-17", "Statement": []any{root}})
	stack := map[string]any{"Resources": map[string]any{"S3CR3TORCHID": map[string]any{"Type": "AWS::KMS::Key", "Properties": map[string]any{"KeyPolicy": policy}}}}
	trust := written(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Principal": map[string]any{"AWS": "*"}, "Action": "sts:AssumeRole"}}})
	elsewhere := written(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-central-1:777766665555:key/" + secret}}})
	type values = map[string]any
	for name, c := range map[string]struct {
		typ           string
		before, after values
		hide          any
	}{
		"a template":      {"aws_cloudformation_stack", nil, values{"name": "x", "template_body": written(stack)}, values{"template_body": true}},
		"no template":     {"aws_cloudformation_stack", nil, values{"name": "x", "template_body": "a: *S3CR3T"}, values{"template_body": true}},
		"a desired state": {"aws_cloudcontrolapi_resource", nil, values{"type_name": "AWS::KMS::Key", "desired_state": written(values{"KeyPolicy": policy})}, values{"desired_state": true}},
		"awscc":           {"awscc_kms_key", nil, values{"key_policy": written(policy)}, values{"key_policy": true}},
		"all of a key":    {"aws_kms_key", nil, values{"policy": written(policy), "arn": "arn:aws:kms:eu-central-1:777766665555:key/" + secret}, true},
		"what was":        {"aws_kms_key", values{"policy": written(policy)}, values{"policy": closed}, values{"policy": true}},
		"what grows":      {"aws_kms_key", values{"policy": closed}, values{"policy": written(policy)}, values{"policy": true}},
		"a grant": {"aws_kms_grant", nil, values{"key_id": secret, "grantee_principal": "arn:aws:iam::777766665555:role/" + secret, "operations": []string{"Decrypt", secret},
			"constraints": []any{values{"encryption_context_equals": values{secret: secret}}}}, values{"key_id": true, "grantee_principal": true, "operations": true, "constraints": true}},
		"a key's id":               {"aws_kms_key_policy", nil, values{"key_id": secret, "policy": closed}, values{"key_id": true}},
		"a key of a role's policy": {"aws_iam_role_policy", values{"name": "x", "role": "reader", "policy": elsewhere}, values{"name": "x", "role": "reader", "policy": elsewhere}, values{"policy": true}},
		"a role":                   {"aws_iam_role", nil, values{"name": secret, "assume_role_policy": trust}, values{"name": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := values{"actions": []string{"create"}, "before": nil, "after": c.after, "after_unknown": values{}, "before_sensitive": false, "after_sensitive": c.hide}
			if c.before != nil {
				change["actions"], change["before"], change["before_sensitive"] = []string{"update"}, c.before, c.hide
			}
			dir := t.TempDir()
			writeAll(t, dir, map[string]string{"plan.json": written(values{"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": values{"root_module": values{}},
				"configuration": values{"root_module": values{}},
				"resource_changes": []any{values{"address": c.typ + ".x", "mode": "managed", "type": c.typ, "name": "x",
					"provider_name": "registry.terraform.io/hashicorp/aws", "change": change}}})})
			seek(t, name, filepath.Join(dir, "plan.json"))
		})
	}
}

func written(v any) string {
	out, _ := json.Marshal(v)
	return string(out)
}
