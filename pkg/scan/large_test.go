package scan_test

import (
	"context"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// A plan that is large enough to be joined with its sources in shares comes out the same on one core and on several: every
// policy is decided, and has its place in the sources.
func TestLargePlanWithSources(t *testing.T) {
	plan := tfplantest.Plan{Resources: 2200, Varied: true}
	path, wanted := made(t, plan)
	judge := func(cores int) *finding.Report {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		r, err := scan.Run(context.Background(), scan.Options{Paths: []string{path}, Sources: []string{filepath.Dir(path)}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Report
	}
	one, several := judge(1), judge(4)
	if !reflect.DeepEqual(one.Policies, several.Policies) || !reflect.DeepEqual(one.Findings, several.Findings) {
		t.Error("one core and several come to other reports")
	}
	if len(one.Policies) != wanted || len(one.Diagnostics) > 0 || len(one.Findings) == 0 {
		t.Fatalf("%d of %d policies, %d findings, %v", len(one.Policies), wanted, len(one.Findings), one.Diagnostics)
	}
	for _, p := range one.Policies {
		if p.Location == nil || filepath.Base(p.Location.File) != "main.tf" || p.Verdict == "unknown" {
			t.Errorf("%s: %s at %v", p.Address, p.Verdict, p.Location)
		}
	}
	for _, f := range one.Findings {
		if f.Rule != "kms-key-public" || f.Location == nil || f.Location.Start.Line < 20 {
			t.Errorf("%s of %s at %v", f.Rule, f.Address, f.Location)
		}
	}
}
