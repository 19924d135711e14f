package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
)

// asking shows one finding after the other with its fixes, and asks which to take.
func asking(c *cli.Context, look report.Options) (func(*finding.Finding, []finding.Fix) (int, error), error) {
	if terminal(c.App.Writer) == nil || !isTerminal(c.App.Reader) {
		return nil, errors.New("--interactive needs a terminal: use --write, or --rule and --address to choose")
	}
	in := bufio.NewReader(c.App.Reader)
	w := c.App.Writer
	stopped := false
	return func(f *finding.Finding, fixes []finding.Fix) (int, error) {
		if stopped {
			return -1, nil
		}
		paint := painter(look.Color)
		fmt.Fprintf(w, "\n%s %s\n  %s\n", paint("1;38;5;196", capitalized(f.Severity.String())+":"), paint("1", visible(f.Address)+", "+f.Rule), visible(f.Message))
		n := 0
		for {
			showFix(w, fixes[n], n, len(fixes), paint)
			fmt.Fprint(w, choices(len(fixes)))
			answer, err := in.ReadString('\n')
			if err != nil && answer == "" {
				if err == io.EOF {
					stopped = true
					return -1, nil
				}
				return -1, err
			}
			switch strings.ToLower(strings.TrimSpace(answer)) {
			case "a", "apply", "y", "yes":
				return n, nil
			case "s", "skip", "n", "no":
				return -1, nil
			case "o", "other":
				n = (n + 1) % len(fixes)
			case "q", "quit":
				stopped = true
				return -1, nil
			default:
				fmt.Fprintln(w, "  a applies it, s skips the finding, o shows another fix, q stops; what was applied before is written.")
			}
		}
	}, nil
}

func choices(fixes int) string {
	if fixes > 1 {
		return "Apply, skip, other fix, quit? [a/s/o/q] "
	}
	return "Apply, skip, quit? [a/s/q] "
}

func showFix(w io.Writer, x finding.Fix, n, of int, paint func(code, s string) string) {
	fmt.Fprintf(w, "\n  %s %s\n", paint("1", fmt.Sprintf("Fix %d of %d:", n+1, of)), visible(x.Title))
	if x.Proof.Keeps != "" {
		fmt.Fprintf(w, "  %s\n", visible(x.Proof.Keeps))
	}
	for _, t := range x.Proof.TakesAway {
		fmt.Fprintf(w, "  Takes away: %s\n", visible(t))
	}
	fmt.Fprintln(w)
	if x.Diff == "" {
		fmt.Fprintln(w, "  The sources do not tell where to edit: this fix cannot be applied here.")
	}
	for _, line := range strings.Split(strings.TrimSuffix(x.Diff, "\n"), "\n") {
		line = visible(strings.ReplaceAll(line, "\t", "    "))
		switch {
		case strings.HasPrefix(line, "+"):
			line = paint("38;5;64", line)
		case strings.HasPrefix(line, "-"):
			line = paint("38;5;196", line)
		case strings.HasPrefix(line, "@@"):
			line = paint("38;5;244", line)
		}
		fmt.Fprintln(w, "  "+line)
	}
}

// isTerminal says whether what is read comes from a terminal.
func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func painter(color bool) func(code, s string) string {
	return func(code, s string) string {
		if !color {
			return s
		}
		return "\x1b[" + code + "m" + s + "\x1b[0m"
	}
}

func capitalized(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
