package suppress

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/finding"
)

// TestBaselineOfAnotherAccount accepts a finding in the own account that it was accepted in, and in no other: not in one
// that is not known, either.
func TestBaselineOfAnotherAccount(t *testing.T) {
	in := func(account string) []finding.Finding {
		return []finding.Finding{{Rule: "kms-key-external-account", Address: "aws_kms_key.a", Fingerprint: "1:a", Account: account}}
	}
	const known, other = "111122223333", "444455556666"
	for _, tt := range []struct {
		written, read string
		accepted      bool
	}{{known, known, true}, {"", "", true}, {known, other, false}, {known, "", false}, {"", known, false}} {
		path := filepath.Join(t.TempDir(), "baseline.json")
		if err := WriteBaseline(t.Context(), path, in(tt.written)); err != nil {
			t.Fatal(err)
		}
		b, err := LoadBaseline(path)
		if err != nil {
			t.Fatal(err)
		}
		findings := in(tt.read)
		diags := (&Suppressions{Baseline: b}).Apply(findings, time.Time{})
		if got := findings[0].Suppressed != nil; got != tt.accepted || (len(diags) > 0) == tt.accepted {
			t.Errorf("accepted in %q, found in %q: %v, %v", tt.written, tt.read, got, diags)
		}
	}
}

// TestReplaceable writes a baseline over a baseline, and over nothing else.
func TestReplaceable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "baseline.json")
	if err := Replaceable(path); err != nil {
		t.Error(err)
	}
	if err := WriteBaseline(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	if err := Replaceable(path); err != nil {
		t.Error(err)
	}
	for _, text := range []string{`{"format_version":"1.2","resource_changes":[]}`, `{"version":4,"terraform_version":"1.11.4"}`, "resource {}\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if Replaceable(path) == nil {
			t.Errorf("%s would be overwritten", text)
		}
	}
}
