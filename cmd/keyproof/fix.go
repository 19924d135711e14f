package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

func fixCommand() *cli.Command {
	return &cli.Command{
		Name:      "fix",
		Usage:     "edits of the sources that end findings, each proved; --write makes them",
		ArgsUsage: "[PATH ...]",
		Description: "PATH is what check takes. Without --write the edits are shown as a unified diff, which git apply and patch -p1 take; what is\n" +
			"left says why. Each edit is proved before it is offered: keyproof runs again on the edited sources, the finding is gone, no other\n" +
			"is new, and no verdict is wider.\n\n" +
			"Exit codes: 0 nothing is left to fix, 1 some findings are left, 2 wrong usage, or input that could not be read, analysed or written.\n\n" +
			"Example: keyproof fix . | git apply",
		Flags:  fixFlags(),
		Action: runFix,
	}
}

func fixFlags() []cli.Flag {
	others := []string{"fail-on", "new-only", "write-baseline", "access", "category"}
	return append(slices.DeleteFunc(checkFlags(), func(f cli.Flag) bool { return slices.Contains(others, f.Names()[0]) }),
		&cli.BoolFlag{Name: "write", Usage: "write the edits into the sources: all of them, or none", EnvVars: variable("write")},
		&cli.StringFlag{Name: "rule", Usage: "mend only the findings of one `RULE`", EnvVars: variable("rule")},
		&cli.StringFlag{Name: "address", Usage: "mend only the findings about one `ADDRESS`, or inside of that module", EnvVars: variable("address")},
		&cli.StringFlag{Name: "policy", Usage: "print the mended policy JSON of one `ADDRESS`, for aws kms put-key-policy", EnvVars: variable("policy")},
		&cli.BoolFlag{Name: "interactive", Usage: "show one finding after the other, and ask", EnvVars: variable("interactive")},
	)
}

func runFix(c *cli.Context) error {
	if f := c.String("format"); f != "text" && f != "json" {
		return fmt.Errorf("--format: fix writes text or json, not %q", f)
	}
	opts, outputs, look, err := asked(c, report.Formats(), c.Args().Slice())
	if err != nil {
		return err
	}
	for _, other := range []string{"write", "interactive", "rule", "address"} {
		if c.String("policy") != "" && c.IsSet(other) {
			return fmt.Errorf("--policy prints one policy and edits nothing: leave out --%s", other)
		}
	}
	what := scan.FixOptions{Rule: c.String("rule"), Address: c.String("address"), Each: c.String("format") == "json" || len(outputs) > 0}
	if c.String("policy") != "" {
		return printPolicy(c, opts, look)
	}
	tuneMemory(&opts)
	stop := func() {}
	if c.Bool("interactive") {
		if what.Choose, err = asking(c, look); err != nil {
			return err
		}
	} else {
		stop = progress(c.App.ErrWriter)
	}
	fixed, err := scan.Fix(c.Context, opts, what)
	stop()
	if err != nil {
		return err
	}
	if err := tell(c, fixed.Result.Report, look); err != nil {
		return err
	}
	if err := writeReports(c, outputs, fixed.Result.Report, look); err != nil {
		return err
	}
	switch {
	case c.String("format") == "json":
		if err := report.Write(c.App.Writer, "json", fixed.Result.Report, look); err != nil {
			return err
		}
	case !c.Bool("write") && !c.Bool("interactive"):
		if err := printDiff(c.App.Writer, fixed); err != nil {
			return err
		}
	}
	if c.Bool("write") || c.Bool("interactive") {
		if err := writeFiles(c.Context, fixed.Files); err != nil {
			return err
		}
	}
	if !c.Bool("quiet") {
		width := 0
		if terminal(c.App.ErrWriter) != nil {
			width = look.Width
		}
		summary(c.App.ErrWriter, width, fixed, what, c.Bool("write") || c.Bool("interactive"))
	}
	switch {
	case fixed.Result.Incomplete || fixed.Result.Diagnostics.HasErrors():
		return exit(scan.ExitProblem)
	case len(fixed.Left) > 0:
		return exit(scan.ExitFindings)
	}
	return nil
}

// printDiff writes the edits as a diff from the current directory, or from the repository's root where a file lies
// elsewhere in it. What cannot be seen is written as escapes, with which such a patch does not apply: a person reads it.
func printDiff(w io.Writer, fixed *scan.Fixed) error {
	for _, f := range fixed.Files {
		for line := range strings.Lines(f.Diff()) {
			text, end := strings.TrimSuffix(line, "\n"), ""
			if strings.HasSuffix(text, "\r") { // of files that end their lines so
				text, end = text[:len(text)-1], "\r"
			}
			if _, err := io.WriteString(w, visible(text)+end+line[len(text)+len(end):]); err != nil {
				return err
			}
		}
	}
	return nil
}

// printPolicy writes the mended policy of one resource.
func printPolicy(c *cli.Context, opts scan.Options, look report.Options) error {
	address := c.String("policy")
	p, err := scan.FixPolicy(c.Context, opts, address)
	if err != nil {
		return err
	}
	if err := tell(c, p.Result.Report, look); err != nil {
		return err
	}
	if p.Result.Incomplete || p.Result.Diagnostics.HasErrors() {
		return exit(scan.ExitProblem)
	}
	if _, err := io.WriteString(c.App.Writer, p.Text); err != nil {
		return err
	}
	w := c.App.ErrWriter
	for _, t := range p.Taken {
		fmt.Fprintln(w, oneLine(t.Fix.Title))
		for _, lost := range t.Fix.Proof.TakesAway {
			fmt.Fprintf(w, "  This takes away: %s.\n", oneLine(lost))
		}
	}
	for _, name := range p.Placeholders {
		fmt.Fprintf(w, "Put the real value in place of %s.\n", oneLine(name))
	}
	for _, l := range p.Left {
		fmt.Fprintf(w, "Left: %s: %s\n", oneLine(l.Finding.Rule), oneLine(l.Why))
	}
	if p.Text == "" && len(p.Left) == 0 {
		fmt.Fprintf(w, "Nothing is to fix in the policy of %s.\n", oneLine(address))
	}
	if len(p.Left)+len(p.Placeholders) > 0 {
		return exit(scan.ExitFindings)
	}
	return nil
}

// writeFiles puts the edits into the sources: all of them, or none.
func writeFiles(ctx context.Context, files []scan.EditedFile) error {
	var errs []error
	for _, f := range files {
		if err := f.Unchanged(); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return fmt.Errorf("nothing was written: %w", errors.Join(errs...))
	}
	return scan.WriteFiles(ctx, files)
}

// summary says what was mended and what is left.
func summary(w io.Writer, width int, fixed *scan.Fixed, what scan.FixOptions, written bool) {
	say := func(format string, args ...any) {
		for _, line := range report.Wrap(fmt.Sprintf(format, args...), width) {
			fmt.Fprintln(w, line)
		}
	}
	about := joinedBy(" ", prefixed("of the rule ", what.Rule), prefixed("about ", what.Address))
	var names []string
	for _, f := range fixed.Files {
		names = append(names, oneLine(f.Name))
	}
	verb := "Would end"
	if written {
		verb = "Ended"
	}
	if len(names) > 0 {
		say("%s %s with edits of %s:", verb, count(fixed.Mended, "finding"), strings.Join(names, ", "))
	}
	for _, t := range fixed.Taken {
		say("  %s: %s", oneLine(t.Finding.Address), oneLine(t.Fix.Title))
		for _, lost := range t.Fix.Proof.TakesAway {
			say("    This takes away: %s.", oneLine(lost))
		}
	}
	if len(fixed.Left) == 0 {
		switch {
		case fixed.Result.Incomplete || fixed.Result.Diagnostics.HasErrors():
			say("Nothing is left to fix of what could be read; not everything was.")
		case fixed.Wanted == 0 && about != "":
			say("Nothing is to fix: no finding is %s.", oneLine(about))
		default:
			say("Nothing is left to fix.")
		}
		return
	}
	say("%s left:", count(len(fixed.Left), "finding is", "findings are"))
	for _, l := range fixed.Left {
		say("  %s, %s: %s", oneLine(l.Finding.Address), l.Finding.Rule, oneLine(l.Why))
	}
}

// prefixed is a text behind another one, "" where it is empty.
func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func count(n int, words ...string) string {
	if n == 1 {
		return "1 " + words[0]
	}
	if len(words) > 1 {
		return fmt.Sprintf("%d %s", n, words[1])
	}
	return fmt.Sprintf("%d %ss", n, words[0])
}
