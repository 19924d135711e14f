package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

func mergeCommand() *cli.Command {
	flags := append(flagsNamed("format", "report", "category", "color", "quiet"), &cli.StringFlag{Name: "fail-on", EnvVars: variable("fail-on"),
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
	if err := writeReports(c, outputs, r, look); err != nil {
		return err
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
	case len(r.Gate.Counted) > 0 && !r.HasErrors():
		return exit(scan.ExitFindings)
	}
	return exit(scan.ExitProblem)
}
