package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// canFormats are the formats of an answer.
var canFormats = []string{"text", "json"}

func canCommand() *cli.Command {
	return &cli.Command{
		Name:      "can",
		Usage:     "one question about the plan: yes, no or unknown, and why",
		ArgsUsage: "PRINCIPAL ACTION KEY [PATH ...]",
		Description: "PRINCIPAL is an address (aws_iam_role.app), an ARN, an account, a service or stranger; KEY an address, alias, id or ARN.\n" +
			"The answer is yes where some request of the principal is allowed, no where none is, unknown where a value that is not\n" +
			"known before apply decides.\n\n" +
			"Exit codes: 0 yes, 1 no, 2 unknown, wrong usage or input that could not be read.\n\n" +
			"Example: keyproof can aws_iam_role.intern kms:Decrypt alias/payroll plan.json",
		Flags: append(readingFlags(canFormats),
			&cli.StringSliceFlag{Name: "context", Usage: "a condition key of the request, as `KEY=VALUE`; repeatable", EnvVars: variable("context")},
			&cli.BoolFlag{Name: "before", Usage: "ask about what was there before apply", EnvVars: variable("before")},
		),
		Action: runCan,
	}
}

func runCan(c *cli.Context) error {
	args := c.Args().Slice()
	if len(args) < 3 {
		return fmt.Errorf("can takes PRINCIPAL ACTION KEY [PATH ...], such as: keyproof can aws_iam_role.app kms:Decrypt aws_kms_key.main plan.json")
	}
	for i, what := range []string{"PRINCIPAL", "ACTION", "KEY"} {
		if args[i] == "" {
			return fmt.Errorf("can: %s is empty; is a variable of the shell not set?", what)
		}
	}
	q := who.Question{Principal: args[0], Action: args[1], Key: args[2], Before: c.Bool("before"), Context: map[string]string{}}
	for _, pair := range c.StringSlice("context") {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return fmt.Errorf("--context: %q is not KEY=VALUE", pair)
		}
		q.Context[key] = value
	}
	opts, outputs, look, err := asked(c, canFormats, args[3:])
	if err != nil {
		return err
	}
	opts.Access, opts.FailOn = scan.AccessAll, "never"
	result, err := judged(c, opts, look)
	if err != nil {
		return err
	}
	if err := noDocuments(result.Report); err != nil {
		return err
	}
	if result.Map == nil || len(result.Map.Keys) == 0 && result.ExitCode() == scan.ExitProblem {
		return exit(scan.ExitProblem)
	}
	a, err := result.Map.Can(c.Context, q)
	if err != nil {
		return err
	}
	for _, o := range outputs {
		var b bytes.Buffer
		if err := answerAs(o.format)(&b, q, a); err != nil {
			return err
		}
		if err := file.Replace(c.Context, o.file, b.Bytes()); err != nil {
			return fmt.Errorf("write the answer to %s: %w", o.file, err)
		}
	}
	if err := answerAs(c.String("format"))(c.App.Writer, q, a); err != nil {
		return err
	}
	switch {
	case a.Answer == who.Unknown || result.ExitCode() == scan.ExitProblem:
		return exit(scan.ExitProblem)
	case a.Answer == who.No:
		return exit(scan.ExitFindings)
	}
	return nil
}

func answerAs(format string) func(io.Writer, who.Question, who.Answer) error {
	if format == "json" {
		return writeAnswerJSON
	}
	return writeAnswer
}

// writeAnswer tells the answer in words.
func writeAnswer(w io.Writer, q who.Question, a who.Answer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s %s %s\n", a.Answer, q.Principal, map[string]string{who.Yes: "can call", who.No: "cannot call", who.Unknown: "may be able to call"}[a.Answer],
		q.Action, "on "+q.Key)
	if len(a.DependsOn) > 0 {
		fmt.Fprintf(&b, "  It depends on %s.\n", strings.Join(a.DependsOn, ", "))
	}
	var ways []string
	for _, r := range a.Rows {
		if way := report.AccessWords(&r); !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	b.WriteString(strings.Join(ways, "  or\n"))
	for _, r := range a.Reasons {
		fmt.Fprintf(&b, "  %s%s\n", r.Message, at(r.Location))
	}
	_, err := io.WriteString(w, visible(b.String()))
	return err
}

func at(l *finding.Location) string {
	if l == nil {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", l.File, l.Start.Line)
}

// answerJSON is the answer for programs.
type answerJSON struct {
	FormatVersion string           `json:"format_version"`
	Principal     string           `json:"principal"`
	Action        string           `json:"action"`
	Key           string           `json:"key"`
	Answer        string           `json:"answer"`
	Access        []finding.Access `json:"access"`
	Reasons       []who.Reason     `json:"reasons"`
	DependsOn     []string         `json:"depends_on,omitempty"`
}

func writeAnswerJSON(w io.Writer, q who.Question, a who.Answer) error {
	out := answerJSON{FormatVersion: finding.FormatVersion, Principal: q.Principal, Action: q.Action, Key: q.Key, Answer: a.Answer,
		Access: a.Rows, Reasons: a.Reasons, DependsOn: a.DependsOn}
	if out.Access == nil {
		out.Access = []finding.Access{}
	}
	if out.Reasons == nil {
		out.Reasons = []who.Reason{}
	}
	return report.WriteJSON(w, out)
}
