package scan

import (
	"context"
	"slices"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/fix"
	"github.com/keyproof/keyproof/pkg/tf"
)

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

// reads says whether an input is made from one of the files.
func (r *judging) reads(files map[string][]byte) bool {
	for name := range files {
		if _, ok := r.files[name]; ok {
			return true
		}
	}
	return false
}

// secretLines are the lines of a file that hold what must not be shown.
func (r *judging) secretLines(name string) map[int]bool {
	if r.secret == nil {
		r.secret, r.secretVariables = map[string]map[int]bool{}, tf.SecretVariables(r.files)
	}
	lines, ok := r.secret[name]
	if !ok {
		lines = tf.SecretLines(name, r.files[name], r.secretVariables)
		r.secret[name] = lines
	}
	return lines
}
