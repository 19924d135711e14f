package scan_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/scan"
)

// policySeeds are the key policies of the fixtures.
func policySeeds(f *testing.F) []string {
	f.Helper()
	names, err := filepath.Glob("../../fixtures/policies/*/*.json")
	if err != nil || len(names) == 0 {
		f.Fatal("no policies", err)
	}
	var out []string
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, string(src))
	}
	return out
}

// planOf is a plan with a key of that policy and a role that has it as its inline policy, too.
func planOf(t *testing.T, policy string) string {
	t.Helper()
	resource := func(typ string, after map[string]any) map[string]any {
		return map[string]any{"address": typ + ".x", "mode": "managed", "type": typ, "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws",
			"change": map[string]any{"actions": []string{"create"}, "before": nil, "after": after, "after_unknown": map[string]any{"arn": true}}}
	}
	out, err := json.Marshal(map[string]any{"format_version": "1.2", "terraform_version": "1.11.4", "complete": true, "errored": false, "configuration": map[string]any{"root_module": map[string]any{}},
		"resource_changes": []any{resource("aws_kms_key", map[string]any{"policy": policy}),
			resource("aws_iam_role", map[string]any{"name": "x", "assume_role_policy": policy, "inline_policy": []any{map[string]any{"name": "x", "policy": policy}}})}})
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func fuzzed(text string) scan.Options {
	return scan.Options{Paths: []string{"-"}, Stdin: strings.NewReader(text), Account: "111122223333", Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Access: scan.AccessAll, Env: []string{}}
}

// FuzzAnswers asks who may use a key, and one question about it: yes has a way, and what is narrowed down is part of the map.
func FuzzAnswers(f *testing.F) {
	for _, seed := range policySeeds(f) {
		f.Add(seed, "stranger", "kms:Decrypt", "aws:SourceIp", "203.0.113.7")
		f.Add(seed, "aws_iam_role.x", "kms:CreateGrant", "kms:ViaService", "s3.eu-central-1.amazonaws.com")
		f.Add(seed, "arn:aws:iam::444455556666:role/app", "kms:*", "aws:PrincipalOrgID", "o-a1b2c3d4e5")
	}
	f.Fuzz(func(t *testing.T, policy, principal, action, key, value string) {
		result, err := scan.Run(context.Background(), fuzzed(planOf(t, policy)))
		if err != nil {
			t.Fatal(err)
		}
		if result.Map == nil {
			return
		}
		all := who.Filter{}.Of(result.Map)
		if some := (who.Filter{Actions: []string{action}, Principals: []string{principal}}).Of(result.Map); len(some) > len(all) {
			t.Errorf("%d rows of %d", len(some), len(all))
		}
		a, err := result.Map.Can(context.Background(), who.Question{Principal: principal, Action: action, Key: "aws_kms_key.x", Context: map[string]string{key: value}})
		if err == nil && a.Answer == who.Yes && len(a.Rows) == 0 {
			t.Errorf("%s may call %s, in no way", principal, action)
		}
	})
}

// FuzzFix looks for fixes of whatever it is given.
func FuzzFix(f *testing.F) {
	for _, seed := range policySeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, policy string) {
		ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
		defer stop()
		fixed, err := scan.Fix(ctx, fuzzed(planOf(t, policy)), scan.FixOptions{Each: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range fixed.Result.Report.Findings {
			for _, fix := range found.Fixes {
				if len(fix.Proof.Ends) == 0 {
					t.Errorf("%s is no fix", fix.Title)
				}
			}
		}
	})
}
