package tfhcl

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/tf"
)

func TestDump(t *testing.T) {
	dir := os.Getenv("DUMP")
	if dir == "" {
		t.Skip()
	}
	start := time.Now()
	c, diags := Load(context.Background(), Options{Dir: dir, Want: func(m tf.Mode, ty string) bool {
		return m == tf.Managed && (strings.HasPrefix(ty, "aws_kms") || strings.HasPrefix(ty, "aws_iam"))
	}})
	for _, d := range diags {
		fmt.Println("DIAG", d)
	}
	p, diags := c.Plan(context.Background())
	el := time.Since(start)
	for _, d := range diags {
		fmt.Println("DIAG", d)
	}
	for _, r := range p.Resources {
		fmt.Println("==", r.Address, r.Provider, r.Source.Block, len(r.Source.Calls))
		var keys []string
		for k := range r.Source.Attrs {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			a := r.Source.Attrs[k]
			if len(a.Texts) == 0 {
				fmt.Println("  ", k, a.Range, "UNKNOWN", a.Unknown)
			}
			for _, x := range a.Texts {
				fmt.Printf("   %s %s %s %s %v\n", k, a.Range, x.S, x.Assuming, x.Holes)
				if i := strings.Index(x.S, `"*"`); i >= 0 {
					for j := i; j >= 0; {
						r, _ := x.At(j, j+3)
						fmt.Println("       *", r, x.SensitiveAt(j, j+3))
						n := strings.Index(x.S[j+1:], `"*"`)
						if n < 0 {
							break
						}
						j += 1 + n
					}
				}
			}
		}
	}
	fmt.Println(el)
}
