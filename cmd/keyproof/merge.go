package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// maxReport bounds a report that is read.
const maxReport = 256 << 20

func mergeCommand() *cli.Command {
	var flags []cli.Flag
	for _, f := range checkFlags() {
		switch f.Names()[0] {
		case "format", "report", "category", "color", "quiet":
			flags = append(flags, f)
		}
	}
	flags = append(flags, &cli.StringFlag{Name: "fail-on", EnvVars: variable("fail-on"),
		Usage: "the least `SEVERITY` that fails the gate: critical, high, medium, low, never (default: the strictest of the reports)"})
	return &cli.Command{
		Name:      "merge",
		Usage:     "make one report and one gate of several JSON reports",
		ArgsUsage: "REPORT.json ...",
		Description: "REPORT.json is what keyproof check --report json=REPORT.json wrote, one for each job.\n\n" +
			"Exit codes: 0 the gate passes, 1 findings fail it, 2 wrong usage, or a report says that something was not analysed.\n\n" +
			"Example: keyproof merge --format markdown reports/*.json > comment.md",
		Flags:  flags,
		Action: runMerge,
	}
}

func runMerge(c *cli.Context) error {
	if !c.Args().Present() {
		return errors.New("merge needs JSON reports, such as keyproof check --report json=FILE writes them")
	}
	failOn := c.String("fail-on")
	if _, err := finding.ParseSeverity(failOn); failOn != "" && failOn != finding.Never && err != nil {
		return fmt.Errorf("--fail-on: %q is not a severity: it is one of critical, high, medium, low, never", failOn)
	}
	outputs, err := reports(c, report.Formats())
	if err != nil {
		return err
	}
	look, err := appearance(c)
	if err != nil {
		return err
	}
	var all []*finding.Report
	for _, path := range c.Args().Slice() {
		r, err := readReport(path)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	r := finding.Merge(all, failOn)
	r.Tool = finding.Tool{Name: "keyproof", Version: version()}
	if err := described(r); err != nil {
		return err
	}
	for _, o := range outputs {
		if err := report.WriteFile(c.Context, o.file, o.format, r, report.Options{Quiet: look.Quiet, CodeScanning: look.CodeScanning, Category: look.Category}); err != nil {
			return err
		}
	}
	if err := report.WriteDiagnostics(c.App.ErrWriter, r, report.Options{}); err != nil {
		return err
	}
	if err := report.Write(c.App.Writer, c.String("format"), r, look); err != nil {
		return err
	}
	switch {
	case r.Gate.Passed:
		return nil
	case len(r.Gate.Counted) > 0 && !hasErrors(r):
		return exit(scan.ExitFindings)
	}
	return exit(scan.ExitProblem)
}

func hasErrors(r *finding.Report) bool {
	for _, d := range r.Diagnostics {
		if d.Severity == "error" {
			return true
		}
	}
	return false
}

// readReport reads a JSON report of this program. A report that does not tell how its gate decided is an error: nobody
// would know whether it was whole.
func readReport(path string) (*finding.Report, error) {
	if path == "-" {
		return nil, errors.New("merge reads files: give the paths of the reports")
	}
	data, err := file.Read(path, maxReport)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: did the job that should write it fail?", path)
	}
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s is empty: did the job that should write it fail?", path)
	}
	var r finding.Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("%s is not a JSON report of keyproof: %w", path, err)
	}
	if !strings.HasPrefix(r.FormatVersion, "1.") || r.Tool.Name == "" || r.Gate.FailOn == "" {
		return nil, fmt.Errorf("%s is not a JSON report of keyproof of version 1.1 or a later 1.x: make it with keyproof check --report json=FILE", path)
	}
	for _, list := range [][]int{inputsOf(r.Policies, func(p finding.Policy) int { return p.Input }), inputsOf(r.Findings, func(f finding.Finding) int { return f.Input }),
		inputsOf(r.Access, func(a finding.Access) int { return a.Input }), inputsOf(r.NotJudged, func(n finding.NotJudged) int { return n.Input }), inputsOf(r.Gate.Sources, func(s finding.Source) int { return s.Input })} {
		for _, i := range list {
			if i < 0 || i >= len(r.Inputs) {
				return nil, fmt.Errorf("%s is damaged: it speaks of input %d of %d", path, i, len(r.Inputs))
			}
		}
	}
	return &r, nil
}

func inputsOf[T any](list []T, input func(T) int) []int {
	var out []int
	for _, v := range list {
		out = append(out, input(v))
	}
	return out
}
