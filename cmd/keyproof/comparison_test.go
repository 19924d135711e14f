package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestComparison holds every cell of the table in docs/comparison.md: keyproof's column against the program, the others
// against what the page says of their rules.
func TestComparison(t *testing.T) {
	atRoot(t)
	page, err := os.ReadFile(filepath.Join("docs", "comparison.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| [^|]+ \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$")
	rows := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		rows[m[1]] = m[2:]
	}
	files := glob(t, "fixtures/comparison/*.json")
	if len(rows) != 20 || len(files) != 20 {
		t.Errorf("there are %d rows and %d policies, not 20", len(rows), len(files))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		got := []string{ours(t, file), checkov(t, file), awsConfig(t, file)}
		if !slices.Equal(rows[name], got) {
			t.Errorf("%s: the page says %q, and it is %q", name, rows[name], got)
		}
	}
}

// ours is what the program says.
func ours(t *testing.T, file string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	run(context.Background(), []string{"keyproof", "check", "--format", "json", "--kind", "key", "--account", "111122223333", file}, nil, &stdout, &stderr)
	var report struct {
		Policies []struct{ Verdict, Public string }
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || len(report.Policies) != 1 {
		t.Fatalf("%s: %v: %s", file, err, &stderr)
	}
	p := report.Policies[0]
	if p.Verdict == "invalid" && p.Public == "yes" {
		return "`invalid`, taken literally public"
	}
	if (p.Public == "yes") != (p.Verdict == "public") {
		t.Errorf("%s is %s and public: %s", file, p.Verdict, p.Public)
	}
	return "`" + p.Verdict + "`"
}

type statement struct {
	Effect                  string
	Principal, NotPrincipal any
	Condition               map[string]map[string]any
}

func statements(t *testing.T, file string) []statement {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Statement []statement }
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Statement
}

// strings of a JSON value that is one or a list.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, texts(e)...)
		}
		return out
	case map[string]any:
		return texts(v["AWS"])
	}
	return nil
}

// checkov is the rule as the page tells it.
func checkov(t *testing.T, file string) string {
	t.Helper()
	for _, s := range statements(t, file) {
		if s.Effect != "Deny" && s.Condition == nil && slices.Contains(texts(s.Principal), "*") {
			return "FAILED"
		}
	}
	return "PASSED"
}

// awsConfig is the sentence as the page tells it.
func awsConfig(t *testing.T, file string) string {
	t.Helper()
	list := statements(t, file)
	denies := slices.ContainsFunc(list, func(s statement) bool { return s.Effect == "Deny" })
	out := "COMPLIANT"
	for _, s := range list {
		if s.Effect == "Deny" || s.NotPrincipal == nil && !slices.Contains(texts(s.Principal), "*") {
			continue
		}
		var values []string
		for _, keys := range s.Condition {
			for _, v := range keys {
				values = append(values, texts(v)...)
			}
		}
		loose := slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "*?") || strings.Contains(v, "${") })
		switch {
		case s.NotPrincipal != nil, denies, s.Condition != nil && !loose:
			out = "–"
		default:
			return "NON_COMPLIANT"
		}
	}
	return out
}
