package check

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
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

func (q *question) add(object string, fact *Fact) {
	i := slices.IndexFunc(q.needs, func(n need) bool { return n.object == object })
	if i < 0 {
		q.needs, i = append(q.needs, need{object: object}), len(q.needs)
	}
	if !slices.Contains(q.needs[i].facts, fact) {
		q.needs[i].facts = append(q.needs[i].facts, fact)
	}
}
