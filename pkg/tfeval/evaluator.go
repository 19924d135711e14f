package tfeval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfeval/function"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Evaluator computes values for one run of Plan or Join. It follows references lazily and remembers what it computed.
type Evaluator struct {
	*value.Run
	// eval is evaluate. Expressions hold expressions, and names stand for others: this is the one place where what lies above is
	// used by what lies below.
	eval       func(*scope, hclsyntax.Expression) (cty.Value, *hcl.Diagnostic)
	plan       *PlanValues // what a plan knows, nil with sources alone
	Root       *Instance
	lib        *function.Library
	noDefaults bool
	wantText   func(typ, argument string) bool
	depth      int
	modules    int
	memo       map[memoKey][]memoEntry
	active     map[memoKey]bool
	gaveUp     map[memoKey]bool // the arguments that need too much work
	choices
}

type memoKey struct {
	inst       *Instance
	kind, name string
	key        string
}

// memoEntry is a result with the unknown conditions that it was computed under.
type memoEntry struct {
	under  []assumed
	value  cty.Value
	fault  *hcl.Diagnostic
	faults int // how many were not caught
	result any
}

// Forget gives back the memory for what was computed.
func (e *Evaluator) Forget() { e.memo = nil }

// once computes what a key names unless that is known, and notices a value that needs itself.
func (e *Evaluator) once(key memoKey, at hcl.Range, compute func() (cty.Value, *hcl.Diagnostic)) (cty.Value, *hcl.Diagnostic) {
	for _, m := range e.memo[key] {
		if e.agrees(m.under) {
			e.consulted(m.under)
			e.Supposed = e.choosing && len(e.order) > 0
			e.Faults += m.faults
			return m.value, m.fault
		}
	}
	if e.active[key] {
		e.Warn(at, "Reference to itself", fmt.Sprintf("The value of %s depends on itself; it is treated as unknown.", key.name))
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: key.name}), nil
	}
	e.active[key] = true
	under, pop := e.push()
	before, faults := e.Unsure, e.Faults
	v, f := compute()
	e.Unsure = before // try around a reference does not catch what is wrong where the name is defined
	pop()
	delete(e.active, key)
	if f == nil && v != cty.NilVal && value.Size(v, value.MaxValues) > value.MaxValues {
		e.Refuse(at, "Value is too large", fmt.Sprintf("The value of %s holds more than %d elements; it is treated as unknown.", key.name, value.MaxValues))
		v = value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: key.name})
	}
	if !e.Ended() && !e.overflow {
		e.memo[key] = append(e.memo[key], memoEntry{under: under.asked, value: v, fault: f, faults: e.Faults - faults})
	}
	return v, f
}

// result is once for results that are no values. Instances do not depend on the world: conditions stay undecided.
func (e *Evaluator) result(key memoKey, compute func() any) any {
	if m := e.memo[key]; len(m) > 0 {
		return m[0].result
	}
	if e.active[key] {
		return nil
	}
	e.active[key] = true
	var r any
	pop := e.pushAlone()
	e.without(func() { r = compute() })
	pop()
	delete(e.active, key)
	if !e.Ended() && !e.overflow {
		e.memo[key] = []memoEntry{{result: r}}
	}
	return r
}

// evalOr is what an expression gives, or something else where Terraform would refuse it.
func (e *Evaluator) evalOr(s *scope, x hclsyntax.Expression, otherwise cty.Value) cty.Value {
	v, f := e.eval(s, x)
	if f != nil {
		e.Note(f)
		return otherwise
	}
	return value.Located(v, x.Range())
}

// asks counts a value that may not be what is asked for.
func (e *Evaluator) asks(v cty.Value, want cty.Type) {
	if !value.Fits(v, want) {
		e.Unsure++
	}
}

// bounded is a value that does not take forever to write down, or an unknown one.
func (e *Evaluator) bounded(v cty.Value, at hcl.Range) cty.Value {
	if !value.TooLong(v) {
		return v
	}
	e.Refuse(at, "Number is too long", "A number has more digits than keyproof writes down. It is treated as unknown.")
	out := value.UnknownOf(v.Type(), unknown.Symbol{Ref: e.Source(at)})
	return value.SecretIf(value.HoldsSecret(v), out)
}

// undeclared is what a name that nothing declares stands for.
func (e *Evaluator) undeclared(i *Instance, what string, at hcl.Range) cty.Value {
	if !i.Module.Broken && e.Quiet == 0 {
		at := e.Place(at)
		e.AddNote(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Reference to something undeclared", Subject: &at, Extra: tfsource.PerModule{},
			Detail: fmt.Sprintf("There is no %s in this module; it is treated as unknown.", what)})
	}
	return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: what})
}
