package access_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// coarse orders the audiences for comparisons of two documents. Named accounts and networks are one: a Deny that leaves
// one named account of those who come from a network makes the audience external.
func coarse(v access.Verdict) int {
	switch v {
	case access.External, access.ExternalOrg:
		return widest[access.Network]
	}
	return widest[v]
}

func decided(r access.Result) bool { return r.Verdict != access.Unknown && r.Verdict != access.Invalid }

func analyze(p policy) (*iam.Document, access.Result) {
	doc := iam.Parse(unknown.Known(p.json(false)))
	return doc, access.Analyze(doc, own(p.kind))
}

func genAnyPolicy(t *rapid.T) (policy, []keyPool) {
	if chance(t, "trust", 30) {
		return genTrustPolicy(t), trustPools
	}
	return genKeyPolicy(t), keyPools
}

// TestMonotone holds that one more Deny lets nobody new in, and one more Allow keeps nobody out.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, pools := genAnyPolicy(t)
		effect := pick(t, "effect", "Allow", "Deny")
		more := p
		extra := genStatement(t, p.kind, pools, effect)
		if p.kind == iam.Trust {
			extra = genTrustStatement(t, effect)
		}
		more.statements = append(slices.Clone(p.statements), extra)
		_, before := analyze(p)
		doc, after := analyze(more)
		if effect == "Allow" {
			before, after = after, before
		}
		if before.Public == access.No && after.Public == access.Yes {
			t.Fatalf("another %s turned public from %s to %s\n%s", effect, before.Public, after.Public, doc.Text.S)
		}
		if strings.Contains(doc.Text.S, bucketARN) && strings.Contains(strings.ToLower(doc.Text.S), "account") {
			return // whose bucket it is, the accounts that are named beside it tell
		}
		if decided(before) && decided(after) && coarse(after.Verdict) < coarse(before.Verdict) {
			t.Fatalf("with another %s, the narrower document is %s and the wider one %s\n%s", effect, after.Verdict, before.Verdict, doc.Text.S)
		}
	})
}

// TestRewrites holds that another way to write a document has the same answer.
func TestRewrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := genAnyPolicy(t)
		doc, want := analyze(p)
		if want.Verdict == access.Unknown {
			return
		}
		q := rewrite(t, p)
		other := iam.Parse(unknown.Known(q.json(rapid.Bool().Draw(t, "single"))))
		got := access.Analyze(other, own(p.kind))
		if got.Verdict != want.Verdict || got.Public != want.Public || !slices.Equal(got.Open, want.Open) || got.Class != want.Class {
			t.Fatalf("%s, public %s, open %v\n%s\nbut written differently %s, public %s, open %v\n%s", want.Verdict, want.Public, want.Open, doc.Text.S,
				got.Verdict, got.Public, got.Open, other.Text.S)
		}
	})
}

// rewrite writes a policy in another way that means the same.
func rewrite(t *rapid.T, p policy) policy {
	q := p
	q.statements = nil
	for _, s := range p.statements {
		s.conditions = slices.Clone(s.conditions)
		for i := range s.conditions {
			c := rewriteCondition(t, s.conditions[i])
			if !slices.ContainsFunc(s.conditions, func(o condition) bool { return strings.EqualFold(o.op, c.op) && strings.EqualFold(o.key, c.key) }) {
				s.conditions[i] = c
			} else {
				s.conditions[i].values = c.values
			}
		}
		s.actions = rewriteActions(t, s.actions)
		q.statements = append(q.statements, split(t, s)...)
	}
	if rapid.Bool().Draw(t, "repeat a statement") {
		q.statements = append(q.statements, pick(t, "repeated", q.statements...))
	}
	q.statements = rapid.Permutation(q.statements).Draw(t, "order")
	return q
}

func rewriteCondition(t *rapid.T, c condition) condition {
	c.values = rapid.Permutation(slices.Clone(c.values)).Draw(t, "values")
	if rapid.Bool().Draw(t, "repeat a value") {
		c.values = append(c.values, c.values[0])
	}
	switch pick(t, "key case", 0, 1, 2) {
	case 1:
		c.key = strings.ToLower(c.key)
	case 2:
		if !strings.Contains(c.key, "mazonaws.com") {
			c.key = strings.ToUpper(c.key)
		}
	}
	switch pick(t, "operator", 0, 1, 2) {
	case 1:
		c.op = strings.ToLower(c.op)
	case 2:
		c.op = strings.NewReplacer("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike").Replace(c.op)
	}
	return c
}

func rewriteActions(t *rapid.T, actions []string) []string {
	out := rapid.Permutation(slices.Clone(actions)).Draw(t, "actions")
	if rapid.Bool().Draw(t, "action case") {
		for i := range out {
			out[i] = strings.ToUpper(out[i])
		}
	}
	return out
}

// split makes one statement of each value of an element that is a list of alternatives.
func split(t *rapid.T, s statement) []statement {
	var out []statement
	switch pick(t, "split", "no", "actions", "resources", "values", "principals") {
	case "actions":
		if !s.notAction {
			for _, a := range s.actions {
				one := s
				one.actions = []string{a}
				out = append(out, one)
			}
		}
	case "resources":
		if !s.notResource {
			for _, r := range s.resources {
				one := s
				one.resources = []string{r}
				out = append(out, one)
			}
		}
	case "principals":
		if !s.not {
			for kind, values := range s.principal {
				for _, v := range values {
					one := s
					one.principal = map[string][]string{kind: {v}}
					out = append(out, one)
				}
			}
		}
	case "values":
		for i, c := range s.conditions {
			if op, ok := iam.ParseOperator(c.op); !ok || op.Negated || op.Set == "all" {
				continue
			}
			for _, v := range c.values {
				one := s
				one.conditions = slices.Clone(s.conditions)
				one.conditions[i].values = []string{v}
				out = append(out, one)
			}
			break
		}
	}
	if len(out) == 0 {
		return []statement{s}
	}
	return out
}
