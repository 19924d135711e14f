//go:build unix

// Command performance measures keyproof on made-up inputs of growing size, beside other tools, and writes the tables and the plots
// of docs/performance.md.
//
//	go run ./scripts/performance                      # print the tables
//	go run ./scripts/performance -write               # and put them into docs/performance.md, the plots beside it
//	go run ./scripts/performance -parts who,sources   # some of them alone
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	var c config
	flag.StringVar(&c.parts, "parts", "program,engine,statements,check,sources,who", "what to measure")
	flag.StringVar(&c.sizes, "sizes", "1,4,16,64,126", "sizes of the plans in MB")
	flag.StringVar(&c.instances, "instances", "10,100,1000", "module instances of the sources, of five resources each")
	flag.StringVar(&c.keys, "keys", "10,100,1000", "keys of the plans, and roles, that who maps")
	flag.IntVar(&c.runs, "runs", 3, "runs of each command; the best one counts")
	flag.Int64Var(&c.jqUpTo, "jq-up-to", 256, "the largest plan, in MB, that jq is run on: it needs seven times as much memory")
	flag.BoolVar(&c.write, "write", false, "write docs/performance.md and docs/performance-*.svg")
	flag.Parse()
	if err := c.run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

type config struct {
	parts, sizes, instances, keys string
	runs                          int
	jqUpTo                        int64
	write                         bool

	dir, keyproof string // where inputs are made, and the program that is measured
}

// part is what was measured of one thing: a table, and plots by the names of their files.
type part struct {
	text  string
	plots map[string]string
}

func (c *config) run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "keyproof-performance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c.dir, c.keyproof = dir, filepath.Join(dir, "keyproof")
	if built, err := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", c.keyproof, "./cmd/keyproof").CombinedOutput(); err != nil {
		return fmt.Errorf("build keyproof from the root of the repository: %w: %s", err, built)
	}
	parts := []struct {
		name    string
		measure func() (part, error)
	}{{"program", c.program}, {"engine", c.engine}, {"statements", c.statements}, {"check", c.check}, {"sources", c.sources}, {"who", c.who}}
	asked := strings.Split(c.parts, ",")
	for _, p := range parts {
		if !slices.Contains(asked, p.name) {
			continue
		}
		asked = slices.DeleteFunc(asked, func(name string) bool { return name == p.name })
		m, err := p.measure()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if _, err := fmt.Fprintf(out, "%s\n%s\n", p.name, m.text); err != nil {
			return err
		}
		if c.write {
			if err := write(p.name, m); err != nil {
				return err
			}
		}
	}
	if len(asked) > 0 {
		return fmt.Errorf("-parts: there is no %s", strings.Join(asked, ", "))
	}
	return nil
}

// write puts the table into its place on the page, and the plots beside it.
func write(name string, m part) error {
	const page = "docs/performance.md"
	begin, end := "<!-- measured: "+name+" -->\n", "<!-- end of "+name+" -->\n"
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s does not hold the lines %q and %q", page, begin, end)
	}
	if err := os.WriteFile(page, []byte(head+begin+"\n"+m.text+"\n"+end+tail), 0o644); err != nil {
		return err
	}
	for file, svg := range m.plots {
		if err := os.WriteFile(filepath.Join("docs", file), []byte(svg), 0o644); err != nil {
			return err
		}
	}
	return nil
}
