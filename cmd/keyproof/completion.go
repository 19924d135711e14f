package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the completion for a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: "Load it in this shell with one of\n" +
			"    source <(keyproof completion bash)\n    source <(keyproof completion zsh)\n    keyproof completion fish | source\n" +
			"or write it to where your shell looks for completions.",
		Action: func(c *cli.Context) error {
			shell := c.Args().First()
			write, ok := map[string]func(writeLine, []*cli.Command){"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[shell]
			if !ok || c.NArg() != 1 {
				return fmt.Errorf("completion takes one of bash, zsh, fish%s", meant(shell, []string{"bash", "zsh", "fish"}))
			}
			var b strings.Builder
			write(func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }, c.App.Commands)
			_, err := io.WriteString(c.App.Writer, b.String())
			return err
		},
	}
}

// writeLine writes one line of a script, or some.
type writeLine func(format string, args ...any)

// offer is what may follow a flag: words, files, directories, or what cannot be offered.
type offer struct {
	words []string
	// prefix says that more follows right after a word.
	prefix bool
	files  bool
	dirs   bool
}

var (
	placeholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("`([^`]*)`") })
	// listed finds the words of a help text: "colour the text: auto, always, never".
	listedWords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`: ([a-z-]+(?:, [a-z-]+)+)`) })
)

// offered derives what may follow a flag from its help.
func offered(f cli.Flag) offer {
	d, ok := f.(cli.DocGenerationFlag)
	if !ok || !d.TakesValue() {
		return offer{}
	}
	switch f.Names()[0] {
	case "report":
		return offer{words: with(report.Formats(), "="), prefix: true}
	case "limit":
		var names []string
		for _, l := range scan.Limits() {
			names = append(names, l.Name)
		}
		return offer{words: with(names, "="), prefix: true}
	case "source":
		return offer{files: true}
	}
	if m := listedWords().FindStringSubmatch(d.GetUsage()); m != nil {
		return offer{words: strings.Split(m[1], ", ")}
	}
	if m := placeholder().FindStringSubmatch(d.GetUsage()); m != nil {
		return offer{files: strings.HasSuffix(m[1], "FILE"), dirs: strings.HasSuffix(m[1], "DIR")}
	}
	return offer{}
}

func with(words []string, end string) []string {
	var out []string
	for _, w := range words {
		out = append(out, w+end)
	}
	return out
}

// arguments are the words that a command takes as its argument, and whether it takes files.
func arguments(c *cli.Command) (words []string, files bool) {
	switch {
	case c.ArgsUsage == "bash|zsh|fish":
		return strings.Split(c.ArgsUsage, "|"), false
	case strings.Contains(c.ArgsUsage, "PATH"), strings.Contains(c.ArgsUsage, "REPORT"):
		return nil, true
	}
	return nil, false
}

// oneSentence is a help text short enough for a menu, without the marks of its placeholder.
func oneSentence(usage string) string {
	usage, _, _ = strings.Cut(usage, " (")
	usage, _, _ = strings.Cut(usage, "; ")
	usage, _, _ = strings.Cut(usage, ": ")
	usage, _, _ = strings.Cut(usage, ". ")
	return strings.NewReplacer("`", "", "'", "’").Replace(usage)
}

func usageOf(f cli.Flag) string {
	if d, ok := f.(cli.DocGenerationFlag); ok {
		return oneSentence(d.GetUsage())
	}
	return ""
}

// repeatable says whether a flag may be given more than once.
func repeatable(f cli.Flag) bool {
	_, ok := f.(*cli.StringSliceFlag)
	return ok
}
