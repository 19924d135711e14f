package tfeval

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// expansion are the instances that count or for_each make.
type expansion struct {
	single bool
	number bool // by count
	set    bool // by a for_each over a set: each.value is the key
	items  []item
	open   bool // the keys are not known: there is one item that stands for all
	cases  []instances
	given  []assumed     // what holds wherever there is an instance
	some   *value.Choice // whether there is one, where the keys are not known
}

// instances are those that there are under some outcomes of unknown conditions.
type instances struct {
	when  []assumed
	items []item
}

type item struct{ key, each cty.Value }

// expand evaluates count, for_each and lifecycle's enabled of a block.
func (e *Evaluator) expand(s *scope, body *hclsyntax.Body, name string) expansion {
	if e.switchedOff(s, body) {
		return expansion{single: true}
	}
	var keys func() expansion
	conditional := true
	switch {
	case body.Attributes["count"] != nil:
		keys = func() expansion { return e.expandCount(s, body.Attributes["count"].Expr, name) }
	case body.Attributes["for_each"] != nil:
		_, conditional = body.Attributes["for_each"].Expr.(*hclsyntax.ConditionalExpr)
		keys = func() expansion { return e.expandEach(s, body.Attributes["for_each"].Expr, name) }
	default:
		return expansion{single: true, items: []item{{cty.NilVal, cty.NilVal}}}
	}
	out := keys()
	if out.open && conditional {
		if out.cases, out.given = e.casesOf(keys); out.alike() {
			given := out.given
			out = out.inCase(0)
			out.given = given
			return out
		}
	}
	if out.some != nil && out.cases == nil {
		out.given = append(out.given, assumed{*out.some, value.Yes})
	}
	return out
}

// casesOf are the instances for each outcome of the unknown conditions that decide how many there are, nil where these do
// not decide it, and what holds wherever there is one.
func (e *Evaluator) casesOf(keys func() expansion) ([]instances, []assumed) {
	outer, supposed := e.choices, e.Supposed
	e.choices = choices{formulas: outer.formulas, lengths: outer.lengths}
	var results []worldResult[expansion]
	var all bool
	e.Quiet++
	done := e.Within(maxCaseSteps, func() { results, all = worlds(e, keys) })
	e.Quiet--
	outer.formulas, outer.lengths = e.formulas, e.lengths
	e.choices, e.Supposed = outer, supposed
	if !done || !all {
		return nil, nil
	}
	given := shared(slices.DeleteFunc(slices.Clone(results), func(r worldResult[expansion]) bool {
		return !r.value.open && len(r.value.items) == 0
	}))
	var cases []instances
	for _, r := range results {
		if r.value.open || len(r.value.items) > maxCase {
			return nil, given
		}
		cases = append(cases, instances{r.when, r.value.items})
	}
	return cases, given
}

// maxCase bounds the instances of a case, and maxCaseSteps the work of finding the cases: beyond, they are looked at as one.
const (
	maxCase      = 50
	maxCaseSteps = 5_000
)

// alike says whether the cases are known and have the same instances.
func (x expansion) alike() bool {
	same := func(a, b item) bool {
		return keyText(a.key) == keyText(b.key) && (a.each == cty.NilVal) == (b.each == cty.NilVal) && (a.each == cty.NilVal || value.Signature(a.each) == value.Signature(b.each))
	}
	return len(x.cases) > 0 && !slices.ContainsFunc(x.cases, func(c instances) bool { return !slices.EqualFunc(c.items, x.cases[0].items, same) })
}

// decided is the case in the world that is evaluated; false where it does not tell.
func (e *Evaluator) decided(exp expansion) (int, bool) {
	if !e.choosing {
		return 0, false
	}
	n := slices.IndexFunc(exp.cases, func(c instances) bool {
		return !slices.ContainsFunc(c.when, func(a assumed) bool { return e.Decide(a.Choice) != a.is })
	})
	return n, n >= 0
}

// empty says whether there is no instance in the world that is evaluated.
func (e *Evaluator) empty(exp expansion) bool {
	return exp.open && exp.some != nil && e.choosing && e.Decide(*exp.some) == value.No
}

// inCase is the expansion in one of its cases.
func (x expansion) inCase(n int) expansion {
	return expansion{number: x.number, set: x.set, items: x.cases[n].items}
}

// switchedOff says whether the block makes no object: lifecycle { enabled = false }.
func (e *Evaluator) switchedOff(s *scope, body *hclsyntax.Body) bool {
	for _, b := range body.Blocks {
		a := b.Body.Attributes["enabled"]
		if b.Type != "lifecycle" || a == nil {
			continue
		}
		v, f := e.eval(s, a.Expr)
		if f != nil {
			e.Note(f)
			continue
		}
		raw, _ := v.Unmark()
		if on, err := convert.Convert(raw, cty.Bool); err == nil && on.IsKnown() && !on.IsNull() && on.False() {
			return true
		}
	}
	return false
}

// planned replaces an expansion that is not known by the instances that a plan shows.
func (e *Evaluator) planned(exp expansion, base string) expansion {
	keys := e.plan.instanceKeys(base)
	if !exp.open || len(keys) == 0 {
		return exp
	}
	out := expansion{number: exp.number}
	for _, k := range keys {
		each := cty.NilVal
		if !exp.number {
			if each = exp.items[0].each; exp.set {
				each = k
			}
		}
		out.items = append(out.items, item{k, each})
	}
	return out
}

// maxInstances is more than one block has in practice.
const maxInstances = 20_000

func (e *Evaluator) expandCount(s *scope, x hclsyntax.Expression, name string) expansion {
	index := value.UnknownOf(cty.Number, unknown.Symbol{Ref: name + " count.index"})
	openCount := expansion{number: true, open: true, items: []item{{index, cty.NilVal}}}
	v, f := e.eval(s, x)
	if f != nil {
		e.Note(f)
		return openCount
	}
	if value.IsSecret(v) {
		e.Warn(x.Range(), "Sensitive value for count", "Terraform refuses a sensitive value for count, because the addresses of the instances would tell it; the instances are unknown.")
		return openCount
	}
	raw, _ := v.Unmark()
	n, err := convert.Convert(raw, cty.Number)
	if err == nil && !n.IsKnown() {
		key := value.Signature(v)
		if elements, ok := e.lengths[key]; ok {
			key = elements
		}
		openCount.items[0].key = value.KeyOf(index, v)
		openCount.some = &value.Choice{Key: key, Condition: e.Source(x.Range()) + " > 0", Waits: value.RefNames(v)}
	}
	if err != nil || !n.IsKnown() || n.IsNull() {
		return openCount
	}
	count, _ := n.AsBigFloat().Int64()
	if count > maxInstances {
		e.Refuse(x.Range(), "Too many instances", fmt.Sprintf("%s has %d instances; they are looked at as one.", name, count))
		return openCount
	}
	out := expansion{number: true}
	for i := range count {
		out.items = append(out.items, item{cty.NumberIntVal(i), cty.NilVal})
	}
	return out
}

func (e *Evaluator) expandEach(s *scope, x hclsyntax.Expression, name string) expansion {
	v, f := e.eval(s, x)
	open := func(each cty.Value) expansion {
		key := value.UnknownOf(cty.String, unknown.Symbol{Ref: name + " each.key"})
		if f == nil {
			key = value.KeyOf(key, v)
		}
		set := each == cty.NilVal
		if set {
			each = key
		} else if m := value.MakingOf(v); f == nil && m != nil {
			if el, _ := m.At(key); el != cty.NilVal {
				each = el // that of the key
			}
		}
		return expansion{open: true, set: set, items: []item{{key, each}}}
	}
	if f != nil {
		e.Note(f)
		return open(value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	}
	raw, m := unknown.Unmark(v)
	if raw.IsKnown() && !raw.IsNull() && raw.Type() == value.LazyType {
		v = e.Force(v, cty.DynamicPseudoType)
		raw, m = unknown.Unmark(v)
	}
	switch {
	case m.Sensitive || value.IsSequence(raw.Type()) && value.IsSecret(v) || secretKeys(raw):
		e.Warn(x.Range(), "Sensitive value for for_each", "Terraform refuses a sensitive value for for_each, because the addresses of the instances would tell it; the instances are unknown.")
		return open(value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value", Sensitive: true}))
	case raw.IsKnown() && raw.IsNull():
		e.Warn(x.Range(), "Null value for for_each", "The value of for_each is null; the instances are unknown.")
		return open(value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	case !raw.IsKnown():
		sample := e.Sample(raw, m).Value
		if raw.Type().IsSetType() {
			sample = cty.NilVal
		}
		out := open(sample)
		out.some = e.anyElement(v, x)
		return out
	case raw.CanIterateElements() && raw.LengthInt() > maxInstances:
		e.Refuse(x.Range(), "Too many instances", fmt.Sprintf("%s has %d instances; they are looked at as one.", name, raw.LengthInt()))
		return open(value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	case !raw.CanIterateElements():
		e.Warn(x.Range(), "Invalid value for for_each", "The value of for_each is no map and no set; the instances are unknown.")
		return open(value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name + " each.value"}))
	}
	var out expansion
	set := value.IsSequence(raw.Type())
	for _, el := range value.Elements(v) {
		key := el.Key
		if set {
			key = el.Value
		}
		rawKey, _ := key.Unmark()
		if !rawKey.IsKnown() || rawKey.IsNull() || rawKey.Type() != cty.String || unknown.HasHole(rawKey.AsString()) {
			if set {
				return open(cty.NilVal)
			}
			return open(el.Value)
		}
		out.items = append(out.items, item{key, el.Value})
	}
	if value.IsOpen(v) {
		if len(out.items) > 0 && !set {
			return open(out.items[0].each)
		}
		return open(cty.NilVal)
	}
	return out
}

// secretKeys says whether a key of the collection, or an element of the set, is sensitive.
func secretKeys(raw cty.Value) bool {
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return false
	}
	set := value.IsSequence(raw.Type())
	for it := raw.ElementIterator(); it.Next(); {
		if k, el := it.Element(); value.IsSecret(k) || set && value.IsSecret(el) {
			return true
		}
	}
	return false
}
