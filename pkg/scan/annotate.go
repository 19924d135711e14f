package scan

import (
	"context"

	"github.com/keyproof/keyproof/pkg/fix"
)

// What check looks for is bounded: a report shows fixes of the worst findings, and large inputs are for keyproof fix.
const (
	maxAnnotated  = 10
	maxPolicies   = 300
	maxDocument   = 32 << 10 // bytes, as many as AWS takes
	maxStatements = 40
	maxSources    = 4 << 20 // bytes
)

// small says whether running an input again costs no more than an ordinary input may, ordinary whether looking for a fix of one
// document does.
func (r *judging) small() bool {
	if len(r.again.base.Set.Policies) > maxPolicies {
		return false
	}
	n := 0
	for _, src := range r.files {
		n += len(src)
	}
	return n <= maxSources
}

func ordinary(t *fix.Target) bool {
	return t.Doc == nil || len(t.Doc.Text.S) <= maxDocument && len(t.Doc.Statements) <= maxStatements
}

// annotate puts fixes into the findings of the report, each by itself: of each resource one finding after the other, because
// a fix of the first may end the next.
func (r *run) annotate(ctx context.Context) {
	s := newFixing(ctx, r, FixOptions{})
	s.most = r.Fixes
	wanted := s.wanted()
	tried, n := map[which]bool{}, 0
	for n < maxAnnotated && ctx.Err() == nil {
		targets := map[int][]*fix.Target{} // by input
		addresses := map[address]bool{}
		for i := range wanted {
			f := &wanted[i]
			at := address{f.Input, f.Address}
			if n == maxAnnotated || tried[whichOf(f)] || addresses[at] {
				continue
			}
			addresses[at], tried[whichOf(f)] = true, true
			if j := s.now[f.Input]; j.small() {
				if t := j.target(ctx, f); t != nil && ordinary(t) {
					targets[f.Input] = append(targets[f.Input], t)
					n++
				}
			}
		}
		if len(targets) == 0 {
			break
		}
		for i, list := range targets {
			s.together(ctx, i, list, tried)
		}
	}
	s.share()
}

// address is a resource of an input.
type address struct {
	input int
	name  string
}

// together looks for fixes of findings of one input. What they end needs none of its own.
func (s *fixing) together(ctx context.Context, input int, list []*fix.Target, tried map[which]bool) {
	j := s.now[input]
	for i, found := range fix.FindAll(ctx, list, s.program(j), j.outcome()) {
		s.fixes[whichOf(list[i].Finding)] = found.Fixes
		for _, x := range found.Fixes {
			for _, e := range x.Proof.Ends {
				tried[which{input, e}] = true
			}
		}
	}
}
