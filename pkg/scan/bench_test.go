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

// BenchmarkPlan judges made-up plans of growing size, one resource in twenty a key, one in ten a role or a policy.
// docs/performance.md holds its figures: go test ./pkg/scan -run '^$' -bench Plan -benchtime 3x
func BenchmarkPlan(b *testing.B) {
	for _, mb := range []int64{1, 10, 100} {
		b.Run(fmt.Sprintf("%dMB", mb), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "plan.json")
			f, err := os.Create(path)
			if err != nil {
				b.Fatal(err)
			}
			w := bufio.NewWriter(f)
			wanted, err := tfplantest.Write(w, tfplantest.Resources(mb<<20))
			if err != nil {
				b.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				b.Fatal(err)
			}
			info, err := f.Stat()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(info.Size())
			for b.Loop() {
				r, err := scan.Run(context.Background(), scan.Options{Paths: []string{path}})
				if err != nil || len(r.Report.Policies) != wanted {
					b.Fatalf("%d of %d policies were judged: %v", len(r.Report.Policies), wanted, err)
				}
			}
		})
	}
}
