package suppress

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/config"
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

// TestExceptionForAccounts accepts what is about these accounts and no other: of a rule about named accounts those, of others the
// own one. An account that must not be shown is none of them.
func TestExceptionForAccounts(t *testing.T) {
	const one, two, own = "444455556666", "777788889999", "111122223333"
	for name, tt := range map[string]struct {
		limit, about []string
		accepted     bool
	}{
		"no limit":           {nil, []string{one, two}, true},
		"this account":       {[]string{one}, []string{one}, true},
		"another one":        {[]string{one}, []string{two}, false},
		"one of two":         {[]string{one}, []string{one, two}, false},
		"both":               {[]string{one, two}, []string{one, two}, true},
		"a hidden one":       {[]string{one}, []string{"(sensitive)"}, false},
		"the own one":        {[]string{own}, nil, true},
		"another's own one":  {[]string{one}, nil, false},
		"a limit to nothing": {[]string{}, nil, false},
	} {
		findings := []finding.Finding{{Rule: "kms-key-external-account", Address: "aws_kms_key.a", Account: own, Accounts: tt.about}}
		s := &Suppressions{Exceptions: []config.Exception{{Rule: "kms-key-external-account", Address: "aws_kms_key.*", Accounts: tt.limit, Reason: "known"}}}
		diags := s.Apply(findings, time.Time{})
		if got := findings[0].Suppressed != nil; got != tt.accepted || (len(diags) > 0) == tt.accepted {
			t.Errorf("%s: accepted is %v, with %v", name, got, diags)
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
