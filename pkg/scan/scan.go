// Package scan is keyproof as a library: options in, a result out. Run reads as the whole program on one page: read the
// inputs, take the policies out, decide, check the rules, apply what is accepted.
//
// It prints nothing, never exits, uses no network, executes nothing, and writes only the baseline that it is asked for.
package scan

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/suppress"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/rules"
)

// Options say what to judge and how. The zero value judges the current directory with the built-in rules.
type Options struct {
	// Paths are plan or state JSON files, directories of sources or of plans, policy documents, or "-" for Stdin.
	// None means the current directory.
	Paths []string
	Stdin io.Reader
	// Sources are directories, or binary plans, with the sources of the plans; PLAN=DIR is for that plan alone. Of several
	// for one plan the first one that fits counts. "none" is the plan alone. Without any, the directory of the plan and the
	// current one are tried, and used where they fit.
	Sources []string
	// Untrusted judges as if the author of what is judged wanted the gate to be green: nothing that lies beside the input
	// is believed, and nothing is assumed.
	Untrusted bool
	// Root is the directory below which files of the sources are read, and edited by fixes; "" is the repository that they are in, or
	// their own directory where they are in none.
	Root string
	// Recursive judges all sources below the directories among the Paths, but for modules that others of them call.
	Recursive bool
	// Kind is what policy documents among the Paths govern: key, trust or identity.
	Kind string
	// Account and Organization are the own ones, "" where the configuration or the input tells.
	Account, Organization string
	// Now is the time of the decision; the zero value is the clock's.
	Now time.Time
	// ConfigFile is the configuration; "" searches for .keyproof.hcl upwards to the repository's root.
	ConfigFile string
	// RulesDir holds own rules, run beside the built-in ones.
	RulesDir string
	// FailOn is the severity from which findings fail the gate, or "never"; "" is what the configuration says, or high.
	FailOn string
	// NewOnly gates only on what the plan adds or widens.
	NewOnly bool
	// Baseline is a file with findings that are accepted; WriteBaseline is the file to write the present ones to.
	Baseline, WriteBaseline string
	// NoSuppressions judges without comments, exceptions and baseline.
	NoSuppressions bool
	// Access is how much of who may use which key the report holds: AccessNone (also ""), AccessChanges or AccessAll.
	Access string
	// Vars and VarFiles are values of variables as Terraform's -var and -var-file take them.
	Vars     []string
	VarFiles []string
	// Fixes is how many fixes to look for of each of the worst findings, for reports that show them: 0 for none. Fix looks
	// for all of them.
	Fixes int
	// Limits raise limits by their names (see the function Limits), or lower them.
	Limits map[string]int64
	// Env is the environment for the sources (TF_VAR_…, TF_WORKSPACE, TF_DATA_DIR); nil is the process's.
	Env []string
	// Origin tells where an option came from, for the report: "KEYPROOF_FAIL_ON" for "--fail-on". One that is not in it
	// was given as the flag of that name.
	Origin map[string]string
	// Version is the version that the report names.
	Version string
}

// Result is the outcome of a run.
type Result struct {
	Report *finding.Report
	// Map is who may use which key, nil where it was not asked for.
	Map *who.Map
	// Diagnostics are the problems of the input, as in Report, with their ranges.
	Diagnostics hcl.Diagnostics
	// FailOn is the severity that the gate fails from, 0 for never.
	FailOn finding.Severity
	// NewOnly says that only new findings fail the gate.
	NewOnly bool
	// Incomplete says that something was not analysed.
	Incomplete bool
}

// The exit codes.
const (
	ExitClean    = 0
	ExitFindings = 1
	ExitProblem  = 2
)

// ExitCode is 2 where anything could not be read or analysed, 1 where findings reach the gate's severity, else 0.
func (r *Result) ExitCode() int {
	switch {
	case r.Incomplete || r.Diagnostics.HasErrors():
		return ExitProblem
	case len(r.Report.Gate.Counted) > 0:
		return ExitFindings
	}
	return ExitClean
}

// run is one run.
type run struct {
	Options
	config *config.Config
	all    []*check.Rule // every rule
	rules  []*check.Rule // those that run
	result *Result
	judged []*judging        // the inputs, nil for one that was not come to
	keep   bool              // the inputs will be looked at again
	files  map[string][]byte // what locations point into, by the names that reports have for files
	dir    string
	bounds bounds
	// loweredRules are the rules that the configuration makes milder, as the gate lists them.
	loweredRules []finding.Setting
	names        sync.Map // of files, as reports call them, by path
	callers      tfsource.Callers
	secrets      sync.Map // the lines that no excerpt shows, by file
}

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
	if root, ok := config.Repository(r.dir); ok {
		r.result.Report.Root = root
	}
	if err := r.loadConfig(); err != nil {
		return nil, err
	}
	r.loadRules()
	return r, r.setFailOn()
}

// builtin reads the rules of the program, once: they are the same in every run.
var builtin = sync.OnceValues(func() ([]*check.Rule, hcl.Diagnostics) { return check.LoadKnown(rules.FS) })

// loadRules reads the built-in rules and the user's own.
func (r *run) loadRules() {
	all, diags := builtin()
	r.problem(diags)
	if r.RulesDir != "" {
		own, diags := check.Load(os.DirFS(r.RulesDir))
		files, diags := r.ruleFiles(diags)
		for name, src := range files {
			r.files[r.name(name)] = src
		}
		r.problem(diags)
		all, diags = check.Merge(all, own)
		r.problem(diags)
	}
	var ids []string
	for _, rule := range all {
		ids = append(ids, rule.ID)
	}
	r.problem(r.config.Check(ids))
	r.all = all
	for _, rule := range all {
		if _, chosen := r.config.Severity[rule.ID]; r.config.Disabled(rule.ID) || rule.Off && !chosen {
			continue
		}
		r.lowered(rule)
		one := *rule
		one.Severity = r.config.SeverityOf(rule.ID, rule.Severity)
		r.rules = append(r.rules, &one)
	}
}

// ruleFiles gives diagnostics about own rules the path of the file, and returns those files for excerpts.
func (r *run) ruleFiles(diags hcl.Diagnostics) (map[string][]byte, hcl.Diagnostics) {
	files := map[string][]byte{}
	for _, d := range diags {
		if r.RulesDir == "" || d.Subject == nil {
			if d.Summary == check.NoRules {
				d.Detail = fmt.Sprintf("The directory %s holds no .hcl file with rules.", r.RulesDir)
				if info, err := os.Stat(r.RulesDir); err != nil || !info.IsDir() {
					d.Detail = fmt.Sprintf("There is no directory %s.", r.RulesDir)
				}
			}
			continue
		}
		name := filepath.Join(r.RulesDir, d.Subject.Filename)
		if src, err := file.Read(name, check.MaxRuleFile); err == nil {
			at := *d.Subject
			at.Filename = name
			d.Subject, files[name] = &at, src
		}
	}
	return files, diags
}

// problem takes diagnostics into the result, with the names that reports have for files.
func (r *run) problem(diags hcl.Diagnostics) {
	renamed(diags, r.name)
	r.result.Diagnostics = append(r.result.Diagnostics, diags...)
}

// renamed gives the ranges of diagnostics other file names.
func renamed(diags hcl.Diagnostics, name func(string) string) {
	for _, d := range diags {
		if d.Subject != nil && d.Subject.Filename != "" {
			at := *d.Subject
			at.Filename = name(at.Filename)
			d.Subject = &at
		}
	}
}

func (r *run) warnf(summary, format string, args ...any) {
	r.problem(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary, Detail: fmt.Sprintf(format, args...)}})
}

func (r *run) errorf(summary, format string, args ...any) {
	r.problem(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...)}})
}
