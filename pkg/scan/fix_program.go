package scan

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/fix"
)

// program is what a fix may do with an input as it is now.
func (s *fixing) program(j *judging) *fix.Program {
	return &fix.Program{
		Files:  s.sourcesOf(j),
		Body:   j.body,
		Name:   j.editable,
		Secret: j.secretLines,
		Most:   s.most,
		Run: func(ctx context.Context, t fix.Trial) (*fix.Outcome, bool) {
			if !s.affords(j, t) {
				return nil, false
			}
			if t.Files == nil {
				return j.trial(ctx, t)
			}
			files := maps.Clone(s.edited)
			maps.Copy(files, t.Files)
			return s.everywhere(ctx, j, files, t.Files, t.Arguments || s.arguments)
		},
	}
}

// maxWork is how many policies the proofs of one command judge: hundreds of runs of an ordinary input. Of a very large one
// there are leastRuns all the same.
const (
	maxWork   = 10_000
	leastRuns = 4
)

// affords counts what a proof costs, and says whether it may be made.
func (s *fixing) affords(j *judging, t fix.Trial) bool {
	cost := 1
	if t.Only == nil {
		cost = len(j.again.base.Set.Policies)
	}
	if s.work += cost; s.work > max(maxWork, leastRuns*len(j.again.base.Set.Policies)) {
		s.spent = true
	}
	return !s.spent
}

// body is the syntax tree of a file that was read, nil where nothing has it.
func (r *judging) body(name string) *hclsyntax.Body {
	if r.again.sources == nil {
		return nil
	}
	return r.again.sources.Body(name)
}

func (s *fixing) sourcesOf(j *judging) map[string][]byte {
	if j.again.sources == nil && j.entry.Kind != "policy" {
		return nil
	}
	return j.files
}

// maxReach bounds how many policies an input may have of which fixes say which of its roles and users lose access.
const maxReach = 100

// reach is who may use which key of an input by itself.
func (r *judging) reach(ctx context.Context) []finding.Access {
	if base := &r.again.base; r.again.reach == nil && len(base.Set.Policies) <= maxReach {
		r.again.reach = who.Of(ctx, []who.Input{{Input: base.Input}}, false).Rows
	}
	return r.again.reach
}

// everywhere runs the rules on an input with other files, and looks that no other input which shares them gets worse.
func (s *fixing) everywhere(ctx context.Context, j *judging, files, changed map[string][]byte, arguments bool) (*fix.Outcome, bool) {
	next, ok := s.judged[j.number].edited(ctx, files, arguments)
	if !ok || ctx.Err() != nil {
		return nil, false
	}
	out := next.outcome()
	out.Lost = sync.OnceValue(func() []finding.Access {
		lost := who.Against(next.reach(ctx), j.reach(ctx))
		return slices.DeleteFunc(lost, func(a finding.Access) bool { return a.Change != who.Lost })
	})
	for i, other := range s.judged {
		if other == nil || i == j.number || !other.reads(changed) {
			continue
		}
		after, ok := other.trial(ctx, fix.Trial{Files: files, Arguments: arguments})
		if now := s.now[i].outcome(); !ok || fix.Worse(now, after) || fix.Gives("", now, after) {
			return nil, false
		}
	}
	return out, true
}
