package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// bind puts a condition into its one form; the same form is the same binding. Values without regard to case are in lower
// case, properties of the key stand for themselves, and numbers of repeated values are one.
func (g *ground) bind(op iam.Operator, key string, values []string) *binding {
	b := &binding{op: op, key: strings.ToLower(key)}
	for _, v := range values {
		if text, ok := g.q.constantPattern(v); ok && !StandsIn(text) && !strings.Contains(text, "${") { // what is text must not be read as a variable later
			v = restored(text)
		}
		switch op.Name {
		case "bool", "null", "stringequalsignorecase":
			v = strings.ToLower(v)
		}
		b.values = append(b.values, v)
	}
	exact := op.Name == "stringequals" || op.Name == "stringequalsignorecase" && !slices.ContainsFunc(b.values, hasCase)
	if exact && plainTexts(b.values) {
		b.op.Name = "stringlike" // without wildcards they are the same
	}
	slices.Sort(b.values)
	b.values = slices.Compact(b.values)
	if b.op.Name == "stringlike" || b.op.Name == "arnlike" {
		b.values = widestOf(b.values, b.op.Name == "arnlike")
	}
	b.place = b.op.String() + "\x00" + b.key
	b.name = b.place + "\x00" + strings.Join(b.values, "\x00")
	if known, ok := g.bindings[b.name]; ok {
		return known
	}
	written := &iam.Condition{Operator: iam.String{S: b.op.String(), Set: true}, Key: iam.String{S: b.key, Set: true}}
	for _, v := range b.values {
		written.Values.Items = append(written.Values.Items, iam.String{S: v, Set: true, Quoted: true})
	}
	b.condition = compileCondition(written)
	b.compiled = make([]compiledBinding, len(g.shapes))
	g.bindings[b.name] = b
	return b
}

// maxWide bounds how many patterns all values are held against.
const maxWide = 50

// widestOf leaves out the values that plainly lie in a pattern of the list.
func widestOf(values []string, arns bool) []string {
	in := func(v, p string) bool {
		switch {
		case v == p || strings.ContainsAny(p, "?") || strings.Contains(v+p, "${"):
			return false
		case arns:
			return textHolds("arnlike", p, v)
		}
		return textHolds("stringlike", p, v)
	}
	wide := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !strings.Contains(v, "*") })
	if len(wide) == 0 || len(wide) > maxWide {
		return values
	}
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		return slices.ContainsFunc(wide, func(p string) bool { return in(v, p) && !(in(p, v) && p > v) })
	})
}

// restored is a pattern with its escapes as the policy language writes them.
func restored(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, string(sets.LiteralStar), "${*}"), string(sets.LiteralQuestion), "${?}")
}

// plainTexts says whether no value holds a wildcard or a variable.
func plainTexts(values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		return strings.ContainsAny(v, "*?") || strings.Contains(v, "${") || strings.ContainsRune(v, sets.AnyRun)
	})
}

func hasCase(s string) bool { return strings.ToLower(s) != strings.ToUpper(s) }

// of compiles the binding for a shape.
func (b *binding) of(g *ground, shape int) *compiledBinding {
	c := &b.compiled[shape]
	if c.made {
		return c
	}
	var box box
	sh := g.shapes[shape]
	before := g.q.inexact
	g.q.inexact = ""
	c.holds = sh.condition(&box, &b.condition)
	c.loose = g.q.inexact != ""
	if !c.loose {
		g.q.inexact = before
	}
	c.where, c.made = g.number(box.where), true
	return c
}

// opposite is what holds where the binding does not: all of the bindings. It returns false where the binding always holds.
func (g *ground) opposite(b *binding) ([]*binding, bool) {
	op := b.op
	info, _ := aws.Describe(b.key)
	if op.Name == "null" {
		values := map[string]bool{}
		for _, v := range b.values {
			values[v] = true
		}
		switch {
		case values["true"] && len(values) > 1:
			return nil, false
		case values["true"]:
			return []*binding{g.present(b.key)}, true
		}
		return []*binding{g.bind(op, b.key, []string{"true"})}, true
	}
	if op.Set == "" && info.Multi { // holds of nothing that is there
		if op.Negated || op.IfExists {
			return []*binding{g.present(b.key)}, true
		}
		return nil, true
	}
	if op.Negated && slices.ContainsFunc(b.values, func(v string) bool { return !g.compares(op.Name, v) }) {
		return []*binding{g.present(b.key)}, true // a value that cannot be compared matches nothing
	}
	present := op.IfExists && op.Set != "all" // that the key is absent is enough for it
	op.IfExists = false
	switch op.Set {
	case "all":
		op.Set = "any"
	case "any":
		op.Set = "all"
	}
	values := b.values
	switch op.Name {
	case "bool":
		yes, no := slices.Contains(values, "true"), slices.ContainsFunc(values, func(v string) bool { return v != "true" })
		switch {
		case yes && no && !present:
			return []*binding{g.absent(b.key)}, true
		case yes && no:
			return nil, false
		case yes:
			values = []string{"false"}
		default:
			values = []string{"true"}
		}
		op.IfExists = !present
	case "numericlessthan", "numericlessthanequals", "numericgreaterthan", "numericgreaterthanequals",
		"datelessthan", "datelessthanequals", "dategreaterthan", "dategreaterthanequals":
		return g.oppositeOrder(b, op, present), true
	default:
		if op.Name == "arnlike" && !op.Negated { // what is no ARN matches nothing, and nothing but that
			values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !g.compares(op.Name, v) })
			if len(values) == 0 && !present {
				return nil, true
			}
		}
		op.Negated = !op.Negated
		if !op.Negated && op.Set == "" && !present { // "is one of" needs the key, as it must
			return []*binding{g.bind(op, b.key, values)}, true
		}
	}
	out := []*binding{g.bind(op, b.key, values)}
	if present && (op.Negated || op.Set == "all") {
		out = append(out, g.present(b.key))
	}
	return out, true
}

// oppositeOrder turns comparisons of numbers and dates around; each value is a condition of its own then.
func (g *ground) oppositeOrder(b *binding, op iam.Operator, present bool) []*binding {
	turned := map[string]string{"lessthan": "greaterthanequals", "lessthanequals": "greaterthan", "greaterthan": "lessthanequals", "greaterthanequals": "lessthan"}
	kind, relation := "numeric", strings.TrimPrefix(op.Name, "numeric")
	if relation == op.Name {
		kind, relation = "date", strings.TrimPrefix(op.Name, "date")
	}
	op.Name, op.IfExists = kind+turned[relation], !present
	var out []*binding
	for _, v := range b.values {
		if g.compares(op.Name, v) { // what is neither a number nor a date is never compared
			out = append(out, g.bind(op, b.key, []string{v}))
		}
	}
	if len(out) == 0 && present {
		out = append(out, g.present(b.key))
	}
	return out
}

// compares says whether the value of a condition can be compared by the operator.
func (g *ground) compares(operator, v string) bool {
	if g.q.variables && strings.Contains(v, "${") {
		return true
	}
	switch {
	case strings.HasPrefix(operator, "numeric"):
		_, ok := iam.ParseNumber(v)
		return ok
	case strings.HasPrefix(operator, "date"):
		_, ok := iam.ParseDate(v)
		return ok
	}
	return readable(operator, v)
}

func (g *ground) present(key string) *binding {
	return g.bind(iam.Operator{Name: "null"}, key, []string{"false"})
}

func (g *ground) absent(key string) *binding {
	return g.bind(iam.Operator{Name: "null"}, key, []string{"true"})
}

// positive says whether the binding holds of the values that it lists and of nothing else.
func (b *binding) positive() bool {
	if b.op.Negated || b.op.IfExists || b.op.Set == "all" {
		return false
	}
	switch b.op.Name {
	case "stringequals", "stringlike", "arnlike", "stringequalsignorecase", "ipaddress":
		return true
	}
	return false
}

// both is the binding that holds where both do, of bindings in the same place; nil where it is no single one.
func (g *ground) both(a, b *binding) *binding {
	switch {
	case a == b:
		return a
	case a.place != b.place || a.op.Set != "":
		return nil
	case a.op.Negated:
		return g.bind(a.op, a.key, append(slices.Clone(a.values), b.values...))
	case a.op.Name == "stringlike" && !a.op.IfExists && plainTexts(a.values) && plainTexts(b.values):
		var values []string
		for _, v := range a.values {
			if slices.Contains(b.values, v) {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			return g.bind(a.op, a.key, values)
		}
	}
	return nil
}

// operator is how the binding is written: an exact operator where no value holds a wildcard.
func (b *binding) operator() string {
	op := b.op
	if op.Name == "stringlike" && plainTexts(b.values) {
		op.Name = "stringequals"
	}
	return op.String()
}
