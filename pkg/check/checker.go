package check

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
)

// Output is what the rules found in one input.
type Output struct {
	Policies []finding.Policy
	Findings []finding.Finding
	Paths    []finding.Path
	// NotJudged are the resources that can give access and were not looked at.
	NotJudged []finding.NotJudged
	// About are the policies that were judged, in the order of Policies.
	About []About
}

// checker runs rules over one input.
type checker struct {
	ctx    context.Context
	in     Input
	rules  []*Rule
	out    Output
	judged []*judged
	of     map[*extract.Policy]*judged
	memo   *Memory
	// peers are the checkers of other inputs whose roles reach the keys of this one, others and names what these refer to.
	peers  []*checker
	others map[int]*access.Subject
	names  map[string]string
	// was is the checker of what was there before apply, nil where it is not known.
	was func() *checker
	// functions are what expressions may call, wording what messages may.
	functions, wording map[string]function.Function
	answers            answers
	diags              hcl.Diagnostics
}

// collect calls do for every index with a checker of its own, on all cores, and keeps what was found in the order of the
// indexes.
func (c *checker) collect(n int, do func(w *checker, i int)) {
	outs, diags := make([]Output, n), make([]hcl.Diagnostics, n)
	c.each(n, func() func(int) {
		w := *c
		w.answers = answers{}
		return func(i int) {
			w.out, w.diags = Output{}, nil
			do(&w, i)
			outs[i], diags[i] = w.out, w.diags
		}
	})
	for i := range outs {
		c.out.Findings = append(c.out.Findings, outs[i].Findings...)
		c.diags = append(c.diags, diags[i]...)
	}
}

// each calls what start returns for every index, on all cores, until the context ends. Start is called once for each
// goroutine.
func (c *checker) each(n int, start func() func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			do := start()
			for i := int(next.Add(1)) - 1; i < n && c.ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}
