package who_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
)

// mapOf is the map of a plan, read as the command reads it.
func mapOf(t *testing.T, plan []byte) *who.Map {
	t.Helper()
	result, err := scan.Run(context.Background(), scan.Options{Paths: []string{"-"}, Stdin: bytes.NewReader(plan), Access: scan.AccessAll, FailOn: "never"})
	if err != nil {
		t.Fatal(err)
	}
	if result.Map == nil {
		t.Fatalf("no map: %v", result.Report.Diagnostics)
	}
	return result.Map
}

// has says whether a principal may do an action with a key, by the rows of one time.
func has(rows []finding.Access, principal, action, key string, at func(change string) bool) bool {
	return slices.ContainsFunc(rows, func(a finding.Access) bool {
		return a.Key == key && at(a.Change) && slices.Contains(a.Actions, action) && (a.Who.Address == principal || a.Who.Name == principal)
	})
}

func now(change string) bool { return change != who.Lost }

// TestPlans holds the map, and single questions, against the answers of another program.
func TestPlans(t *testing.T) {
	dirs, err := filepath.Glob("../../../fixtures/access/*/plan.json")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no plans", err)
	}
	for _, path := range dirs {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			t.Parallel()
			plan := read(t, path)
			var expected []struct{ Principal, Action, Key, Answer, Before string }
			if err := json.Unmarshal(read(t, filepath.Join(filepath.Dir(path), "expect.json")), &expected); err != nil {
				t.Fatal(err)
			}
			m := mapOf(t, plan)
			for i, e := range expected {
				name := e.Principal + " " + e.Action + " " + e.Key
				if got := has(m.Rows, e.Principal, e.Action, e.Key, now); got != (e.Answer == who.Yes) && strings.Contains(e.Principal, "aws_iam_") {
					t.Errorf("%s: in a row is %v, want %s", name, got, e.Answer)
				}
				gained := has(m.Rows, e.Principal, e.Action, e.Key, func(c string) bool { return c == who.Gained })
				kept := has(m.Rows, e.Principal, e.Action, e.Key, func(c string) bool { return c == who.Kept || c == who.Changed })
				lost := has(m.Rows, e.Principal, e.Action, e.Key, func(c string) bool { return c == who.Lost })
				switch {
				case e.Before == who.No && e.Answer == who.Yes && (kept || !gained), e.Before == who.Yes && e.Answer == who.Yes && gained && !kept && !lost,
					e.Before == who.No && lost, e.Before == who.Yes && e.Answer == who.No && !lost && strings.Contains(e.Principal, "aws_iam_"):
					t.Errorf("%s: %s before and %s after; the rows say gained %v, kept %v, lost %v", name, e.Before, e.Answer, gained, kept, lost)
				}
				if i%7 > 0 {
					continue
				}
				a, err := m.Can(context.Background(), who.Question{Principal: e.Principal, Action: e.Action, Key: e.Key})
				if err != nil || a.Answer != e.Answer {
					t.Errorf("can %s: %s %v, want %s", name, a.Answer, err, e.Answer)
				}
				if a.Answer == who.No && len(a.Reasons) == 0 {
					t.Errorf("can %s: no, without a reason", name)
				}
			}
		})
	}
}

// TestDenyNeverAdds adds a Deny to a policy of each plan, and wants no access that was not there without it.
func TestDenyNeverAdds(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 22))
	for _, path := range plans(t) {
		var plan map[string]any
		if err := json.Unmarshal(read(t, path), &plan); err != nil {
			t.Fatal(err)
		}
		could := triples(mapOf(t, read(t, path)).Rows)
		var texts []func() // each adds a Deny to one policy
		for _, res := range plan["resource_changes"].([]any) {
			after, ok := res.(map[string]any)["change"].(map[string]any)["after"].(map[string]any)
			if !ok {
				continue
			}
			for _, name := range []string{"policy", "assume_role_policy"} {
				text, ok := after[name].(string)
				if !ok {
					continue
				}
				texts = append(texts, func() { after[name] = withDeny(t, text, res.(map[string]any)["type"].(string), r) })
			}
		}
		texts[r.IntN(len(texts))]()
		texts[r.IntN(len(texts))]()
		changed, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		for what := range triples(mapOf(t, changed).Rows) {
			if !could[what] {
				t.Errorf("%s: a Deny more gives %s", path, what)
			}
		}
	}
}

func withDeny(t *testing.T, text, typ string, r *rand.Rand) string {
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	deny := map[string]any{"Effect": "Deny", "Action": []string{"kms:Decrypt", "kms:*", "sts:AssumeRole", "kms:Put*"}[r.IntN(4)], "Resource": "*"}
	if strings.HasPrefix(typ, "aws_kms_") || typ == "aws_iam_role" {
		deny["Principal"] = "*"
	}
	if typ == "aws_iam_role" {
		delete(deny, "Resource")
		deny["Action"] = "sts:AssumeRole"
	}
	if r.IntN(2) == 0 {
		deny["Condition"] = []any{
			map[string]any{"StringNotEquals": map[string]any{"aws:PrincipalTag/team": "blue"}},
			map[string]any{"ArnLike": map[string]any{"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}},
			map[string]any{"Null": map[string]any{"kms:ViaService": "true"}},
		}[r.IntN(3)]
	}
	doc["Statement"] = append(doc["Statement"].([]any), deny)
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func triples(rows []finding.Access) map[string]bool {
	out := map[string]bool{}
	for _, a := range rows {
		for _, action := range a.Actions {
			if a.Change != who.Lost {
				out[fmt.Sprint(a.Who.Kind, " ", a.Who.Name, " ", action, " ", a.Key)] = true
			}
		}
	}
	return out
}

// TestLean wants no row twice, and none that another one says with more actions.
func TestLean(t *testing.T) {
	for _, path := range plans(t) {
		seen := map[string][]finding.Access{}
		for _, a := range mapOf(t, read(t, path)).Rows {
			way, err := json.Marshal([]any{a.Key, a.Class, a.Who, a.Conditions, a.Via, a.Through, a.Certainty, a.Change})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range seen[string(way)] {
				if slices.ContainsFunc(a.Actions, func(x string) bool { return slices.Contains(o.Actions, x) }) {
					t.Errorf("%s: %s may %v with %s, and again %v, in one and the same way", path, a.Who.Name, a.Actions, a.Key, o.Actions)
				}
			}
			seen[string(way)] = append(seen[string(way)], a)
		}
	}
}

// TestDeterministic wants the same rows from the same plan.
func TestDeterministic(t *testing.T) {
	for _, path := range plans(t) {
		first, err := json.Marshal(mapOf(t, read(t, path)).Rows)
		if err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(mapOf(t, read(t, path)).Rows)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Errorf("%s: two runs differ", path)
		}
	}
}

func plans(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("../../../fixtures/access/*/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestProduct holds that rows do not grow with the product of public keys and roles, whom the row of everybody covers: what is there on
// one side of the limit alone is no change.
func TestProduct(t *testing.T) {
	plan := func(keys int) []byte {
		var b strings.Builder
		b.WriteString(`{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[`)
		for i := range 200 {
			values := fmt.Sprintf(`{"name":"r%[1]d","arn":"arn:aws:iam::111122223333:role/r%[1]d","assume_role_policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`, i)
			fmt.Fprintf(&b, `{"address":"aws_iam_role.r%d","mode":"managed","type":"aws_iam_role","name":"r%d","change":{"actions":["no-op"],"before":%s,"after":%[3]s,"after_unknown":{}}},`, i, i, values)
		}
		for i := range keys {
			before, action := "null", "create"
			values := fmt.Sprintf(`{"arn":"arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-%012d","policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}]}"}`, i)
			if i < 50 {
				before, action = values, "no-op"
			}
			fmt.Fprintf(&b, `{"address":"aws_kms_key.k%d","mode":"managed","type":"aws_kms_key","name":"k%d","change":{"actions":[%q],"before":%s,"after":%s,"after_unknown":{}}},`, i, i, action, before, values)
		}
		return []byte(strings.TrimSuffix(b.String(), ",") + `],"configuration":{"root_module":{}}}`)
	}
	for _, keys := range []int{50, 100} {
		rows := mapOf(t, plan(keys)).Rows
		own := 0
		for _, r := range rows {
			if r.Change != who.Kept && r.Key < "aws_kms_key.k5" {
				t.Fatalf("%d keys: %s of %s by %s", keys, r.Change, r.Key, r.Who.Name)
			}
			if r.Who.Kind == "role" {
				own++
			}
		}
		if few := keys > 50; few != (own == 0) {
			t.Errorf("%d keys: %d rows of roles", keys, own)
		}
	}
}
