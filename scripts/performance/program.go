//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// often is how many runs short commands have; the best counts.
const often = 25

// program measures short runs of the program, from start to exit.
func (c *config) program() (part, error) {
	names, err := tfplantest.WriteRoots(filepath.Join(c.dir, "roots"), 200, 20)
	if err != nil {
		return part{}, err
	}
	for i, n := range names {
		names[i] = filepath.Join(c.dir, "roots", n)
	}
	// The directory is a repository, as the one that a hook runs in.
	if err := os.Mkdir(filepath.Join(c.dir, "roots", ".git"), 0o755); err != nil {
		return part{}, err
	}
	root, err := os.Getwd()
	if err != nil {
		return part{}, err
	}
	at := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	var b strings.Builder
	b.WriteString("| what | best | memory |\n|---|---|---|\n")
	for _, m := range []struct {
		what string
		runs int
		args []string
	}{
		{"`version`", often, []string{"version"}},
		{"`check` of an ordinary plan without findings, access changes included", often, []string{"check", "--source", "none", at("fixtures/plans/safe/plan.json")}},
		{"the same with its sources", often, []string{"check", at("fixtures/plans/safe/plan.json")}},
		{"`check` of the example with its sources: two findings, a proved fix", often, []string{"check", at("fixtures/example/plan.json")}},
		{"`check` of 17 policies with their sources: 18 findings, a fix looked for each", often, []string{"check", at("fixtures/plans/mistakes/plan.json")}},
		{"`check` of a module's sources", often, []string{"check", at("fixtures/sources/kms-module")}},
		{"`check` over the names of 4,000 files in 200 directories, as a hook runs it", c.runs, append([]string{"check"}, names...)},
	} {
		var took cost
		for range m.runs {
			if err := took.measure(c.keyproof, m.args...); err != nil {
				return part{}, err
			}
		}
		fmt.Fprintf(&b, "| %s | %d ms | %d MB |\n", m.what, took.time.Milliseconds(), took.memory>>20)
	}
	return part{text: b.String()}, nil
}

// numbers reads a list of numbers.
func numbers(flag, list string) ([]int, error) {
	var out []int
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			return nil, fmt.Errorf("-%s: %q is not a number", flag, s)
		}
		out = append(out, n)
	}
	return out, nil
}

// sources measures check on sources alone.
func (c *config) sources() (part, error) {
	list, err := numbers("instances", c.instances)
	if err != nil {
		return part{}, err
	}
	return c.growing("module instances", "resources", list, 5, "check", func(n int) (string, error) {
		dir := filepath.Join(c.dir, "modules"+strconv.Itoa(n))
		return dir, tfplantest.WriteModules(dir, n)
	}, "performance-sources.svg")
}

// who measures the map of who can use which key.
func (c *config) who() (part, error) {
	list, err := numbers("keys", c.keys)
	if err != nil {
		return part{}, err
	}
	return c.growing("keys", "resources", list, 3, "who", func(n int) (string, error) {
		path := filepath.Join(c.dir, "who"+strconv.Itoa(n)+".json")
		f, err := os.Create(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		return path, tfplantest.WriteAccess(f, n)
	}, "performance-who.svg")
}

// growing measures a command on inputs of growing size; each of the n has so many resources.
func (c *config) growing(what, each string, sizes []int, resources int, command string, input func(int) (string, error), file string) (part, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s | `%s` | memory |\n|---|---|---|---|\n", what, each, command)
	l := line{name: "keyproof " + command, color: "#1d4ed8"}
	for _, n := range sizes {
		path, err := input(n)
		if err != nil {
			return part{}, err
		}
		var took cost
		runs := c.runs
		if n > 1000 {
			runs = 1
		}
		for range runs {
			if err := took.measure(c.keyproof, command, path); err != nil {
				return part{}, err
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", thousands(n), thousands(n*resources), took)
		fmt.Fprintf(os.Stderr, "%s %d: %s\n", command, n, took)
		l.points = append(l.points, [2]float64{float64(n), took.time.Seconds()})
	}
	return part{text: b.String(), plots: map[string]string{file: draw("Seconds from start to exit", "by the number of "+what, []line{l})}}, nil
}
