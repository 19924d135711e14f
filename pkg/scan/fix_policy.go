package scan

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/fix"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// FixedPolicy is a policy with all its fixes together.
type FixedPolicy struct {
	// Result is that of the inputs as they are.
	Result *Result
	// Text is the policy document, "" where none can be written.
	Text string
	// Taken are the fixes that it has. Placeholders are the names in it that somebody has to replace.
	Taken        []Taken
	Placeholders []string
	// Left are the findings about the policy that are left, and why.
	Left []Left
}

// FixPolicy mends the policy of one resource, as a document: the sources are neither needed nor edited.
func FixPolicy(ctx context.Context, opts Options, address string) (*FixedPolicy, error) {
	opts.WriteBaseline = ""
	r, err := judgeInputs(ctx, opts, true)
	if err != nil {
		return nil, err
	}
	out := &FixedPolicy{}
	s := newFixing(ctx, r, FixOptions{Address: address})
	found := false
	for _, j := range s.now {
		if j == nil || found {
			continue
		}
		for i := range j.out.About {
			if p := j.out.About[i].Policy; p.Address == address {
				found = true
				s.policy(out, j, fix.Place{Address: p.Address, Attribute: p.Attribute})
				break
			}
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !found && !r.result.Diagnostics.HasErrors() && !r.result.Incomplete {
		return nil, fmt.Errorf("--policy: the inputs have no policy of %s%s", address, s.holders())
	}
	out.Result = r.finish()
	return out, nil
}

// holders names some of the resources that have policies, for somebody who named another one.
func (s *fixing) holders() string {
	var names []string
	for _, j := range s.now {
		for i := 0; j != nil && i < len(j.out.About); i++ {
			names = append(names, j.out.About[i].Policy.Address)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	switch {
	case len(names) == 0:
		return ""
	case len(names) > 5:
		return "; there are those of " + strings.Join(names[:5], ", ") + " and others"
	}
	return "; there are those of " + strings.Join(names, ", ")
}

// policy mends one policy, one finding after the other.
func (s *fixing) policy(out *FixedPolicy, j *judging, at fix.Place) {
	tried := map[which]bool{}
	for s.ctx.Err() == nil {
		list := slices.DeleteFunc(s.wanted(), func(f finding.Finding) bool {
			return f.Input != j.number || f.Attribute != "" && f.Attribute != at.Attribute
		})
		i := slices.IndexFunc(list, func(f finding.Finding) bool { return !tried[whichOf(&f)] })
		if i < 0 {
			for _, f := range list {
				out.Left = append(out.Left, Left{Finding: f, Why: s.why[whichOf(&f)]})
			}
			return
		}
		f := list[i]
		tried[whichOf(&f)] = true
		t := j.target(s.ctx, &f)
		if t == nil {
			continue
		}
		got := fix.Find(s.ctx, t, &fix.Program{Run: j.trial}, j.outcome())
		s.why[whichOf(&f)] = got.Why
		if len(got.Fixes) == 0 {
			continue
		}
		x := got.Fixes[0]
		if x.Policy == "" {
			s.why[whichOf(&f)] = "the policy holds values that are not known: name the own account with --account, or fix the sources"
			continue
		}
		out.Text = x.Policy
		out.Taken = append(out.Taken, Taken{Finding: f, Fix: x})
		out.Placeholders = append(out.Placeholders, x.Placeholders...)
		if len(x.Placeholders) > 0 {
			return // what follows would be judged by names that stand for something
		}
		j.replace(s.ctx, at, x.Policy)
	}
}

// replace puts a document in place of a policy, and judges again.
func (r *judging) replace(ctx context.Context, at fix.Place, text string) {
	for _, p := range r.again.base.Set.Policies {
		if p.Address == at.Address && p.Attribute == at.Attribute {
			p.Docs = []*iam.Document{iam.Parse(unknown.Known(strings.TrimSpace(text)))}
		}
	}
	r.out, _ = check.Run(ctx, r.again.base.Input, r.rules)
}
