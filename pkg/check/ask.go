package check

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// answer is what a rule says of one thing.
type answer struct {
	fires, possible bool
	severity        finding.Severity
	message, remedy string
	// at is what it points to, late are the references that decide whether it fires.
	at   string
	late []string
}

// ask evaluates a rule's condition on a thing, and its message where it fires.
func (c *checker) ask(r *Rule, t *thing) answer {
	fires, known := c.boolean(r, r.when, t)
	a := answer{fires: fires || !known, possible: !known, severity: r.Severity, at: r.At}
	if !a.fires {
		return a
	}
	if !known {
		a.late = c.late(r, t)
	}
	if r.elsewhere != nil {
		if there, known := c.boolean(r, r.elsewhere, t); there || !known {
			a.at = r.elsewhereAt
		}
	}
	if r.possible != nil {
		maybe, known := c.boolean(r, r.possible, t)
		a.possible = a.possible || maybe || !known
	}
	if r.milder != nil {
		if mild, known := c.boolean(r, r.milder, t); mild && known {
			a.severity = min(a.severity, r.milderSeverity)
		}
	}
	a.message, a.remedy = c.text(r, r.message, t), firstParagraph(r.Fix)
	if r.remedy != nil {
		if text := c.text(r, r.remedy, t); text != "" {
			a.remedy = text
		}
	}
	if len(a.late) > 0 {
		a.message += " Whether this is so depends on " + strings.Join(a.late, ", ") + ", which is not known yet."
	}
	return a
}

// boolean evaluates a condition, or remembers it; the second result is false where it is unknown.
func (c *checker) boolean(r *Rule, q *question, t *thing) (value, known bool) {
	key, plain := c.keyOf(q, t)
	if plain {
		if value, ok := c.answers.remembered(q, key); ok {
			return value, true
		}
	}
	v, diags := q.expr.Value(c.scope(q, t))
	if diags.HasErrors() {
		c.failed(r, diags, t.resource.Address)
		return false, true
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return false, false
	}
	value = !v.IsNull() && v.Type() == cty.Bool && v.True()
	if plain {
		c.answers.remember(q, key, value)
	}
	return value, true
}

func (c *checker) text(r *Rule, q *question, t *thing) string {
	address := t.resource.Address
	scope := c.scope(q, t)
	scope.Functions = c.wording
	v, diags := q.expr.Value(scope)
	if diags.HasErrors() {
		c.failed(r, diags, address)
		return address + ": " + r.Title
	}
	if unknown.IsSensitive(v) {
		return address + ": " + r.Title + " (details are sensitive)"
	}
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return address + ": " + r.Title + " (a value is not known before apply)"
	}
	return strings.Join(strings.Fields(v.AsString()), " ")
}

// scope holds the facts that the question names.
func (c *checker) scope(q *question, t *thing) *hcl.EvalContext {
	vars := make(map[string]cty.Value, len(q.needs))
	for _, n := range q.needs {
		facts := make(map[string]cty.Value, len(n.facts))
		for _, f := range n.facts {
			facts[f.Name] = f.value(&c.in, t)
		}
		vars[n.object] = cty.ObjectVal(facts)
	}
	return &hcl.EvalContext{Variables: vars, Functions: c.functions}
}

// late names what decides the facts of the rule's condition that are not known before apply.
func (c *checker) late(r *Rule, t *thing) []string {
	var out []string
	for _, n := range r.when.needs {
		if n.object != "key" {
			continue
		}
		for _, fact := range n.facts {
			if fact.value(&c.in, t).IsWhollyKnown() {
				continue
			}
			for _, name := range fact.madeOf {
				if v, ok := unknown.Lookup(t.values, name); ok && !v.IsWhollyKnown() {
					out = append(out, c.in.Set.DependsOn(t.resource, name)...)
				}
			}
		}
	}
	return Sorted(out)
}

// failed reports a rule that could not run.
func (c *checker) failed(r *Rule, diags hcl.Diagnostics, address string) {
	for _, d := range diags {
		c.diags = c.diags.Append(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("Rule %s could not run", r.ID),
			Detail: fmt.Sprintf("On %s: %s %s", address, d.Summary, d.Detail), Subject: d.Subject})
	}
}

// keyOf writes the facts that the question names as a text, false where one of them is not plain enough for that.
func (c *checker) keyOf(q *question, t *thing) ([]byte, bool) {
	key, ok := c.answers.key[:0], true
	for _, n := range q.needs {
		for _, f := range n.facts {
			if key, ok = appendFact(key, f.value(&c.in, t)); !ok {
				return nil, false
			}
		}
	}
	c.answers.key = key
	return key, true
}
