package check

import (
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/tf"
)

// question is an expression of a rule with the facts that it names: a plan may have thousands of policies, and most rules
// need one or two facts of each.
type question struct {
	expr  hcl.Expression
	needs []need
}

// need are facts of one object.
type need struct {
	object string
	facts  []*Fact
}

// newQuestion finds out what the expression names. An object that is used as a whole needs all of its facts.
func newQuestion(expr hcl.Expression) *question {
	q := &question{expr: expr}
	for _, t := range expr.Variables() {
		object := t.RootName()
		for _, name := range factNames(t) {
			if f := fact(object, name); f != nil {
				q.add(object, f)
			}
		}
	}
	return q
}

func factNames(t hcl.Traversal) []string {
	if len(t) > 1 {
		switch step := t[1].(type) {
		case hcl.TraverseAttr:
			return []string{step.Name}
		case hcl.TraverseIndex:
			if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
				return []string{step.Key.AsString()}
			}
		}
	}
	var all []string
	for _, f := range Schema[t.RootName()] {
		all = append(all, f.Name)
	}
	return all
}

// asks says whether the rule's condition is about that fact of a policy.
func (r *Rule) asks(fact string) bool { return r.asksOf("policy", fact) }

// asksOf says whether the rule's condition is about that fact of an object.
func (r *Rule) asksOf(object, fact string) bool {
	return slices.ContainsFunc(r.when.needs, func(n need) bool {
		return n.object == object && slices.ContainsFunc(n.facts, func(f *Fact) bool { return f.Name == fact })
	})
}

// AsksOnly says whether the rule's condition is about none but these facts of an object.
func (r *Rule) AsksOnly(object string, facts ...string) bool {
	return !slices.ContainsFunc(r.when.needs, func(n need) bool {
		return n.object != object || slices.ContainsFunc(n.facts, func(f *Fact) bool { return !slices.Contains(facts, f.Name) })
	})
}

func (q *question) add(object string, fact *Fact) {
	i := slices.IndexFunc(q.needs, func(n need) bool { return n.object == object })
	if i < 0 {
		q.needs, i = append(q.needs, need{object: object}), len(q.needs)
	}
	if !slices.Contains(q.needs[i].facts, fact) {
		q.needs[i].facts = append(q.needs[i].facts, fact)
	}
}

// thing is what a rule is asked about: a policy, one of its statements, a key or a grant. What a rule does not look at is
// its zero value.
type thing struct {
	resource  *tf.Resource
	policy    *judged
	statement *access.StatementFacts
	grant     *extract.Grant
	access    *AccessFacts
	// values are those of the key's resource.
	values cty.Value
}

// scope holds the facts that the question names.
func (c *checker) scope(q *question, t *thing) *hcl.EvalContext {
	vars := make(map[string]cty.Value, len(q.needs))
	for _, n := range q.needs {
		facts := make(map[string]cty.Value, len(n.facts))
		for _, f := range n.facts {
			facts[f.Name] = f.value(c, t)
		}
		vars[n.object] = cty.ObjectVal(facts)
	}
	return &hcl.EvalContext{Variables: vars, Functions: c.functions}
}

// answers remember what conditions came to, by the facts that they name: most policies are alike in these. It is for
// one goroutine.
type answers struct {
	known map[*question]map[string]bool
	key   []byte
}

// mostAnswers bounds what is remembered of one question.
const mostAnswers = 1 << 10

// keyOf writes the facts that the question names as a text, false where one of them is not plain enough for that.
func (c *checker) keyOf(q *question, t *thing) ([]byte, bool) {
	key, ok := c.answers.key[:0], true
	for _, n := range q.needs {
		for _, f := range n.facts {
			if key, ok = appendFact(key, f.value(c, t)); !ok {
				return nil, false
			}
		}
	}
	c.answers.key = key
	return key, true
}

// appendFact adds a known boolean, an empty list or a short string.
func appendFact(key []byte, v cty.Value) ([]byte, bool) {
	const short = 40
	if v.IsMarked() || !v.IsKnown() || v.IsNull() {
		return key, false
	}
	switch t := v.Type(); {
	case t == cty.Bool && v.True():
		return append(key, 't'), true
	case t == cty.Bool:
		return append(key, 'f'), true
	case t == cty.String && len(v.AsString()) <= short:
		return strconv.AppendQuote(key, v.AsString()), true
	case t.IsListType() && v.LengthInt() == 0:
		return append(key, '0'), true
	}
	return key, false
}

// remembered is what the question came to for the same facts.
func (a *answers) remembered(q *question, key []byte) (value, ok bool) {
	value, ok = a.known[q][string(key)]
	return value, ok
}

func (a *answers) remember(q *question, key []byte, value bool) {
	if a.known == nil {
		a.known = map[*question]map[string]bool{}
	}
	of := a.known[q]
	if of == nil {
		of = map[string]bool{}
		a.known[q] = of
	}
	if len(of) < mostAnswers {
		of[string(key)] = value
	}
}
