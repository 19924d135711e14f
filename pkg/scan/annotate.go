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

// annotate puts fixes into the findings of the report, each by itself.
func (r *run) annotate(ctx context.Context) {
	s := newFixing(ctx, r, FixOptions{})
	s.most = r.Fixes
	ended := map[which]bool{}
	n := 0
	for _, f := range s.wanted() {
		j := s.now[f.Input]
		if n == maxAnnotated || ctx.Err() != nil {
			break
		}
		if ended[whichOf(&f)] || !j.small() {
			continue
		}
		t := j.target(&f)
		if t == nil || !ordinary(t) {
			continue
		}
		n++
		s.fixes[whichOf(&f)] = fix.Find(ctx, t, s.program(j), j.outcome()).Fixes
		for _, x := range s.fixes[whichOf(&f)] {
			for _, e := range x.Proof.Ends {
				ended[which{f.Input, e}] = true
			}
		}
	}
	s.share()
}
