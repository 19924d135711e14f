package scan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
		if t := j.target(s.ctx, f); t != nil {
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

// wanted are the findings that are there now and asked for, worst first.
func (s *fixing) wanted() []finding.Finding {
	var out []finding.Finding
	for _, j := range s.now {
		if j == nil {
			continue
		}
		for _, f := range j.out.Findings {
			if f.Counts() && !s.silent[whichOf(&f)] && (s.what.Rule == "" || f.Rule == s.what.Rule) && (s.what.Address == "" || within(f.Address, s.what.Address)) {
				out = append(out, f)
			}
		}
	}
	finding.Sort(out)
	return out
}

// within says whether an address is the other one, an instance of it, or in that module.
func within(address, of string) bool {
	rest, ok := strings.CutPrefix(address, of)
	return ok && (rest == "" || rest[0] == '[' || rest[0] == '.')
}

// found remembers what was found for a finding.
func (s *fixing) found(f *finding.Finding, r *fix.Result) {
	if s.why[whichOf(f)] = r.Why; s.spent && r.Files == nil {
		s.why[whichOf(f)] = "not everything was tried, so many findings and policies there are: ask for its fix alone, with --address and --rule"
	}
	s.fixes[whichOf(f)] = r.Fixes
	if len(s.edited) > 0 && s.what.Each {
		s.fixes[whichOf(f)] = s.original(f, r.Fixes)
	}
}

// original are the fixes as they are without the edits of others, which reports show one by one.
func (s *fixing) original(f *finding.Finding, otherwise []finding.Fix) []finding.Fix {
	j := s.judged[f.Input]
	i := slices.IndexFunc(j.out.Findings, func(g finding.Finding) bool { return g.Fingerprint == f.Fingerprint })
	if i < 0 {
		return otherwise
	}
	t := j.target(s.ctx, &j.out.Findings[i])
	if t == nil {
		return nil
	}
	alone := &fixing{run: s.run, ctx: s.ctx, now: s.judged, edited: map[string][]byte{}}
	return fix.Find(s.ctx, t, alone.program(j), j.outcome()).Fixes
}

// take puts edited files in place, for every input. Nothing changes where what they make does not fit, or is worse.
func (s *fixing) take(files map[string][]byte, fits func(after *fix.Outcome) bool) (bool, error) {
	edited := maps.Clone(s.edited)
	maps.Copy(edited, files)
	now := slices.Clone(s.now)
	for i, j := range s.judged {
		if j == nil || !j.reads(files) {
			continue
		}
		next, ok := j.edited(s.ctx, edited, true)
		if !ok {
			return false, fmt.Errorf("the edited sources of %s cannot be read again", j.in.path)
		}
		if after := next.outcome(); fits != nil && (!fits(after) || fix.Worse(s.now[i].outcome(), after)) {
			return false, nil
		}
		now[i] = next
	}
	count := len(s.wanted())
	s.edited, s.now = edited, now
	s.mended += max(0, count-len(s.wanted()))
	return true, nil
}

// share puts the fixes into the report. A finding without one of its own has those of others that end it, too.
func (s *fixing) share() {
	findings := s.result.Report.Findings
	for i := range findings {
		findings[i].Fixes = s.fixes[whichOf(&findings[i])]
	}
	for i := range findings {
		f := &findings[i]
		if len(f.Fixes) > 0 || !f.Counts() {
			continue
		}
		for k := range findings {
			for _, x := range s.fixes[whichOf(&findings[k])] {
				if len(f.Fixes) > 0 || findings[k].Input != f.Input || !slices.Contains(x.Proof.Ends, f.Fingerprint) {
					continue
				}
				if of := findings[k].Address; of != f.Address {
					x.Address, x.Title = of, "In "+of+": "+x.Title
				}
				f.Fixes = append(f.Fixes, x)
			}
		}
	}
}
