package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/report"
)

// TestSecrets seeds a plan and its sources with values that start with S3CR3T, wherever Terraform can hold one that is
// sensitive, and looks for them in every format, on both streams and on every way to fail.
func TestSecrets(t *testing.T) {
	const fixture = "../../fixtures/plans/sensitive"
	plan, err := os.ReadFile(filepath.Join(fixture, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(plan), "S3CR3T"); n < 10 {
		t.Fatalf("the plan holds only %d secrets", n)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := string(plan)
	inputs := map[string][]string{
		"the plan":              {filepath.Join(fixture, "plan.json")},
		"plan and sources":      {"--source", fixture, filepath.Join(fixture, "plan.json")},
		"sources alone":         {fixture},
		"own values":            {"--var", "partner_external_id=S3CR3T-of-the-command-line", fixture},
		"a failed plan":         {write("errored.json", strings.Replace(text, `"errored":false`, `"errored":true`, 1))},
		"a plan cut off":        {write("cut.json", text[:len(text)*2/3])},
		"a second document":     {write("twice.json", text+text)},
		"no format version":     {write("version.json", strings.Replace(text, `"format_version":"1.2"`, `"format_version":"9.0"`, 1))},
		"a policy cut off":      {write("policy.json", strings.ReplaceAll(text, `{\"AWS\":\"*\"}`, `{\"AWS\":\"*\"`))},
		"a policy of odd types": {write("odd.json", strings.ReplaceAll(text, `\"Action\":\"kms:Decrypt\"`, `\"Action\":{\"S3CR3T\":1}`))},
		"the wrong sources":     {"--source", "../../fixtures/plans/updates", filepath.Join(fixture, "plan.json")},
	}
	for name, args := range inputs {
		for _, format := range report.Formats() {
			var out, errs bytes.Buffer
			extra := filepath.Join(dir, "report")
			all := append([]string{"keyproof", "check", "--now", "2026-11-23", "--format", format, "--report", format + "=" + extra, "--fail-on", "low"}, args...)
			if code := run(context.Background(), all, strings.NewReader(""), &out, &errs); code == 0 {
				t.Errorf("%s, %s: nothing was found, so nothing was tested", name, format)
			}
			written, _ := os.ReadFile(extra)
			for where, got := range map[string]string{"stdout": out.String(), "stderr": errs.String(), "the report": string(written)} {
				for _, secret := range []string{"S3CR3T", "UzNDUjNU"} {
					if at := strings.Index(got, secret); at >= 0 {
						t.Errorf("%s, %s: %s shows a secret: …%s…", name, format, where, got[max(0, at-120):min(len(got), at+40)])
					}
				}
			}
		}
	}
}
