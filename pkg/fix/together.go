package fix

import (
	"cmp"
	"context"
	"slices"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// FindAll looks for fixes of several findings, best first for each. before is the run without any edit.
//
// To run the program again is the larger part of the work, so edits of different policies are proved in one run: each only
// narrows its own policy, so what is new after one of them would be new after all of them. Where the run of several does
// not tell what came from which, they are proved apart.
func FindAll(ctx context.Context, targets []*Target, p *Program, before *Outcome) []Result {
	var all []*search
	src := p.sources()
	for _, t := range targets {
		s := &search{ctx: ctx, Target: t, program: p, before: before, src: src}
		s.prepare()
		all = append(all, s)
	}
	for ctx.Err() == nil {
		var list []*attempt
		for _, s := range all {
			if a := s.next(); a != nil {
				list = append(list, a)
			}
		}
		if len(list) == 0 {
			break
		}
		for _, part := range apart(list) {
			proveTogether(part)
		}
	}
	out := make([]Result, len(all))
	for i, s := range all {
		out[i] = s.outcome()
	}
	return out
}

// apart are lists of attempts that may be proved by one run: each about another policy, so that what one of them ends is not put
// down to another; all of one kind, because a way to a key leads through policies of several, and is closed by an edit of any;
// and those apart that may give own principals something.
func apart(list []*attempt) [][]*attempt {
	var out [][]*attempt
	for _, a := range list {
		at := slices.IndexFunc(out, func(part []*attempt) bool {
			return !slices.ContainsFunc(part, func(b *attempt) bool {
				return b.Resource.Address == a.Resource.Address && !b.edit.equal(a.edit) || mayGive[b.Finding.Rule] != mayGive[a.Finding.Rule] || a.kind() != b.kind()
			})
		})
		if at < 0 {
			out, at = append(out, nil), len(out)
		}
		out[at] = append(out[at], a)
	}
	return out
}

// proveTogether runs the program once on all edits. An edit whose own resource gets a new finding would bring it by itself, too;
// where that run does not prove the others, halves are tried, down to one.
func proveTogether(list []*attempt) {
	if len(list) == 1 {
		list[0].single()
		return
	}
	proved, after := provedBy(list)
	if proved {
		return
	}
	var rest []*attempt
	for _, a := range list {
		if after == nil {
			rest = append(rest, a)
		} else if brought := brings(a.before, after, a.Resource.Address); brought == "" {
			rest = append(rest, a)
		} else {
			a.brought, a.failed = cmp.Or(a.brought, brought), nothingEnds
		}
	}
	if len(rest) == len(list) {
		proveTogether(rest[:len(rest)/2])
		rest = rest[len(rest)/2:]
	}
	if len(rest) > 0 {
		proveTogether(rest)
	}
}

// provedBy says whether one run proves several edits, and takes them then; after is what it found.
func provedBy(list []*attempt) (proved bool, after *Outcome) {
	first := list[0]
	var all edit
	trial := Trial{}
	for _, a := range list {
		all = all.with(a.edit)
		trial.Arguments = trial.Arguments || a.argument() != ""
	}
	var ok bool
	if trial.Files, ok = first.src.edited(all); !ok {
		return false, nil
	}
	after, ran := first.program.Run(first.ctx, trial)
	if !ran {
		return false, nil
	}
	if Worse(first.before, after) || Gives(first.Finding.Rule, first.before, after) { // which may give is the same for all
		return false, after
	}
	for _, a := range list {
		if !a.Ends(after) || !a.fewer(a.before, after) || !a.namesKeys(after) {
			return false, after
		}
	}
	ends, ok := attributed(list, after)
	if !ok {
		return false, after
	}
	for i, a := range list {
		a.take(ends[i], after, list)
	}
	return true, after
}

// attributed are the findings that each edit of a run ends: those about its own policy, and about those that share its text.
// It is false where one of them may have ended by any.
func attributed(list []*attempt, after *Outcome) ([][]string, bool) {
	before := list[0].before
	owners := map[string][]int{} // by address
	own := func(address string, i int) {
		if !slices.Contains(owners[address], i) {
			owners[address] = append(owners[address], i)
		}
	}
	for i, a := range list {
		own(a.Resource.Address, i)
		if a.Doc == nil || a.argument() != "" {
			continue
		}
		for at, docs := range before.Documents {
			is := after.Documents[at]
			if slices.ContainsFunc(docs, func(doc *iam.Document) bool { return sameSource(doc, a.Doc) }) && !slices.EqualFunc(docs, is, sameText) {
				own(at.Address, i)
			}
		}
	}
	out := make([][]string, len(list))
	gone := ended(before, after)
	for i := range before.Findings {
		f := &before.Findings[i]
		if f.Status == finding.Resolved || !slices.Contains(gone, f.Fingerprint) {
			continue
		}
		of := owners[f.Address]
		if len(of) == 0 {
			return nil, false
		}
		for _, k := range of {
			if !list[k].edit.equal(list[of[0]].edit) {
				return nil, false
			}
			out[k] = append(out[k], f.Fingerprint)
		}
	}
	for i := range out {
		slices.Sort(out[i])
		out[i] = slices.Compact(out[i])
	}
	return out, true
}

// Find looks for fixes of a finding, best first. before is the run without any edit.
func Find(ctx context.Context, t *Target, p *Program, before *Outcome) Result {
	return FindAll(ctx, []*Target{t}, p, before)[0]
}

// Together are the sources with the fixes that Find or FindAll would write first, of as many of the results as go together:
// took tells which, of those with the same edit the first one. They are proved one by one, not together.
func (p *Program) Together(list []Result) (files map[string][]byte, took []bool) {
	src := p.sources()
	took = make([]bool, len(list))
	var all edit
	for i, r := range list {
		if r.Files == nil {
			continue
		}
		both := all.with(r.made)
		if both.equal(all) {
			continue
		}
		if src.fits(both) {
			all, took[i] = both, true
		}
	}
	files, _ = src.edited(all)
	return files, took
}

// single proves an edit by itself; where the sources do not hold it, on the document.
func (a *attempt) single() {
	after, ran := a.program.Run(a.ctx, Trial{Files: a.files, Arguments: a.argument() != ""})
	if ran && a.proves(after) {
		a.take(ended(a.before, after), after, []*attempt{a})
		return
	}
	if ran && !a.namesKeys(after) {
		a.because("what the configuration uses as a key's ARN is not known to be one")
		return
	}
	why := "the edit of the sources does not end it for all that share them"
	if ran {
		a.note(a.before, after)
		if brought := brings(a.before, after, ""); brought != "" && a.Ends(after) {
			why = brought
		}
	}
	a.onPlan(a.p, why)
}
