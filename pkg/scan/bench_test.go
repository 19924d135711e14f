package scan_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/scan"
	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// BenchmarkPlan judges made-up plans of growing size: with policies that repeat, with policies that all differ, and each
// of them with its sources.
//
//	go test ./pkg/scan -run '^$' -bench Plan -benchtime 3x
func BenchmarkPlan(b *testing.B) {
	for _, mb := range []int64{1, 10, 100} {
		for _, varied := range []bool{false, true} {
			plan := tfplantest.Plan{Resources: tfplantest.Resources(mb << 20), Varied: varied}
			b.Run(fmt.Sprintf("%dMB/varied=%t", mb, varied), func(b *testing.B) {
				path, wanted := made(b, plan)
				b.Run("alone", func(b *testing.B) { judge(b, scan.Options{Paths: []string{path}}, wanted) })
				b.Run("sources", func(b *testing.B) {
					judge(b, scan.Options{Paths: []string{path}, Sources: []string{filepath.Dir(path)}}, wanted)
				})
			})
		}
	}
}

// made writes the plan with its sources beside it.
func made(b testing.TB, plan tfplantest.Plan) (path string, wanted int) {
	b.Helper()
	dir := b.TempDir()
	path = filepath.Join(dir, "plan.json")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	if wanted, err = plan.Write(w); err != nil {
		b.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	if err := plan.WriteSources(dir); err != nil {
		b.Fatal(err)
	}
	return path, wanted
}

func judge(b *testing.B, opts scan.Options, wanted int) {
	info, err := os.Stat(opts.Paths[0])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		r, err := scan.Run(context.Background(), opts)
		if err != nil || len(r.Report.Policies) != wanted || len(r.Report.Diagnostics) > 0 {
			b.Fatalf("%d of %d policies were judged: %v %v", len(r.Report.Policies), wanted, err, r.Report.Diagnostics)
		}
	}
}
