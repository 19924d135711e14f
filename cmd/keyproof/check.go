package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "judge plans and sources; the gate",
		ArgsUsage: "[PATH ...]",
		Description: "PATH is a plan or state JSON (terraform show -json), a directory of Terraform sources, a directory of plans,\n" +
			"a policy document (with --kind), or - for the standard input. Without one it is the current directory.\n\n" +
			"Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or input that could not be read or analysed.\n\n" +
			"Example: terraform plan -out=tfplan && terraform show -json tfplan | keyproof check -",
		Flags:  checkFlags(),
		Action: runCheck,
	}
}

func checkFlags() []cli.Flag {
	text := func(name, value, usage string) *cli.StringFlag {
		return &cli.StringFlag{Name: name, Value: value, Usage: usage, EnvVars: variable(name)}
	}
	list := func(name, usage string) *cli.StringSliceFlag {
		return &cli.StringSliceFlag{Name: name, Usage: usage, EnvVars: variable(name)}
	}
	yes := func(name, usage string) *cli.BoolFlag {
		return &cli.BoolFlag{Name: name, Usage: usage, EnvVars: variable(name)}
	}
	return []cli.Flag{
		text("format", "text", formatUsage()),
		list("report", "write another report, as `FORMAT=FILE`; repeatable"),
		list("source", "sources of the plan: a directory, or the binary plan `FILE`; PLAN=DIR for one of several plans, none for the plan alone; repeatable"),
		text("fail-on", "", "the least `SEVERITY` that fails the gate: critical, high, medium, low, never (default: high)"),
		text("root", "", "read and edit files of the sources only below `DIR` (default: the repository, else the directory of the sources)"),
		yes("recursive", "judge all sources below the directories, but for modules that others of them call"),
		yes("new-only", "fail only on what this plan adds or widens"),
		text("account", "", "the own account `ID`"),
		text("organization", "", "the own organization `ID`"),
		text("now", "", "the `TIME` of the decision, such as 2026-11-23T00:00:00Z, for policies with dates"),
		text("config", "", "configuration `FILE` (default: .keyproof.hcl, searched upwards to the repository's root)"),
		text("rules", "", "`DIR` with own rules"),
		text("baseline", "", "`FILE` with findings that are accepted"),
		text("write-baseline", "", "write the present findings to `FILE`"),
		yes("untrusted", "judge as if the author wanted the gate to be green: believe nothing that lies beside the input, and assume nothing"),
		text("access", "changes", "how much of who may use which key the reports hold: `changes`, all, none"),
		yes("no-suppressions", "judge without comments, exceptions and baseline"),
		list("var", "value of a variable, as `NAME=VALUE`; repeatable"),
		list("var-file", "`FILE` with values of variables; repeatable"),
		list("limit", "another limit on what input may cost, as `NAME=VALUE`, such as memory=4GB; repeatable. "+limitNames()),
		text("category", "", "the first part, `NAME`, of a SARIF run's id NAME/INPUT/, for jobs whose uploads must not replace each other"),
		text("kind", "", "what a policy document governs, its `KIND`: key, trust, identity"),
		text("color", "auto", "`WHEN` to colour the text: auto, always, never"),
		yes("quiet", "print findings only"),
	}
}

// flagsNamed are the flags of check with some names.
func flagsNamed(names ...string) []cli.Flag {
	return slices.DeleteFunc(checkFlags(), func(f cli.Flag) bool { return !slices.Contains(names, f.Names()[0]) })
}

func formatUsage() string { return "`FORMAT` of the output: " + strings.Join(report.Formats(), ", ") }

// variable is the environment variable of a flag.
func variable(flag string) []string {
	return []string{"KEYPROOF_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))}
}

// judged judges the inputs, and tells what is wrong with them.
func judged(c *cli.Context, opts scan.Options, look report.Options) (*scan.Result, error) {
	stop := progress(c.App.ErrWriter)
	result, err := scan.Run(c.Context, opts)
	stop()
	if err != nil {
		return nil, err
	}
	return result, tell(c, result.Report, look)
}

// tell writes the problems of the inputs to the standard error, in colour where that is a terminal, too.
func tell(c *cli.Context, r *finding.Report, look report.Options) error {
	look.Color = look.Color && terminal(c.App.ErrWriter) != nil
	return report.WriteDiagnostics(c.App.ErrWriter, r, look)
}

func runCheck(c *cli.Context) error {
	opts, outputs, look, err := asked(c, report.Formats(), c.Args().Slice())
	if err != nil {
		return err
	}
	opts.Access = c.String("access")
	opts.Fixes = fixesOf[c.String("format")]
	for _, o := range outputs {
		opts.Fixes = max(opts.Fixes, fixesOf[o.format])
	}
	tuneMemory(&opts)
	result, err := judged(c, opts, look)
	if err != nil {
		return err
	}
	if err := writeReports(c, outputs, result.Report, look); err != nil {
		return err
	}
	if c.Context.Err() != nil {
		return context.Cause(c.Context)
	}
	if err := report.Write(c.App.Writer, c.String("format"), result.Report, look); err != nil {
		return err
	}
	if code := result.ExitCode(); code != scan.ExitClean {
		return exit(code)
	}
	return nil
}

// fixesOf is how many fixes of a finding a format shows.
var fixesOf = map[string]int{"text": 1, "markdown": 1, "json": 1, "sarif": 1, "html": 3}

// asked is what a command that judges paths is asked for: how to judge them, what to write beside the output, none of it over what is
// read, and how that looks.
func asked(c *cli.Context, formats, paths []string, read ...string) (opts scan.Options, outputs []output, look report.Options, err error) {
	if opts, err = options(c, paths); err != nil {
		return opts, nil, look, err
	}
	if outputs, err = reports(c, formats); err != nil {
		return opts, nil, look, err
	}
	if err = targets(outputs, opts, read...); err == nil {
		look, err = appearance(c)
	}
	return opts, outputs, look, err
}

func options(c *cli.Context, paths []string) (scan.Options, error) {
	opts := scan.Options{
		Paths: paths, Stdin: c.App.Reader, Sources: c.StringSlice("source"), Untrusted: c.Bool("untrusted"), Kind: c.String("kind"), Account: c.String("account"),
		Organization: c.String("organization"), ConfigFile: c.String("config"), RulesDir: c.String("rules"), Root: c.String("root"), FailOn: c.String("fail-on"),
		NewOnly: c.Bool("new-only"), Recursive: c.Bool("recursive"), Baseline: c.String("baseline"), WriteBaseline: c.String("write-baseline"), NoSuppressions: c.Bool("no-suppressions"),
		Version: version(),
	}
	if now := c.String("now"); now != "" {
		t, err := time.Parse(time.RFC3339, now)
		if err != nil {
			if t, err = time.Parse(time.DateOnly, now); err != nil {
				return opts, fmt.Errorf("--now: %q is not a time such as 2026-11-23T00:00:00Z", now)
			}
		}
		opts.Now = t
	}
	opts.Origin = origins(c)
	var err error
	if opts.Values, err = values(c); err != nil {
		return opts, err
	}
	if opts.Limits, err = limits(c.StringSlice("limit")); err != nil {
		return opts, err
	}
	if slices.Contains(opts.Paths, "-") {
		awaits(c, "a plan as JSON")
	}
	return opts, nil
}

// output is one --report.
type output struct{ format, file string }

// reports checks every format before any work is done.
func reports(c *cli.Context, formats []string) ([]output, error) {
	known := func(flag, format string) error {
		if slices.Contains(formats, format) {
			return nil
		}
		return fmt.Errorf("--%s: %q is not a format: it is one of %s", flag, format, strings.Join(formats, ", "))
	}
	if err := known("format", c.String("format")); err != nil {
		return nil, err
	}
	var out []output
	for _, r := range c.StringSlice("report") {
		format, file, ok := strings.Cut(r, "=")
		if !ok || file == "" {
			return nil, fmt.Errorf("--report: %q is not FORMAT=FILE", r)
		}
		if err := known("report", format); err != nil {
			return nil, err
		}
		out = append(out, output{format, file})
	}
	return out, nil
}

// writeReports writes a report beside the output, without colours.
func writeReports(c *cli.Context, outputs []output, r *finding.Report, look report.Options) error {
	look.Color, look.Width = false, 0
	for _, o := range outputs {
		if c.Context.Err() != nil {
			return context.Cause(c.Context)
		}
		if err := report.WriteFile(c.Context, o.file, o.format, r, look); err != nil {
			return err
		}
	}
	return nil
}

// appearance is colour, width and quiet. Colour needs a terminal, and nobody who asked for none.
func appearance(c *cli.Context) (report.Options, error) {
	o := report.Options{Quiet: c.Bool("quiet"), Category: c.String("category"), CodeScanning: os.Getenv("GITHUB_ACTIONS") == "true"}
	screen := terminal(c.App.Writer)
	switch mode := c.String("color"); mode {
	case "auto", "": // rules has no flag for it
		o.Color = screen != nil && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	case "always":
		o.Color = true
	case "never":
	default:
		return o, fmt.Errorf("--color: %q is not one of auto, always, never", mode)
	}
	if screen != nil {
		if w, _, err := term.GetSize(int(screen.Fd())); err == nil {
			o.Width = w
		}
	}
	return o, nil
}

// progress shows that work goes on, on a terminal and only when it takes over a second.
func progress(w io.Writer) (stop func()) {
	if terminal(w) == nil {
		return func() {}
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		start, tick := time.Now(), time.NewTicker(time.Second)
		defer tick.Stop()
		shown := false
		for {
			select {
			case <-done:
				if shown {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-tick.C:
				shown = true
				fmt.Fprintf(w, "\r\x1b[Kreading and deciding … %d s", int(time.Since(start).Seconds()))
			}
		}
	}()
	return func() {
		close(done)
		<-gone
	}
}
