package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestReportsFollowTheSchema holds the JSON output for every fixture against the schema, and against the schema without
// room for members that it does not list.
func TestReportsFollowTheSchema(t *testing.T) {
	atRoot(t)
	open := compile(t, false)
	closed := compile(t, true)
	runs := [][]string{{"--kind", "key", "fixtures/inputs/policy.json"}, {"fixtures/plans"}, {"nowhere.json"}}
	for _, pattern := range []string{"fixtures/inputs/*", "fixtures/rules/*/*", "fixtures/sources/*", "fixtures/example"} {
		for _, path := range glob(t, pattern) {
			runs = append(runs, []string{path})
		}
	}
	for _, plan := range append(glob(t, "fixtures/plans/*/plan.json"), "fixtures/example/plan.json") {
		dir := filepath.Dir(plan)
		runs = append(runs, []string{plan}, []string{dir}, []string{"--source", dir, plan}, []string{"--source", dir, "--no-suppressions", "--new-only", plan})
	}
	policies := 0
	for _, args := range runs {
		var stdout, stderr bytes.Buffer
		run(context.Background(), append([]string{"keyproof", "check", "--format", "json"}, args...), nil, &stdout, &stderr)
		v, err := jsonschema.UnmarshalJSON(&stdout)
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		for _, s := range []*jsonschema.Schema{open, closed} {
			if err := s.Validate(v); err != nil {
				t.Errorf("%q: %v", args, err)
			}
		}
		if list, ok := v.(map[string]any)["policies"].([]any); ok {
			policies += len(list)
		}
	}
	if len(runs) < 100 || policies < 300 {
		t.Errorf("only %d runs with %d policies", len(runs), policies)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("nothing matches %s: %v", pattern, err)
	}
	return found
}

// compile reads the schema; closed allows no members that it does not list.
func compile(t *testing.T, closed bool) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if closed {
		closeObjects(doc)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, child := range v {
			closeObjects(child)
		}
	case []any:
		for _, child := range v {
			closeObjects(child)
		}
	}
}
