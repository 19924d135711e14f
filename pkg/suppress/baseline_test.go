package suppress

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyproof/keyproof/pkg/finding"
)

func TestWriteBaseline(t *testing.T) {
	at := &finding.Location{File: "main.tf", Start: finding.Pos{Line: 7}}
	findings := []finding.Finding{
		{Rule: "kms-key-rotation", Address: "aws_kms_key.b", Fingerprint: "1:b", Location: at},
		{Rule: "kms-key-public", Address: `aws_kms_key.a["<x>"]`, Attribute: "policy", Fingerprint: "1:a", Location: at},
		{Rule: "kms-key-public", Address: `aws_kms_key.a["<x>"]`, Attribute: "policy", Fingerprint: "1:a", Input: 1},
		{Rule: "kms-key-public", Address: "aws_kms_key.resolved", Fingerprint: "1:r", Status: finding.Resolved},
		{Rule: "kms-key-public", Address: "aws_kms_key.commented", Fingerprint: "1:c", Suppressed: &finding.Suppressed{By: byComment}},
		{Rule: "kms-key-public", Address: "aws_kms_key.excepted", Fingerprint: "1:e", Suppressed: &finding.Suppressed{By: byException}},
		{Rule: "kms-key-public", Address: "aws_kms_key.old", Fingerprint: "1:o", Suppressed: &finding.Suppressed{By: byBaseline}},
	}
	want := `{
  "version": 1,
  "findings": [
    {
      "rule": "kms-key-public",
      "address": "aws_kms_key.a[\"<x>\"]",
      "attribute": "policy",
      "fingerprint": "1:a"
    },
    {
      "rule": "kms-key-public",
      "address": "aws_kms_key.old",
      "fingerprint": "1:o"
    },
    {
      "rule": "kms-key-rotation",
      "address": "aws_kms_key.b",
      "fingerprint": "1:b"
    }
  ]
}
`
	path := filepath.Join(t.TempDir(), "baseline.json")
	for range 2 {
		if err := WriteBaseline(t.Context(), path, findings); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Error(diff)
		}
		slices.Reverse(findings) // the order of the findings must not matter
	}
	if err := WriteBaseline(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Contains(got, []byte(`"findings": []`)) {
		t.Errorf("a baseline without findings is %s, %v", got, err)
	}
	if err := WriteBaseline(t.Context(), filepath.Join(t.TempDir(), "none", "baseline.json"), nil); err == nil {
		t.Error("a baseline is written into a directory that is not there")
	}
}

func TestLoadBaselineErrors(t *testing.T) {
	for src, want := range map[string]string{
		"":                                       "is not one",
		"{":                                      "is not one",
		"[]":                                     "is not one",
		`{"format_version": "1.0"}`:              "is not one",
		`{"version": 2, "findings": []}`:         "has version 2",
		`{"version": 1, "findings": [{}]}`:       "entry 1 of",
		`{"version": 1, "findings": {}}`:         "is not one",
		`{"version": 1, "findings": []} trailer`: "is not one",
	} {
		path := filepath.Join(t.TempDir(), "baseline.json")
		if err := os.WriteFile(path, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadBaseline(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", src, err)
		}
	}
	if _, err := LoadBaseline(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a baseline that is not there is read")
	}
}

func TestGone(t *testing.T) {
	b := &Baseline{Path: "baseline.json"}
	for i := range 12 {
		b.Entries = append(b.Entries, Entry{Rule: "kms-key-public", Address: fmt.Sprintf("aws_kms_key.k%d", i), Fingerprint: fmt.Sprint(i)})
	}
	diags := b.gone(map[accepted]bool{{"0", ""}: true})
	if len(diags) != 1 || !strings.Contains(diags[0].Detail, "kms-key-public at aws_kms_key.k1, ") ||
		!strings.Contains(diags[0].Detail, "aws_kms_key.k10 and 1 more.") || strings.Contains(diags[0].Detail, "k0,") {
		t.Error(diags)
	}
}
