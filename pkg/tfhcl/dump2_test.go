package tfhcl

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfplan"
)

func TestDumpJoin(t *testing.T) {
	root := os.Getenv("JOIN")
	if root == "" {
		t.Skip()
	}
	dirs, _ := filepath.Glob(root)
	for _, dir := range dirs {
		start := time.Now()
		c, diags := Load(context.Background(), Options{Dir: dir, Workspace: "default", Want: func(m tf.Mode, ty string) bool {
			return m == tf.Managed && (strings.HasPrefix(ty, "aws_kms") || strings.HasPrefix(ty, "aws_iam"))
		}})
		for _, d := range diags {
			fmt.Println("DIAG", d)
		}
		f, _ := os.Open(filepath.Join(dir, "plan.json"))
		plan, diags := tfplan.Read(f, tfplan.Options{Addresses: c.References()})
		f.Close()
		for _, d := range diags {
			fmt.Println("PLAN", d)
		}
		ok, diags := c.Join(context.Background(), plan)
		fmt.Println("#####", dir, ok, time.Since(start))
		for _, d := range diags {
			fmt.Println("DIAG", d)
		}
		for _, r := range plan.Resources {
			if r.Source == nil {
				fmt.Println("== no source", r.Address)
				continue
			}
			for _, k := range sortedKeys(r.Source.Attrs) {
				if !strings.HasSuffix(k, "policy") {
					continue
				}
				a := r.Source.Attrs[k]
				p, known := lookupPath(r.After, k)
				if len(a.Texts) == 0 {
					fmt.Println("  ", r.Address, k, a.Range, "UNKNOWN", a.Unknown, known)
				}
				for _, x := range a.Texts {
					if known && len(x.Holes) == 0 && sameMeaning(x.S, p) {
						continue
					}
					fmt.Printf("   %s %s known=%v %s %s %s %v\n", r.Address, k, known, a.Range, x.S, x.Assuming, x.Holes)
				}
			}
		}
	}
}
