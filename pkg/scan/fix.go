package scan

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/fix"
	"github.com/keyproof/keyproof/pkg/spelling"
)

// FixOptions say which findings to mend. The zero value mends all of them.
type FixOptions struct {
	// Rule and Address choose findings; "" is any.
	Rule, Address string
	// Each makes the fixes in the report one by one, each for the inputs as they are.
	Each bool
	// Choose decides about a finding that has fixes: it returns the number of the fix to take, or -1 for none; an error ends
	// the work. Nil takes the first one that can be written.
	Choose func(o *Offer) (int, error)
}

// Offer is a finding with its fixes, for somebody who chooses.
type Offer struct {
	Finding *finding.Finding
	// Fixes are those that were found. One without edits, or with placeholders, cannot be taken.
	Fixes []finding.Fix
	// More is how many findings come after this one.
	More int
	// Fill puts values in place of the placeholders of a fix and proves it with them. It changes Fixes, and is false where the
	// finding would not end so.
	Fill func(n int, values map[string]string) bool
}

// Fixed is the outcome of Fix.
type Fixed struct {
	// Result is that of the inputs as they are. Each finding that was asked for has its fixes.
	Result *Result
	// Files are the sources with all fixes together, in the order of their names.
	Files []EditedFile
	// Left are the findings that are left after them, in the order of reports.
	Left []Left
	// Taken are the fixes that were made, in the order in which they were.
	Taken []Taken
	// Wanted is how many findings were asked for, Mended how many are gone.
	Wanted, Mended int
}

// EditedFile is a source file before and after.
type EditedFile struct {
	// Name is how reports call it, Path where it is.
	Name, Path    string
	Before, After []byte

	secret map[int]bool // lines of Before
}

// Diff is the change as a unified diff, "" where it cannot be shown without what is sensitive.
func (f *EditedFile) Diff() string { return fix.Diff(f.Name, f.Before, f.After, f.secret) }

// Left is a finding that is left, and why.
type Left struct {
	Finding finding.Finding
	Why     string
}

// Taken is a fix that was made.
type Taken struct {
	Finding finding.Finding
	Fix     finding.Fix
}

// Fix judges the inputs and looks for edits of the sources that end the findings. It writes nothing.
func Fix(ctx context.Context, opts Options, what FixOptions) (*Fixed, error) {
	opts.WriteBaseline = ""
	r, err := judgeInputs(ctx, opts, true)
	if err != nil {
		return nil, err
	}
	if err := r.ruleNamed(what.Rule); err != nil {
		return nil, err
	}
	s := newFixing(ctx, r, what)
	wanted := len(s.wanted())
	// What could be read is mended even where something else could not: the exit code says so.
	if err := s.all(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	out := &Fixed{Files: s.files(), Left: s.left(), Wanted: wanted, Mended: s.mended, Taken: s.taken}
	s.share()
	out.Result = r.finish()
	return out, nil
}

// ruleNamed is an error where no rule has the name that was asked for.
func (r *run) ruleNamed(name string) error {
	var ids []string
	for _, rule := range r.all {
		if rule.ID == name {
			return nil
		}
		ids = append(ids, rule.ID)
	}
	if name == "" || len(ids) == 0 { // rules that could not be read are told
		return nil
	}
	near := ""
	if n := spelling.Nearest(name, ids); n != "" {
		near = "; did you mean " + n + "?"
	}
	return fmt.Errorf("--rule: there is no rule %q%s", name, near)
}

// fixing is the work of mending one finding after the other.
type fixing struct {
	*run
	ctx  context.Context
	what FixOptions
	// now are the inputs as they are with the edits so far, edited those.
	now    []*judging
	edited map[string][]byte
	// silent are the findings that are accepted, why says of a finding why it is left.
	silent map[which]bool
	why    map[which]string
	fixes  map[which][]finding.Fix
	// arguments says that some of the edits so far are of arguments.
	arguments bool
	// most is how many fixes a finding is offered; work counts the policies that proofs judged, and spent says that a proof was
	// not made because they were too many.
	most   int
	work   int
	spent  bool
	mended int
	taken  []Taken
}

// which tells findings apart: a fingerprint has no input in it, and two plans may have the same addresses.
type which struct {
	input       int
	fingerprint string
}

func whichOf(f *finding.Finding) which { return which{f.Input, f.Fingerprint} }

func newFixing(ctx context.Context, r *run, what FixOptions) *fixing {
	s := &fixing{run: r, ctx: ctx, what: what, now: slices.Clone(r.judged), edited: map[string][]byte{}, silent: map[which]bool{}, why: map[which]string{}, fixes: map[which][]finding.Fix{}}
	for i := range r.result.Report.Findings {
		if f := &r.result.Report.Findings[i]; !f.Counts() {
			s.silent[whichOf(f)] = true
		}
	}
	return s
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

// all mends what can be mended, and looks again after each edit.
func (s *fixing) all() error {
	tried := map[which]bool{}
	for s.ctx.Err() == nil {
		list := slices.DeleteFunc(s.wanted(), func(f finding.Finding) bool { return tried[whichOf(&f)] })
		if len(list) == 0 {
			return nil
		}
		var err error
		if s.what.Choose == nil {
			err = s.round(apart(list), tried)
		} else {
			tried[whichOf(&list[0])] = true
			err = s.mend(&list[0], len(list)-1)
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// mend shows one finding to whoever chooses, and takes what is chosen; after it come so many more.
func (s *fixing) mend(f *finding.Finding, more int) error {
	j := s.now[f.Input]
	t := j.target(f)
	if t == nil {
		s.why[whichOf(f)] = "what it is about is not known"
		return nil
	}
	s.work, s.spent = 0, false // somebody waits for this one
	t.TakeOut = true
	found := fix.Find(s.ctx, t, s.program(j), j.outcome())
	s.found(f, &found)
	if len(found.Fixes) == 0 {
		return nil
	}
	n, err := s.what.Choose(&Offer{Finding: f, Fixes: found.Fixes, More: more, Fill: func(n int, values map[string]string) bool {
		s.work, s.spent = 0, false
		return found.Fill(n, values)
	}})
	if err != nil {
		return err
	}
	if n < 0 || n >= len(found.Edited) || found.Edited[n] == nil {
		if found.Files != nil {
			s.why[whichOf(f)] = "it was skipped"
		}
		return nil
	}
	s.arguments = s.arguments || found.Fixes[n].Policy == ""
	s.taken = append(s.taken, Taken{Finding: *f, Fix: found.Fixes[n]})
	_, err = s.take(found.Edited[n], nil)
	return err
}

// original are the fixes as they are without the edits of others, which reports show one by one.
func (s *fixing) original(f *finding.Finding, otherwise []finding.Fix) []finding.Fix {
	j := s.judged[f.Input]
	i := slices.IndexFunc(j.out.Findings, func(g finding.Finding) bool { return g.Fingerprint == f.Fingerprint })
	if i < 0 {
		return otherwise
	}
	t := j.target(&j.out.Findings[i])
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
		next, ok := j.edited(s.ctx, edited, edit{whole: true, arguments: true})
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

// reads says whether an input is made from one of the files.
func (r *judging) reads(files map[string][]byte) bool {
	for name := range files {
		if _, ok := r.files[name]; ok {
			return true
		}
	}
	return false
}

// files are the edited sources.
func (s *fixing) files() []EditedFile {
	var out []EditedFile
	for name, text := range s.edited {
		for _, j := range s.judged {
			if j == nil || j.files[name] == nil {
				continue
			}
			abs, err := filepath.Abs(name)
			if err != nil {
				abs = name
			}
			out = append(out, EditedFile{Name: j.name(name), Path: abs, Before: j.files[name], After: text, secret: j.secretLines(name)})
			break
		}
	}
	slices.SortFunc(out, func(a, b EditedFile) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (s *fixing) left() []Left {
	var out []Left
	for _, f := range s.wanted() {
		out = append(out, Left{Finding: f, Why: s.why[whichOf(&f)]})
	}
	return out
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
				if len(f.Fixes) == 0 && findings[k].Input == f.Input && slices.Contains(x.Proof.Ends, f.Fingerprint) {
					f.Fixes = append(f.Fixes, x)
				}
			}
		}
	}
}
