package scan

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/fix"
)

// apart are the findings of one input that may be mended side by side: one of each resource.
func apart(list []finding.Finding) []finding.Finding {
	var out []finding.Finding
	for _, f := range list {
		if f.Input == list[0].Input && !slices.ContainsFunc(out, func(g finding.Finding) bool { return g.Address == f.Address }) {
			out = append(out, f)
		}
	}
	return out
}

// round mends several findings of an input together. Where what goes together is not right together, the first one is
// mended by itself.
func (s *fixing) round(list []finding.Finding, tried map[which]bool) error {
	j := s.now[list[0].Input]
	var targets []*fix.Target
	for i := range list {
		f := &list[i]
		tried[whichOf(f)] = true
		if t := j.target(f); t != nil {
			targets = append(targets, t)
		} else {
			s.why[whichOf(f)] = "what it is about is not known"
		}
	}
	results := fix.FindAll(s.ctx, targets, s.program(j), j.outcome())
	for i, t := range targets {
		s.found(t.Finding, &results[i])
	}
	files, took := s.program(j).Together(results)
	if files == nil {
		return nil
	}
	first := slices.Index(took, true)
	ok, err := s.take(files, func(after *fix.Outcome) bool { return endsAll(targets, took, after) })
	if err == nil && !ok {
		took = make([]bool, len(took))
		took[first] = true
		_, err = s.take(results[first].Files, nil)
	}
	if err != nil {
		return err
	}
	for i, t := range targets {
		switch {
		case took[i]:
			s.taken = append(s.taken, Taken{Finding: *t.Finding, Fix: results[i].Fixes[0]})
			s.arguments = s.arguments || results[i].Fixes[0].Policy == ""
		case results[i].Files != nil:
			delete(tried, whichOf(t.Finding)) // once more, on what is there then
		}
	}
	return nil
}

// endsAll says whether the findings of which fixes were taken are gone.
func endsAll(targets []*fix.Target, took []bool, after *fix.Outcome) bool {
	for i, t := range targets {
		if took[i] && !t.Ends(after) {
			return false
		}
	}
	return true
}
