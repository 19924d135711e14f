//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// figures are what is measured in process, each by a benchmark.
var figures = []struct{ what, dir, benchmark, metric, often string }{
	{"verdict of an ordinary key policy of five statements", "./pkg/access", "BenchmarkOrdinary", "ns/op", "2000x"},
	{"the same with six statements", "./pkg/access", "BenchmarkSix", "ns/op", "2000x"},
	{"verdict of a labelled policy, the median", "./pkg/access", "BenchmarkCorpus/labelled", "µs-median", "20x"},
	{"verdict of a labelled policy, the 99th percentile", "./pkg/access", "BenchmarkCorpus/labelled", "µs-p99", "20x"},
	{"all audiences of an ordinary key policy", "./pkg/access", "BenchmarkAudiences/ordinary", "ns/op", "2000x"},
	{"one answer of `can`, once a plan of 100 keys and 100 roles is read", "./pkg/scan", "BenchmarkCan", "ns/op", "200x"},
	{"a fix of the example's finding, reading and proof included", "./pkg/scan", "BenchmarkFix", "ns/op", "10x"},
	{"reading a plan of 10 MB", "./pkg/tfplan", "BenchmarkRead/10MB", "ns/op", "10x"},
	{"who may use which of 1,000 keys, with 1,000 roles", "./pkg/scan", "BenchmarkWho", "ns/op", "3x"},
	{"sources of 1,000 module instances, 5,000 resources", "./pkg/scan", "BenchmarkModules", "ns/op", "3x"},
	{"200 roots of 20 files each", "./pkg/scan", "BenchmarkRoots", "ns/op", "3x"},
}

// engine runs the benchmarks of the figures.
func (c *config) engine() (part, error) {
	var b strings.Builder
	b.WriteString("| what | time | benchmark |\n|---|---|---|\n")
	for _, f := range figures {
		got, err := benchmark(f.dir, f.benchmark, f.often)
		if err != nil {
			return part{}, err
		}
		if len(got) == 0 {
			return part{}, fmt.Errorf("there is no %s in %s", f.benchmark, f.dir)
		}
		v, ok := got[0].metrics[f.metric]
		if !ok {
			return part{}, fmt.Errorf("%s in %s has no %s", f.benchmark, f.dir, f.metric)
		}
		if f.metric != "ns/op" {
			v *= 1000
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` in %s |\n", f.what, short(time.Duration(v)), strings.TrimPrefix(f.benchmark, "Benchmark"), strings.TrimPrefix(f.dir, "./"))
	}
	return part{text: b.String()}, nil
}

// short writes a duration with three digits at most.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// result is one line of go test -bench.
type result struct {
	name    string
	metrics map[string]float64
}

// benchmark runs one benchmark and those below it. Three runs, of which each metric's best counts.
func benchmark(dir, name, often string) ([]result, error) {
	var pattern []string
	for p := range strings.SplitSeq(name, "/") {
		pattern = append(pattern, "^"+p+"$")
	}
	cmd := exec.Command("go", "test", dir, "-run", "^$", "-bench", strings.Join(pattern, "/"), "-benchtime", often, "-count", "3", "-timeout", "8m")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w: %s%s", name, dir, err, text, errs.String())
	}
	return parse(text), nil
}

// parse reads what go test -bench prints; of several runs of one benchmark the least of each metric.
func parse(text []byte) []result {
	line := regexp.MustCompile(`^(Benchmark\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	var out []result
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		m := line.FindStringSubmatch(s.Text())
		if m == nil {
			continue
		}
		metrics := map[string]float64{}
		for fields := strings.Fields(m[2]); len(fields) > 1; fields = fields[2:] {
			if v, err := strconv.ParseFloat(fields[0], 64); err == nil {
				metrics[fields[1]] = v
			}
		}
		if n := len(out); n > 0 && out[n-1].name == m[1] {
			for k, v := range metrics {
				out[n-1].metrics[k] = min(out[n-1].metrics[k], v)
			}
			continue
		}
		out = append(out, result{m[1], metrics})
	}
	return out
}

// published are the seconds that AWS's own analyzer took for policies of so many statements of two conditions each; where they are
// from, the page says.
var published = [][2]float64{{1, 11}, {11, 769}}

// statements measures policies of n statements of two conditions each: their verdict and all audiences, from the text on.
func (c *config) statements() (part, error) {
	got, err := benchmark("./pkg/access", "BenchmarkSeries", "20x")
	if err != nil {
		return part{}, err
	}
	var b strings.Builder
	b.WriteString("| statements | verdict and audiences | AWS's analyzer, published |\n|---|---|---|\n")
	ours := line{name: "keyproof", color: "#1d4ed8"}
	for _, r := range got {
		_, text, ok := strings.Cut(r.name, "statements=")
		n, err := strconv.Atoi(text)
		if !ok || err != nil {
			continue
		}
		took, theirs := time.Duration(r.metrics["ns/op"]), "–"
		for _, p := range published {
			if int(p[0]) == n {
				theirs = fmt.Sprintf("%.0f s", p[1])
			}
		}
		fmt.Fprintf(&b, "| %d | %s | %s |\n", n, short(took), theirs)
		ours.points = append(ours.points, [2]float64{float64(n), took.Seconds()})
	}
	if len(ours.points) == 0 {
		return part{}, fmt.Errorf("the benchmark Series measured nothing")
	}
	aws := line{name: "AWS's analyzer", color: "#b45309", points: published}
	return part{text: b.String(), plots: map[string]string{"performance-statements.svg": draw("Seconds", "by the number of statements", []line{aws, ours})}}, nil
}
