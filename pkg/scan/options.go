package scan

import (
	"io"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/finding"
)

// Value is a value of a variable of the root module, or a file with values.
type Value struct {
	// Name and Text are the variable and its value, as -var has them.
	Name, Text string
	// File is a file of values, as -var-file has it; "" where there is none.
	File string
}

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
	// Recursive judges all sources below the directories among the Paths, but for modules that others of them call and that are
	// not applied by themselves.
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
	// Values are values of variables as Terraform's -var and -var-file take them; later ones win.
	Values []Value
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

// The exit codes.
const (
	ExitClean    = 0
	ExitFindings = 1
	ExitProblem  = 2
)

// SourceDirs are the directories and files of Sources.
func (o *Options) SourceDirs() []string {
	var out []string
	for _, s := range o.Sources {
		if _, dir, _ := cutSource(s); dir != noSources {
			out = append(out, dir)
		}
	}
	return out
}

func sourceFile(path string) bool {
	path = strings.TrimSuffix(path, ".json")
	return strings.HasSuffix(path, ".tf") || strings.HasSuffix(path, ".tofu") || strings.HasSuffix(path, ".tfvars")
}

func valuesFile(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(path, ".json"), ".tfvars")
}

// sourceFiles are the names of the source files in a directory. The run that judges it says what cannot be read.
func sourceFiles(dir string) []string {
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !e.IsDir() && sourceFile(e.Name()) && !valuesFile(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

func holdsSources(dir string) bool { return len(sourceFiles(dir)) > 0 }

// cutSource takes PLAN=DIR apart. A path that exists is no such thing.
func cutSource(s string) (plan, dir string, ok bool) {
	if _, err := os.Lstat(s); err == nil {
		return "", s, false
	}
	if plan, dir, ok = strings.Cut(s, "="); !ok {
		return "", s, false
	}
	return plan, dir, true
}

// noSources is the name of no sources at all.
const noSources = "none"
