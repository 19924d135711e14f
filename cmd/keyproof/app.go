package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// The exit codes of an interruption, as shells count them.
const (
	exitInterrupted = 128 + int(syscall.SIGINT)
	exitTerminated  = 128 + int(syscall.SIGTERM)
)

// exit is an error that only carries an exit code: everything has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// streams are the process's standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of writing, which is told
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	done := make(chan int, 1)
	var files file.Guard
	go func() { done <- execute(files.In(ctx), args, streams{stdin, stdout, stderr}) }()
	select {
	case code := <-done:
		return code
	case s := <-signals:
		// The work ends within a step of it, and takes what it was writing away. What does not end is left behind.
		stop(errInterrupted)
		select {
		case <-done:
		case <-signals:
		case <-time.After(grace):
			written := make(chan struct{})
			go func() { files.Close(); close(written) }()
			select {
			case <-written:
			case <-signals:
			case <-time.After(graceOfFiles):
			}
		}
		if s == syscall.SIGTERM {
			return exitTerminated
		}
		return exitInterrupted
	}
}

// grace is how long an interrupted program may take to clean up; graceOfFiles how long a file that is being written may take
// to be whole or gone, which is at once but on a machine that is very busy.
const (
	grace        = 80 * time.Millisecond
	graceOfFiles = 2 * time.Second
)

var errInterrupted = errors.New("interrupted")

func execute(ctx context.Context, args []string, s streams) int {
	out := &watched{w: s.out}
	s.out = out
	app := newApp(s)
	app.Metadata = map[string]any{metaArgs: args}
	err := disguised(args)
	if err == nil {
		err = emptyValue(app, habitual(args))
	}
	if err == nil {
		err = app.RunContext(ctx, reorder(app, habitual(args)))
	}
	if err == nil && out.err != nil {
		err = out.err // the library that writes the help does not look
	}
	var code exit
	switch {
	case err == nil:
		return scan.ExitClean
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(s.err, "keyproof: %s\n", strings.Join(report.VisibleLines(err.Error()), "\n"))
	return scan.ExitProblem
}

// watched remembers the first error of writing.
type watched struct {
	w   io.Writer
	err error
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// terminal is the file behind a writer if it is a terminal, nil otherwise.
func terminal(w io.Writer) *os.File {
	if o, ok := w.(*watched); ok {
		w = o.w
	}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f
	}
	return nil
}

// usageText is one line for each command.
func usageText(commands []*cli.Command) string {
	var lines []string
	for _, c := range commands {
		line := "keyproof " + c.Name
		if len(c.Flags) > 0 {
			line += " [flags]"
		}
		lines = append(lines, strings.TrimSpace(line+" "+c.ArgsUsage))
	}
	return strings.Join(lines, "\n")
}

func newApp(s streams) *cli.App {
	commands := []*cli.Command{
		checkCommand(),
		whoCommand(),
		canCommand(),
		fixCommand(),
		mergeCommand(),
		rulesCommand(),
		evaluateCommand(),
		commentCommand(),
		initCommand(),
		completionCommand(),
		versionCommand(),
	}
	app := &cli.App{
		Name:                      "keyproof",
		Usage:                     "who can use our KMS keys after this Terraform plan?",
		UsageText:                 usageText(commands),
		Description:               "keyproof reads a Terraform plan (terraform show -json) or Terraform sources, and says for every policy\nthat decides access to a KMS key who is let in, with a request as evidence.",
		HideVersion:               true,
		HideHelpCommand:           true,
		Reader:                    s.in,
		Writer:                    s.out,
		ErrWriter:                 s.err,
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              usage,
		CommandNotFound:           func(c *cli.Context, name string) {},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				var names []string
				for _, command := range c.App.Commands {
					names = append(names, command.Name)
				}
				return fmt.Errorf("there is no command %q%s The commands are %s", c.Args().First(), meant(c.Args().First(), names), strings.Join(names, ", "))
			}
			return cli.ShowAppHelp(c)
		},
		Commands: commands,
	}
	for _, c := range app.Commands {
		c.OnUsageError = usage
		c.HideHelpCommand = true // check help is about the path of that name
	}
	return app
}

// disguised refuses a flag that is the name of a file, too. Hooks and scripts pass the names of a pull request's files as they
// are, and one that is called --config=x.hcl must not choose the configuration.
func disguised(args []string) error {
	for _, a := range args[min(len(args), 2):] {
		if a == "--" {
			return nil
		}
		if _, err := os.Lstat(a); err == nil && len(a) > 1 && a[0] == '-' {
			return fmt.Errorf("%q looks like a flag, and a file here has that name. For the file write ./%s, or -- in front of all files; for the flag, rename the file", a, a)
		}
	}
	return nil
}

// reorder puts the flags of a command before its arguments, wherever they stand: the library stops at the first argument.
// What follows -- is an argument.
func reorder(app *cli.App, args []string) []string {
	if len(args) < 2 {
		return args
	}
	flags := flagsOfCommand(app, args[1])
	var first, rest []string
	for i := 2; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if a == "-" || !strings.HasPrefix(a, "-") {
			rest = append(rest, a)
			continue
		}
		if a == "--help" || a == "-h" || a == "-help" {
			return []string{args[0], args[1], "--help"} // the library would look for help about the arguments
		}
		first = append(first, a)
		if !strings.Contains(a, "=") && takesValue(flags, strings.TrimLeft(a, "-")) && i+1 < len(args) {
			i++
			first = append(first, args[i])
		}
	}
	out := append([]string{args[0], args[1]}, first...)
	if len(rest) > 0 {
		out = append(append(out, "--"), rest...)
	}
	return out
}

func flagsOfCommand(app *cli.App, command string) []cli.Flag {
	if c := app.Command(command); c != nil {
		return c.Flags
	}
	return nil
}

// emptyValue refuses a flag whose value is empty: a variable of the shell that is not set must not change what is judged. An
// empty variable of the environment is as good as none.
func emptyValue(app *cli.App, args []string) error {
	if len(args) < 2 {
		return nil
	}
	flags := flagsOfCommand(app, args[1])
	for i := 2; i < len(args) && args[i] != "--"; i++ {
		name, value, joined := strings.Cut(args[i], "=")
		if bare := strings.TrimLeft(name, "-"); bare == name || !takesValue(flags, bare) {
			continue
		} else if !joined {
			if i++; i == len(args) {
				return nil // the library says so
			}
			value = args[i]
		}
		if value == "" {
			return fmt.Errorf("the value of --%s is empty. Leave the flag out where there is none", strings.TrimLeft(name, "-"))
		}
	}
	return nil
}

func takesValue(flags []cli.Flag, name string) bool {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			d, ok := f.(cli.DocGenerationFlag)
			return ok && d.TakesValue()
		}
	}
	return false
}

// oneLine is a text of the input, or of a server, as one visible line: a second one could be a command to the runner that keeps
// the log.
func oneLine(s string) string { return report.Visible(strings.ReplaceAll(s, "\n", " ")) }

// visible writes what cannot be seen, or changes how other text is, as escapes, and leaves line breaks and tabs alone.
func visible(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		parts := strings.Split(l, "\t")
		for k := range parts {
			parts[k] = report.Visible(parts[k])
		}
		lines[i] = strings.Join(parts, "\t")
	}
	return strings.Join(lines, "\n")
}
