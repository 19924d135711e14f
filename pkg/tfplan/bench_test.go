package tfplan_test

import (
	"os"
	"testing"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

func BenchmarkX(b *testing.B) {
	for _, n := range []string{"/tmp/tfp/big.json", "/tmp/tfp/sorted.json"} {
		b.Run(n, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				f, _ := os.Open(n)
				p, d := tfplan.Read(f, tfplan.Options{})
				if d.HasErrors() || len(p.Resources) != 4500 {
					b.Fatal(d, len(p.Resources))
				}
				f.Close()
			}
		})
	}
}
