package scan

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/fix"
	"github.com/keyproof/keyproof/pkg/spelling"
)

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
	ids := r.ruleIDs()
	if name == "" || len(ids) == 0 || slices.Contains(ids, name) { // rules that could not be read are told
		return nil
	}
	near := ""
	if n := spelling.Nearest(name, ids); n != "" {
		near = "; did you mean " + n + "?"
	}
	return fmt.Errorf("--rule: there is no rule %q%s", name, near)
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

// mend shows one finding to whoever chooses, and takes what is chosen; after it come so many more.
func (s *fixing) mend(f *finding.Finding, more int) error {
	j := s.now[f.Input]
	t := j.target(s.ctx, f)
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
