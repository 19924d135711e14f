//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// row is one plan with what was measured on it; a zero cost is one that was not measured.
type row struct {
	bytes                    int64
	resources, policies      int
	varied                   bool
	alone, lean, sources, jq cost
}

// check measures check on plans of growing size.
func (c *config) check() (part, error) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		fmt.Fprintln(os.Stderr, "jq is not installed: there is nothing to compare with")
	}
	sizes, err := numbers("sizes", c.sizes)
	if err != nil {
		return part{}, err
	}
	var rows []row
	for _, varied := range []bool{false, true} {
		for _, mb := range sizes {
			r, err := c.row(filepath.Join(c.dir, "plan"), int64(mb), varied, jq)
			if err != nil {
				return part{}, err
			}
			rows = append(rows, r)
			fmt.Fprint(os.Stderr, r.line())
		}
	}
	m := part{text: table(rows), plots: map[string]string{
		"performance-time.svg":   plot("Seconds from start to exit", rows, func(c cost) float64 { return c.time.Seconds() }),
		"performance-memory.svg": plot("Megabytes of memory", rows, func(c cost) float64 { return float64(c.memory) / (1 << 20) }),
	}}
	if svg := tools(rows); svg != "" {
		m.plots["performance-tools.svg"] = svg
	}
	return m, nil
}

// row makes a plan with its sources and runs the commands on it, one after the other, so that all see the same machine.
func (c *config) row(dir string, mb int64, varied bool, jq string) (row, error) {
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
	if mb > 200 {
		runs = min(runs, 2)
	}
	for range runs {
		if err := r.alone.measure(c.keyproof, "check", path, "--source", "none", "--format", "github"); err != nil {
			return r, err
		}
		if err := r.lean.measure(c.keyproof, "check", path, "--access", "none", "--source", "none", "--format", "github"); err != nil {
			return r, err
		}
		if err := r.sources.measure(c.keyproof, "check", path, "--source", dir, "--access", "none", "--format", "github"); err != nil {
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

func table(rows []row) string {
	var b strings.Builder
	b.WriteString("| plan | resources | policies | `check` | memory | with `--access none` | memory | `--access none --source` | memory | `jq -c .` | memory | `check` by jq | `--access none` by jq |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
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
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", name, thousands(r.resources), thousands(r.policies),
		r.alone, r.lean, r.sources, r.jq, r.alone.of(r.jq)+" | "+r.lean.of(r.jq))
}
