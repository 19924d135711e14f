//go:build unix

// Command performance measures keyproof on made-up plans of growing size, beside jq -c on the same files in the same
// minute, and writes the table and the plots of docs/performance.md.
//
//	go run ./scripts/performance          # print the table
//	go run ./scripts/performance -write   # and put it into docs/performance.md, the plots beside it
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

func main() {
	var c config
	flag.StringVar(&c.sizes, "sizes", "1,4,16,64,126,256,1024", "sizes of the plans in MB")
	flag.IntVar(&c.runs, "runs", 5, "runs of each command; the best one counts")
	flag.Int64Var(&c.jqUpTo, "jq-up-to", 256, "the largest plan, in MB, that jq is run on: it needs seven times as much memory")
	flag.BoolVar(&c.write, "write", false, "write docs/performance.md and docs/performance-*.svg")
	flag.Parse()
	if err := c.run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

type config struct {
	sizes  string
	runs   int
	jqUpTo int64
	write  bool
}

// row is one plan with what was measured on it; a zero cost is one that was not measured.
type row struct {
	bytes               int64
	resources, policies int
	varied              bool
	alone, sources, jq  cost
}

// cost is what one command took.
type cost struct {
	time   time.Duration
	memory int64 // the most that was resident, in bytes
}

func (c *config) run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "keyproof-performance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	keyproof := filepath.Join(dir, "keyproof")
	if built, err := exec.Command("go", "build", "-o", keyproof, "./cmd/keyproof").CombinedOutput(); err != nil {
		return fmt.Errorf("build keyproof from the root of the repository: %w: %s", err, built)
	}
	jq, err := exec.LookPath("jq")
	if err != nil {
		fmt.Fprintln(os.Stderr, "jq is not installed: there is nothing to compare with")
	}
	var rows []row
	for _, varied := range []bool{false, true} {
		for s := range strings.SplitSeq(c.sizes, ",") {
			mb, err := strconv.ParseInt(s, 10, 64)
			if err != nil || mb <= 0 {
				return fmt.Errorf("-sizes: %q is not a number of megabytes", s)
			}
			r, err := c.row(filepath.Join(dir, "plan"), mb, varied, keyproof, jq)
			if err != nil {
				return err
			}
			rows = append(rows, r)
			fmt.Fprint(os.Stderr, r.line())
		}
	}
	text := table(rows)
	if _, err := io.WriteString(out, text); err != nil || !c.write {
		return err
	}
	return write(text, rows)
}

// row makes a plan with its sources and runs the commands on it, one after the other, so that all see the same machine.
func (c *config) row(dir string, mb int64, varied bool, keyproof, jq string) (row, error) {
	plan := tfplantest.Plan{Resources: tfplantest.Resources(mb << 20), Varied: varied}
	r := row{resources: plan.Resources, varied: varied}
	path := filepath.Join(dir, "plan.json")
	defer os.RemoveAll(dir)
	if err := plan.WriteSources(dir); err != nil {
		return r, err
	}
	var err error
	if r.policies, r.bytes, err = writePlan(plan, path); err != nil {
		return r, err
	}
	runs := c.runs
	if mb > 256 {
		runs = min(runs, 2)
	}
	for range runs {
		if err := r.alone.measure(keyproof, "check", path, "--access", "none", "--source", "none", "--format", "json"); err != nil {
			return r, err
		}
		if err := r.sources.measure(keyproof, "check", path, "--access", "none", "--source", dir, "--format", "json"); err != nil {
			return r, err
		}
		if jq != "" && mb <= c.jqUpTo {
			if err := r.jq.measure(jq, "-c", ".", path); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

func writePlan(plan tfplantest.Plan, path string) (policies int, size int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if policies, err = plan.Write(w); err != nil {
		return 0, 0, err
	}
	if err := w.Flush(); err != nil {
		return 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	return policies, info.Size(), nil
}

// measure runs a command, and keeps the cost if it is the best so far. Findings, exit code 1, are no failure.
func (c *cost) measure(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = os.TempDir()
	var errs strings.Builder
	cmd.Stderr = &errs
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, errs.String())
	}
	if c.time == 0 || took < c.time {
		c.time = took
	}
	if memory := resident(cmd.ProcessState); c.memory == 0 || memory < c.memory {
		c.memory = memory
	}
	return nil
}

// resident is the most memory that a process had, in bytes: macOS counts it so, others in KB.
func resident(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss << 10
}

func table(rows []row) string {
	var b strings.Builder
	b.WriteString("| plan | resources | policies | keyproof | memory | with `--source` | memory | `jq -c .` | memory | ratio | with `--source` |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		b.WriteString(r.line())
	}
	return b.String()
}

func (r *row) line() string {
	name := fmt.Sprintf("%d MB", r.bytes/1_000_000)
	if r.varied {
		name += ", all different"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |\n", name, thousands(r.resources), thousands(r.policies),
		r.alone, r.sources, r.jq, r.alone.of(r.jq)+" | "+r.sources.of(r.jq))
}

func (c cost) String() string {
	if c.time == 0 {
		return "– | –"
	}
	return fmt.Sprintf("%.2f s | %d MB", c.time.Seconds(), c.memory>>20)
}

// of is the ratio of the times.
func (c cost) of(other cost) string {
	if other.time == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", c.time.Seconds()/other.time.Seconds())
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

const begin, end = "<!-- measured: go run ./scripts/performance -write -->\n", "<!-- end of what is measured -->\n"

// write puts the table into the page, and the plots beside it.
func write(text string, rows []row) error {
	const page = "docs/performance.md"
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s does not hold the lines %q and %q", page, begin, end)
	}
	if err := os.WriteFile(page, []byte(head+begin+"\n"+text+"\n"+end+tail), 0o644); err != nil {
		return err
	}
	seconds := func(c cost) float64 { return c.time.Seconds() }
	megabytes := func(c cost) float64 { return float64(c.memory) / (1 << 20) }
	if err := os.WriteFile("docs/performance-time.svg", []byte(plot("Seconds from start to exit", rows, seconds)), 0o644); err != nil {
		return err
	}
	return os.WriteFile("docs/performance-memory.svg", []byte(plot("Megabytes of memory", rows, megabytes)), 0o644)
}
