package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/keyproof/keyproof/pkg/scan"
	"github.com/keyproof/keyproof/pkg/spelling"
)

// meant ends a sentence about a word that is none of the names: with the one that was probably meant, where one is near.
func meant(word string, names []string) string {
	if near := spelling.Nearest(word, names); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return "."
}

// usage says what is wrong with the flags, without the whole help.
func usage(c *cli.Context, err error, _ bool) error {
	if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
		name = strings.TrimPrefix(name, "-")
		var names []string
		if c.Command != nil {
			for _, f := range c.Command.Flags {
				names = append(names, "--"+f.Names()[0])
			}
		}
		return fmt.Errorf("there is no flag --%s%s Run keyproof %s--help for the flags", name, meant("--"+name, names), commandOf(c))
	}
	return fmt.Errorf("%s. Run keyproof %s--help for the flags", plainly(err), commandOf(c))
}

// plainly says what the library says about a flag's value, as other messages of this program do.
func plainly(err error) string {
	text := err.Error()
	for _, m := range []struct{ pattern, says string }{
		{`^flag needs an argument: -+(.+)$`, "--$1 needs a value"},
		{`^could not parse "(.*)" as bool value from environment variable "([^"]+)" for flag .*$`, `$2: "$1" is neither true nor false`},
		{`^could not parse "(.*)" as int value from environment variable "([^"]+)" for flag .*$`, `$2: "$1" is not a number`},
		{`^invalid boolean value "(.*)" for -+([^:]+): .*$`, `--$2: "$1" is neither true nor false`},
		{`^invalid value "(.*)" for flag -+([^:]+): .*$`, `--$2: "$1" is not a number`},
	} {
		if p := regexp.MustCompile(m.pattern); p.MatchString(text) {
			return p.ReplaceAllString(text, m.says)
		}
	}
	return text
}

// habitual gives what people type out of habit its name here: help COMMAND, --version and -v.
func habitual(args []string) []string {
	if len(args) < 2 {
		return args
	}
	switch args[1] {
	case "help":
		return append(append([]string{args[0]}, args[2:]...), "--help")
	case "--version", "-v", "-version":
		return append([]string{args[0], "version"}, args[2:]...)
	}
	return args
}

// noArguments refuses what a command would pass over.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return fmt.Errorf("%s takes no arguments, and was given %q", c.Command.Name, c.Args().First())
	}
	return nil
}

// isTerminal says whether what is read comes from a terminal.
func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// awaits tells somebody who typed - on a terminal what the program waits for.
func awaits(c *cli.Context, what string) {
	if isTerminal(c.App.Reader) {
		fmt.Fprintf(c.App.ErrWriter, "Reading %s from this terminal; Ctrl-D ends it, Ctrl-C gives up.\n", what)
	}
}

func commandOf(c *cli.Context) string {
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "keyproof" {
		return c.Command.Name + " "
	}
	return ""
}

// origins says which flags have their values from the environment alone, and from which variable.
func origins(c *cli.Context) map[string]string {
	args, _ := c.App.Metadata[metaArgs].([]string)
	out := map[string]string{}
	for _, f := range c.Command.Flags {
		d, ok := f.(cli.DocGenerationFlag)
		name := "--" + f.Names()[0]
		given := slices.ContainsFunc(args, func(a string) bool {
			a, _, _ = strings.Cut(a, "=")
			return a == name || a == name[1:]
		})
		if !ok || given {
			continue
		}
		for _, v := range d.GetEnvVars() {
			if os.Getenv(v) != "" {
				out[name] = v
				break
			}
		}
	}
	return out
}

// values are those of --var and --var-file in the order of the command line, where the last one wins; the library keeps each flag
// for itself. What the environment gives comes first; an empty variable of it gives nothing.
func values(c *cli.Context) ([]scan.Value, error) {
	args, _ := c.App.Metadata[metaArgs].([]string)
	var texts []scan.Value
	for _, v := range given(c, "var") {
		name, text, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--var: %q is not NAME=VALUE", v)
		}
		texts = append(texts, scan.Value{Name: name, Text: text})
	}
	var files []scan.Value
	for _, f := range given(c, "var-file") {
		files = append(files, scan.Value{File: f})
	}
	var out []scan.Value
	for _, a := range slices.Backward(args) {
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		list := &texts
		if name == "var-file" {
			list = &files
		}
		if n := len(*list); n > 0 && strings.HasPrefix(a, "-") && (name == "var" || name == "var-file") {
			out, *list = append(out, (*list)[n-1]), (*list)[:n-1]
		}
	}
	slices.Reverse(out)
	return slices.Concat(files, texts, out), nil
}

// given are the values of a flag, without empty ones.
func given(c *cli.Context, name string) []string {
	return slices.DeleteFunc(slices.Clone(c.StringSlice(name)), func(v string) bool { return v == "" })
}

// metaArgs is where the command line is kept for origins.
const metaArgs = "args"
