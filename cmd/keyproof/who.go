package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

func whoCommand() *cli.Command {
	return &cli.Command{
		Name:      "who",
		Usage:     "who can use which key after the plan, and what the plan changes",
		ArgsUsage: "[PATH ...]",
		Description: "PATH is as for keyproof check. For each key the table says who may do what with it: strangers, accounts, roles,\n" +
			"users and services, by key policies, identity policies, grants and roles together, and under which conditions.\n\n" +
			"Exit codes: 0, or 2 for wrong usage or input that could not be read or analysed.\n\n" +
			"Example: keyproof who --key alias/ledger --class data plan.json",
		Flags: append(readingFlags(report.AccessFormats()),
			choice("key", "only keys of this address, alias, id or ARN, * for any text; repeatable"),
			choice("principal", "only callers of this address, ARN, account or kind, * for any text; repeatable"),
			choice("action", "only this action, * for any text; repeatable"),
			choice("class", "only actions of this class: data, control, use, metadata; repeatable"),
			&cli.BoolFlag{Name: "changes", Usage: "only what the plan changes", EnvVars: variable("changes")},
			&cli.StringFlag{Name: "against", Usage: "compare with `FILE`, a state or an earlier JSON report of who, in place of the plan's before", EnvVars: variable("against")},
		),
		Action: runWho,
	}
}

func choice(name, usage string) cli.Flag {
	return &cli.StringSliceFlag{Name: name, Usage: usage, EnvVars: variable(name)}
}

// reading are the flags of check that say what is read, and how it is shown.
var reading = []string{"source", "account", "organization", "now", "config", "var", "var-file", "kind", "limit", "color", "quiet", "root", "untrusted", "recursive"}

// readingFlags are those flags for a command with formats of its own.
func readingFlags(formats []string) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "format", Value: "text", Usage: "`FORMAT` of the output: " + strings.Join(formats, ", "), EnvVars: variable("format")},
		&cli.StringSliceFlag{Name: "report", Usage: "also write a report to a file, as `FORMAT=FILE`; repeatable", EnvVars: variable("report")},
	}, flagsNamed(reading...)...)
}

// actionClasses are those of actions, as reports spell them.
var actionClasses = []string{"data", "control", "use", "metadata"}

func runWho(c *cli.Context) error {
	opts, outputs, look, err := asked(c, report.AccessFormats(), c.Args().Slice(), c.String("against"))
	if err != nil {
		return err
	}
	for _, class := range c.StringSlice("class") {
		if !slices.Contains(actionClasses, class) {
			return fmt.Errorf("--class: %q is not one of data, control, use, metadata", class)
		}
	}
	opts.Access, opts.FailOn = scan.AccessAll, "never"
	result, err := judged(c, opts, look)
	if err != nil {
		return err
	}
	if err := noDocuments(result.Report); err != nil {
		return err
	}
	filter := who.Filter{Keys: c.StringSlice("key"), Principals: c.StringSlice("principal"), Actions: c.StringSlice("action"), Classes: c.StringSlice("class"), Changes: c.Bool("changes")}
	if result.Map != nil {
		if len(result.Map.Keys) == 0 && result.ExitCode() == scan.ExitProblem && c.String("format") == "text" {
			return exit(scan.ExitProblem) // nothing was read, which is told; that nobody has access would be something else
		}
		if err := filter.Names(result.Map); err != nil {
			return err
		}
		if path := c.String("against"); path != "" {
			then, err := earlier(c.Context, path, opts)
			if err != nil {
				return fmt.Errorf("--against: %w", err)
			}
			result.Map.Rows = who.Against(result.Map.Rows, then)
		}
		result.Report.Access = filter.Of(result.Map)
		if len(result.Report.Access) < len(result.Map.Rows) {
			result.Report.AccessShown = "some"
			if len(filter.Keys)+len(filter.Principals)+len(filter.Actions)+len(filter.Classes) == 0 {
				result.Report.AccessShown = scan.AccessChanges
			}
		}
		if len(filter.Keys) > 0 && len(result.Map.Matching(filter.Keys)) == 0 {
			return fmt.Errorf("--key: no key is called %s. %s", strings.Join(filter.Keys, ", "), knownKeys(result.Map))
		}
	}
	if result.Report.Access == nil {
		result.Report.Access = []finding.Access{}
	}
	for _, o := range outputs {
		var b bytes.Buffer
		if err := report.WriteAccess(&b, o.format, result.Report, report.Options{Quiet: look.Quiet}); err != nil {
			return err
		}
		if err := file.Replace(c.Context, o.file, b.Bytes()); err != nil {
			return fmt.Errorf("write the %s report to %s: %w", o.format, o.file, err)
		}
	}
	if err := report.WriteAccess(c.App.Writer, c.String("format"), result.Report, look); err != nil {
		return err
	}
	if code := result.ExitCode(); code == scan.ExitProblem {
		return exit(code)
	}
	return nil
}

// noDocuments refuses policy documents: they are of no key, and to say that nobody can use one would be something else.
func noDocuments(r *finding.Report) error {
	for _, in := range r.Inputs {
		if in.Kind == "policy" {
			return fmt.Errorf("%s is a policy document, which is of no key and no role. Whom it lets in is what keyproof check --kind key|trust|identity says", visible(in.Path))
		}
	}
	return nil
}

// knownKeys names some of the keys that there are.
func knownKeys(m *who.Map) string {
	var names []string
	for _, k := range m.Keys {
		names = append(names, k.Address)
	}
	switch {
	case len(names) == 0:
		return "There are no keys in the input"
	case len(names) > 5:
		return fmt.Sprintf("Some of the %d keys are %s", len(names), strings.Join(names[:5], ", "))
	}
	return "The keys are " + strings.Join(names, ", ")
}
