// Command compare runs the benchmarks here and on another commit, and fails where one of them allocates a tenth more than there, or
// the program takes a tenth more instructions. These are the same on every machine, busy or not; time is not, and is not looked at.
//
//	go run ./scripts/compare -base origin/main
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// measured are the packages whose benchmarks stand for a figure of docs/performance.md, with those that are short enough.
var measured = []struct{ dir, benchmarks string }{
	{"./pkg/access", "Ordinary|Six|RootOnly|Evaluate|Audiences|Series"},
	{"./pkg/extract", "."},
	{"./pkg/tfplan", "Read"},
	{"./pkg/tfhcl", "."},
	{"./pkg/scan", "Plan/(1|10)MB|Who|Can|Modules|Roots|Fix"},
}

// room is how much more than the base a benchmark may allocate; little is what it may allocate more in any case.
const (
	room   = 0.10
	little = 64 << 10
)

func main() {
	base := flag.String("base", "origin/main", "the commit to compare with")
	flag.Parse()
	if err := run(*base, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(base string, out io.Writer) error {
	temp, err := os.MkdirTemp("", "keyproof-compare")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	other := filepath.Join(temp, "base")
	if said, err := exec.Command("git", "worktree", "add", "--detach", other, base).CombinedOutput(); err != nil {
		return fmt.Errorf("check out %s: %w: %s", base, err, said)
	}
	defer exec.Command("git", "worktree", "remove", "--force", other).Run()
	before, err := benchmarks(other)
	if err != nil {
		return err
	}
	after, err := benchmarks(".")
	if err != nil {
		return err
	}
	worse := compare(out, before, after)
	slower, err := instructions(out, other, temp)
	if err != nil {
		return err
	}
	if worse = append(worse, slower...); len(worse) > 0 {
		return fmt.Errorf("these take more than a tenth more than on %s: %s", base, strings.Join(worse, ", "))
	}
	return nil
}

// cost is what one run of a benchmark allocates.
type cost struct{ bytes, allocations int64 }

// benchmarks runs the benchmarks below a directory that is the root of the module. A package that is not there has none.
func benchmarks(dir string) (map[string]cost, error) {
	all := map[string]cost{}
	for _, m := range measured {
		if _, err := os.Stat(filepath.Join(dir, m.dir)); err != nil {
			continue
		}
		cmd := exec.Command("go", "test", m.dir, "-run", "^$", "-bench", m.benchmarks, "-benchtime", "3x", "-benchmem", "-timeout", "20m")
		cmd.Dir = dir
		var errs bytes.Buffer
		cmd.Stderr = &errs
		text, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("%s in %s: %w: %s%s", m.dir, dir, err, text, errs.String())
		}
		maps.Copy(all, parse(m.dir, text))
	}
	return all, nil
}

// parse reads what go test -benchmem prints.
func parse(dir string, text []byte) map[string]cost {
	line := regexp.MustCompile(`^(Benchmark\S+?)(?:-\d+)?\s+\d+\s.*?(\d+) B/op\s+(\d+) allocs/op`)
	out := map[string]cost{}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		if m := line.FindStringSubmatch(s.Text()); m != nil {
			b, _ := strconv.ParseInt(m[2], 10, 64)
			n, _ := strconv.ParseInt(m[3], 10, 64)
			out[dir+" "+m[1]] = cost{b, n}
		}
	}
	return out
}

// compare writes a table and returns the benchmarks that allocate too much more. New ones have nothing to be compared with.
func compare(out io.Writer, before, after map[string]cost) []string {
	var worse []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		b, known := before[name]
		a := after[name]
		if !known {
			fmt.Fprintf(out, "%-70s %12d B %9d allocations, new\n", name, a.bytes, a.allocations)
			continue
		}
		fmt.Fprintf(out, "%-70s %12d B %+6.1f %%  %9d allocations %+6.1f %%\n", name, a.bytes, more(b.bytes, a.bytes), a.allocations, more(b.allocations, a.allocations))
		if a.bytes > b.bytes+little && float64(a.bytes) > float64(b.bytes)*(1+room) || a.allocations > b.allocations+1000 && float64(a.allocations) > float64(b.allocations)*(1+room) {
			worse = append(worse, name)
		}
	}
	return worse
}

func more(before, after int64) float64 {
	if before == 0 {
		return 0
	}
	return 100 * (float64(after)/float64(before) - 1)
}
