// Package scan is keyproof as a library: options in, a result out. Run reads as the whole program on one page: read the
// inputs, take the policies out, decide, check the rules, apply what is accepted.
//
// It prints nothing, never exits, uses no network, executes nothing, and writes only the baseline that it is asked for.
package scan

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/suppress"
)

// Run judges the inputs. The error is one of usage: options that do not fit. Problems of the inputs are in the result.
//
// When ctx ends, Run returns its cause and writes nothing. It does so within one step of the work; only a Read of
// Options.Stdin that waits for input is waited for.
func Run(ctx context.Context, opts Options) (*Result, error) {
	r, err := judgeInputs(ctx, opts, opts.Fixes > 0)
	if err != nil {
		return nil, err
	}
	if opts.Fixes > 0 {
		r.annotate(ctx)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return r.finish(), nil
}

// judgeInputs does all but the report; keep says that the inputs will be looked at again.
func judgeInputs(ctx context.Context, opts Options, keep bool) (*run, error) {
	r, err := newRun(opts)
	if err != nil {
		return nil, err
	}
	r.keep = keep
	if !r.result.Diagnostics.HasErrors() {
		r.keepValues()
		inputs, beside := r.inputs()
		if err := r.newOnly(inputs); err != nil {
			return nil, err
		}
		r.sourcesOfNothing(inputs)
		judged := r.judgeAll(ctx, inputs, nil)
		judged = r.judgeAll(ctx, r.unfitted(beside, judged), judged)
		r.mapAccess(ctx, judged)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		r.suppress(ctx)
	}
	return r, nil
}

// newOnly refuses to tell new from old where there is no before.
func (r *run) newOnly(inputs []input) error {
	for _, in := range inputs {
		if in.sources && r.NewOnly {
			return fmt.Errorf("--new-only needs a plan: the sources in %s do not say what was there before", in.path)
		}
	}
	return nil
}

func newRun(opts Options) (*run, error) {
	r := &run{Options: opts, files: map[string][]byte{}, result: &Result{NewOnly: opts.NewOnly}, config: &config.Config{}}
	var err error
	if r.bounds, err = bound(opts.Limits); err != nil {
		return nil, err
	}
	if err := accessOf(opts.Access); err != nil {
		return nil, err
	}
	if opts.Root != "" {
		if info, err := os.Stat(opts.Root); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--root: there is no directory %s", opts.Root)
		}
	}
	if opts.WriteBaseline != "" {
		if err := suppress.Replaceable(opts.WriteBaseline); err != nil {
			return nil, err
		}
	}
	if r.Now.IsZero() {
		r.Now = time.Now()
	}
	if r.Env == nil {
		r.Env = os.Environ()
	}
	if len(r.Paths) == 0 {
		r.Paths = []string{"."}
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		return nil, fmt.Errorf("find the current directory: %w", err)
	}
	r.dir = dir
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		r.dir = real
	}
	r.result.Report = &finding.Report{FormatVersion: finding.FormatVersion, Tool: finding.Tool{Name: "keyproof", Version: opts.Version},
		Inputs: []finding.Input{}, Diagnostics: []finding.Diagnostic{}, Policies: []finding.Policy{}, NotJudged: []finding.NotJudged{}, Findings: []finding.Finding{}, Dir: r.dir, Root: r.dir}
	if root, ok := file.Repository(r.dir); ok {
		r.result.Report.Root = root
	}
	if err := r.loadConfig(); err != nil {
		return nil, err
	}
	r.loadRules()
	return r, r.setFailOn()
}
