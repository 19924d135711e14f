// Package tfeval computes the values of Terraform sources without running anything. A value that is not known before apply
// stays a cty unknown that says what decides it (the mark [unknown.Ref]), until it is put into a string. There it becomes a
// token (see [unknown.Hole]), so that the structure around it survives: jsonencode, templates, heredocs and policy documents
// keep all that is known. Values remember where they were written through the marks [unknown.Origin] and [unknown.Built].
//
// It is no API: it may change in any version.
package tfeval

import (
	"context"

	"github.com/keyproof/keyproof/pkg/tfeval/function"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/zclconf/go-cty/cty"
)

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
	e.eval = e.evaluate
	e.ARNs = arns{e}
	e.lib = function.New(e.Run, e)
	e.Root = &Instance{Module: src.Root, key: cty.NilVal}
	return e
}
