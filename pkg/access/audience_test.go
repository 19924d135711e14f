package access_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// documentOf is a row as a policy of its own, so that the plain evaluator can say what lies in it.
func documentOf(r access.Row, version string) *iam.Document {
	who := map[string][]string{"AWS": {r.Who.Name}}
	conditions := slices.Clone(r.Conditions)
	add := func(c access.RowCondition) { conditions = append(conditions, c) }
	switch r.Who.Kind {
	case access.WhoStranger:
		who["AWS"] = []string{"*"}
	case access.WhoOrganization:
		who["AWS"] = []string{"*"}
		if strings.Contains(r.Who.Name, "/") && !strings.Contains(r.Who.Name, ",") {
			add(access.RowCondition{Operator: "ForAnyValue:StringLike", Key: "aws:PrincipalOrgPaths", Values: []string{r.Who.Name}})
		} else if !strings.Contains(r.Who.Name, ",") {
			add(access.RowCondition{Operator: "StringLike", Key: "aws:PrincipalOrgID", Values: []string{r.Who.Name}})
		}
	case access.WhoPrincipal:
		if slices.ContainsFunc(r.Conditions, func(c access.RowCondition) bool { return strings.Join(c.Values, ", ") == r.Who.Name }) || r.Who.Name == "" {
			who["AWS"] = []string{"*"}
		}
	case access.WhoService:
		if who = map[string][]string{"Service": {r.Who.Name}}; r.Who.Name == "*" {
			who = map[string][]string{"AWS": {"*"}}
		}
	case access.WhoProvider:
		who = map[string][]string{"Federated": {r.Who.Name}}
	}
	ops := map[string]map[string][]string{}
	for _, c := range conditions {
		if r.Possible && slices.Contains(c.Values, "*") {
			c.Operator = strings.NewReplacer("EqualsIgnoreCase", "Like", "Equals", "Like").Replace(c.Operator) // whatever it will be
		}
		if ops[c.Operator] == nil {
			ops[c.Operator] = map[string][]string{}
		}
		key := c.Key
		if ops[c.Operator][key] != nil {
			key = strings.ToUpper(key) // one more condition on the same key, which a document can only write so
		}
		ops[c.Operator][key] = c.Values
	}
	src, err := json.Marshal(map[string]any{"Version": version, "Statement": []any{map[string]any{"Effect": "Allow", "Principal": who, "Action": r.Actions, "Resource": "*", "Condition": ops}}})
	if err != nil {
		panic(err)
	}
	return iam.Parse(unknown.Known(string(src)))
}

// TestRowsCoverPolicies holds the rows of random key policies against random requests: each that the document allows lies
// in a row, and the witness of each row is allowed.
func TestRowsCoverPolicies(t *testing.T) {
	var c tally
	rows, without := 0, 0
	c.repeat(t, 6, func(t *rapid.T) {
		p := genKeyPolicy(t)
		doc := iam.Parse(unknown.Known(p.json(true)))
		s := own(p.kind)
		got := access.Audiences(doc, s)
		if got.More != "" {
			return
		}
		var docs []*iam.Document
		for _, r := range got.Rows {
			rows++
			docs = append(docs, documentOf(r, doc.Version.S))
			if r.Witness == nil {
				without++
			} else if evaluate.Decide(doc, r.Witness) != evaluate.Allowed {
				t.Fatalf("the witness of %v is not allowed: %s\n%s", r, show(r.Witness), doc.Text.S)
			}
		}
		c.add(access.Result{})
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		try := func(req *evaluate.Request) {
			c.requests++
			if evaluate.Decide(doc, req) != evaluate.Allowed || !exists(req) {
				return
			}
			c.allowed++
			if !slices.ContainsFunc(docs, func(d *iam.Document) bool { return evaluate.Decide(d, req) == evaluate.Allowed }) {
				t.Fatalf("%s is allowed and in no row of %d\n%s\n%+v", show(req), len(got.Rows), doc.Text.S, got.Rows)
			}
		}
		for _, u := range audiences(doc, s) {
			u.each(random, 15, try)
			for j := range doc.Statements {
				if doc.Statements[j].Effect.S == "Allow" {
					u.fit(doc, &doc.Statements[j]).each(random, 40, try)
				}
			}
		}
	})
	t.Logf("%d rows, %d without a witness", rows, without)
}

// malformed says whether a key that AWS fills with an ARN holds something else: such requests do not exist.
func malformed(req *evaluate.Request) bool {
	for k, v := range req.Context {
		name := strings.ToLower(k)
		if (strings.HasSuffix(name, "principal") || strings.HasSuffix(name, "arn")) && slices.ContainsFunc(v.All, func(s string) bool { return strings.Count(s, ":") < 5 }) {
			return true
		}
	}
	return false
}

// respelt is the policy written in another way: statements and lists in the other order, repeated, and split by principal
// and action, names of keys and actions in lower case.
func respelt(p policy) policy {
	out := policy{kind: p.kind, version: p.version}
	for i := len(p.statements) - 1; i >= 0; i-- {
		s := p.statements[i]
		s.conditions = slices.Clone(s.conditions)
		slices.Reverse(s.conditions)
		for k, c := range s.conditions {
			c.key = strings.ToLower(c.key)
			c.values = append(slices.Clone(c.values), c.values...)
			slices.Reverse(c.values)
			s.conditions[k] = c
		}
		if s.not || s.notAction {
			out.statements = append(out.statements, s, s)
			continue
		}
		for kind, names := range s.principal {
			for _, name := range names {
				for _, a := range s.actions {
					one := s
					one.principal = map[string][]string{kind: {name}}
					one.actions = []string{strings.ToLower(a)}
					out.statements = append(out.statements, one)
				}
			}
		}
	}
	return out
}

// genPlainPolicy draws a policy as people write them: lists of plain texts, on keys that have one.
func genPlainPolicy(t *rapid.T) policy {
	keys := []keyPool{
		{"kms:EncryptionContext:app", stringKey, false, []string{"pay", "log", "web"}},
		{"kms:ViaService", stringKey, false, []string{"s3.us-east-1.amazonaws.com", "rds.us-east-1.amazonaws.com"}},
		{"aws:PrincipalTag/team", stringKey, false, []string{"red", "blue", "green"}},
		{"aws:PrincipalOrgID", stringKey, false, []string{ownOrg, otherOrg}},
	}
	who := []string{"*", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/app", "arn:aws:iam::444455556666:role/app", partner}
	p := policy{kind: iam.Key, version: "2012-10-17"}
	for range rapid.IntRange(1, 5).Draw(t, "statements") {
		s := statement{effect: pick(t, "effect", "Allow", "Allow", "Allow", "Deny"), resources: []string{"*"},
			actions: some(t, "action", 3, []string{"kms:Decrypt", "kms:Encrypt", "kms:De*", "kms:CreateGrant", "kms:*"}), principal: map[string][]string{"AWS": some(t, "who", 3, who)}}
		for _, k := range keys {
			if chance(t, "condition", 25) {
				s.conditions = append(s.conditions, condition{op: pick(t, "operator", "StringEquals", "StringEquals", "StringNotEquals"), key: k.name, values: some(t, "value", 2, k.values)})
			}
		}
		p.statements = append(p.statements, s)
	}
	return p
}

// TestRowsAreOneForm holds that how a policy is written makes no difference, and that a Deny never adds access.
func TestRowsAreOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPlainPolicy(t)
		words := func(p policy) []string {
			rows := access.Audiences(iam.Parse(unknown.Known(p.json(false))), own(p.kind))
			if rows.More != "" {
				t.Skip("too complex")
			}
			var out []string
			for _, r := range rows.Rows {
				r.Statements, r.Witness = nil, nil
				text, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, string(text))
			}
			return out
		}
		if a, b := words(p), words(respelt(p)); !slices.Equal(a, b) {
			t.Fatalf("written in another way the rows are others:\n%s\n%s\n%s\n%s", p.json(true), respelt(p).json(true), strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	})
}

// TestSeriesIsLinear holds that n statements that differ in two places are n rows.
func TestSeriesIsLinear(t *testing.T) {
	for n := 1; n <= 20; n++ {
		got := access.Audiences(series(n), subjectOfKey)
		if len(got.Rows) != n || got.More != "" {
			t.Errorf("%d statements are %d rows %s", n, len(got.Rows), got.More)
		}
	}
}
