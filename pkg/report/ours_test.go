package report_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/report"
)

// TestReplaceable writes every format over itself and over every other one, and over nothing else.
func TestReplaceable(t *testing.T) {
	dir := t.TempDir()
	for name, r := range samples(t) {
		for _, format := range report.Formats() {
			for _, quiet := range []bool{false, true} {
				path := filepath.Join(dir, "report")
				if err := report.WriteFile(t.Context(), path, format, r, report.Options{Quiet: quiet}); err != nil {
					t.Fatal(err)
				}
				if err := report.Replaceable(path); err != nil {
					t.Errorf("%s, %s: %v", name, format, err)
				}
			}
		}
	}
	for name, text := range map[string]string{
		"a plan":          `{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[]}`,
		"a state":         `{"version":4,"terraform_version":"1.11.4","resources":[]}`,
		"a policy":        `{"Version":"2012-10-17","Statement":[]}`,
		"sources":         "# keyproof:ignore kms-key-public reason=\"known\"\nresource \"aws_kms_key\" \"a\" {}\n",
		"a configuration": "account = \"111122223333\"\n",
		"SARIF of others": `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"other"}}}]}`,
		"a page":          "<!doctype html>\n<html><head><title>keyproof</title></head></html>\n",
		"JUnit of others": `<?xml version="1.0"?><testsuites name="other"/>`,
		"notes":           "The gate passes: says keyproof\n",
		"bytes":           "PK\x03\x04\x00",
	} {
		path := filepath.Join(dir, "other")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if report.Replaceable(path) == nil {
			t.Errorf("%s would be overwritten", name)
		}
	}
	if err := report.Replaceable(filepath.Join(dir, "none")); err != nil {
		t.Error(err)
	}
}
