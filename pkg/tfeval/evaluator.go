// Package tfeval computes the values of Terraform sources without running anything. A value that is not known before apply
// stays a cty unknown that says what decides it (the mark [unknown.Ref]), until it is put into a string. There it becomes a
// token (see [unknown.Hole]), so that the structure around it survives: jsonencode, templates, heredocs and policy documents
// keep all that is known. Values remember where they were written through the marks [unknown.Origin] and [unknown.Built].
//
// It is no API: it may change in any version.
package tfeval

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfeval/function"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Evaluator computes values for one run of Plan or Join. It follows references lazily and remembers what it computed.
type Evaluator struct {
	*value.Run
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

const maxDepth = 600

// Options say how to evaluate. The zero value evaluates the sources alone.
type Options struct {
	// Budget bounds the work; zero fields have defaults that ordinary sources do not reach.
	Budget value.Budget
	// WantText says of which arguments of a resource type the text is of interest even where the plan knows it. Nil wants
	// all of them.
	WantText func(typ, argument string) bool
	// NoDefaults leaves the variables of the root module that have no value unknown, in place of their defaults.
	NoDefaults bool
	// Plan is what a plan of the sources knows, nil without one.
	Plan *PlanValues
}

// New begins an evaluation.
func New(ctx context.Context, src *tfsource.Sources, opts Options) *Evaluator {
	e := &Evaluator{Run: value.NewRun(ctx, src, opts.Budget), wantText: opts.WantText, plan: opts.Plan, noDefaults: opts.NoDefaults, memo: map[memoKey][]memoEntry{}, active: map[memoKey]bool{}, gaveUp: map[memoKey]bool{}}
	e.ARNs = arns{e}
	e.lib = function.New(e.Run, e)
	e.Root = &Instance{Module: src.Root, key: cty.NilVal}
	return e
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
