package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// few is how many instructions more are never too many.
const few = 2_000_000

// work is one run of the program whose instructions are counted.
type work struct {
	what string
	args []string
}

// instructions counts what the program executes, there and here, on inputs that are made once for both. Valgrind counts: the
// hardware's counters are not to be had on most virtual machines. Without a second thread and without collections two runs differ
// by less than a hundredth. It returns the works that take too much more.
func instructions(out io.Writer, other, temp string) ([]string, error) {
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		_, err = fmt.Fprintln(out, "valgrind is not installed: no instructions are counted")
		return nil, err
	}
	list, err := works(filepath.Join(temp, "inputs"))
	if err != nil {
		return nil, err
	}
	programs := [2]string{filepath.Join(temp, "before"), filepath.Join(temp, "after")}
	for i, dir := range []string{other, "."} {
		cmd := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", programs[i], "./cmd/keyproof")
		cmd.Dir = dir
		if said, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build keyproof in %s: %w: %s", dir, err, said)
		}
	}
	var worse []string
	for _, w := range list {
		after, err := w.count(valgrind, programs[1])
		if err != nil {
			return nil, err
		}
		before, err := w.count(valgrind, programs[0])
		if err != nil { // what is new here is nothing that the base can do
			fmt.Fprintf(out, "%-70s %14d instructions, new\n", w.what, after)
			continue
		}
		fmt.Fprintf(out, "%-70s %14d instructions %+6.1f %%\n", w.what, after, more(before, after))
		if after > before+few && float64(after) > float64(before)*(1+room) {
			worse = append(worse, w.what)
		}
	}
	return worse, nil
}

// works makes the inputs below a directory.
func works(dir string) ([]work, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	modules, roots, plan, keys := filepath.Join(dir, "modules"), filepath.Join(dir, "roots"), filepath.Join(dir, "plan.json"), filepath.Join(dir, "keys.json")
	if err := tfplantest.WriteModules(modules, 50); err != nil {
		return nil, err
	}
	// The directory is a repository, as the one that a hook runs in.
	if err := os.MkdirAll(filepath.Join(roots, ".git"), 0o755); err != nil {
		return nil, err
	}
	names, err := tfplantest.WriteRoots(roots, 10, 20)
	if err != nil {
		return nil, err
	}
	for i, n := range names {
		names[i] = filepath.Join(roots, n)
	}
	made := tfplantest.Plan{Resources: tfplantest.Resources(4 << 20), Varied: true}
	if err := create(plan, func(w io.Writer) error { _, err := made.Write(w); return err }); err != nil {
		return nil, err
	}
	if err := create(keys, func(w io.Writer) error { return tfplantest.WriteAccess(w, 100) }); err != nil {
		return nil, err
	}
	fixture := func(path string) string { return filepath.Join(here, "fixtures", filepath.FromSlash(path)) }
	return []work{
		{"version", []string{"version"}},
		{"check of an ordinary plan", []string{"check", "--source", "none", fixture("plans/safe/plan.json")}},
		{"check of the example, with its sources and a fix", []string{"check", fixture("example/plan.json")}},
		{"check of a plan of 4 MB, all different", []string{"check", "--source", "none", "--format", "github", plan}},
		{"check of 50 module instances", []string{"check", modules}},
		{"check of 200 files in 10 directories", append([]string{"check"}, names...)},
		{"who of 100 keys and 100 roles", []string{"who", "--source", "none", keys}},
	}, nil
}

func create(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// count runs a program on the work. Findings, exit code 1, are no failure.
func (w work) count(valgrind, program string) (int64, error) {
	cmd := exec.Command(valgrind, append([]string{"--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=" + os.DevNull, program}, w.args...)...)
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return 0, fmt.Errorf("%s: %w: %s", w.what, err, said.String())
	}
	n, err := refs(said.String())
	if err != nil {
		return 0, fmt.Errorf("%s: %w", w.what, err)
	}
	return n, nil
}

// refs reads the count from what valgrind says.
func refs(said string) (int64, error) {
	m := regexp.MustCompile(`I\s+refs:\s+([\d,]+)`).FindStringSubmatch(said)
	if m == nil {
		return 0, fmt.Errorf("valgrind counted nothing: %s", said)
	}
	return strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
}
