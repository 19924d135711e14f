package scan_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/scan"
	"github.com/keyproof/keyproof/pkg/tfplan/tfplantest"
)

// run runs, and fails where the outcome is not that of the last made input.
func run(b *testing.B, opts scan.Options, policies int) *scan.Result {
	b.Helper()
	r, err := scan.Run(context.Background(), opts)
	if err != nil || len(r.Report.Policies) != policies || r.Diagnostics.HasErrors() {
		b.Fatalf("%d of %d policies were judged: %v %v", len(r.Report.Policies), policies, err, r.Report.Diagnostics)
	}
	return r
}

// accessPlan writes a plan of n keys and n roles.
func accessPlan(b *testing.B, n int) scan.Options {
	b.Helper()
	path := filepath.Join(b.TempDir(), "plan.json")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := tfplantest.WriteAccess(f, n); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return scan.Options{Paths: []string{path}, Sources: []string{"none"}, Access: scan.AccessAll, FailOn: "never"}
}

// BenchmarkWho maps who may use which of 1,000 keys, with 1,000 roles.
func BenchmarkWho(b *testing.B) {
	opts := accessPlan(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		run(b, opts, 3000)
	}
}

// BenchmarkCan asks one question of a plan that has been read, of 100 keys and 100 roles.
func BenchmarkCan(b *testing.B) {
	m := run(b, accessPlan(b, 100), 300).Map
	q := who.Question{Principal: "aws_iam_role.r7", Action: "kms:Decrypt", Key: "aws_kms_key.r7"}
	b.ReportAllocs()
	for b.Loop() {
		if a, err := m.Can(context.Background(), q); err != nil || a.Answer != who.Yes {
			b.Fatal(a.Answer, err)
		}
	}
}

// BenchmarkModules judges sources of 1,000 module instances and 5,000 resources.
func BenchmarkModules(b *testing.B) {
	dir := b.TempDir()
	if err := tfplantest.WriteModules(dir, 1000); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		run(b, scan.Options{Paths: []string{dir}, FailOn: "never"}, 3000)
	}
}

// BenchmarkRoots judges 200 roots of 20 files each, as a hook over a monorepo does.
func BenchmarkRoots(b *testing.B) {
	dir := b.TempDir()
	if _, err := tfplantest.WriteRoots(dir, 200, 20); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		run(b, scan.Options{Paths: []string{dir}, Recursive: true, FailOn: "never"}, 600)
	}
}

// BenchmarkFix looks for an edit that ends the example's finding, and proves it.
func BenchmarkFix(b *testing.B) {
	opts := scan.Options{Paths: []string{"../../fixtures/example"}, FailOn: "never", Env: []string{}}
	b.ReportAllocs()
	for b.Loop() {
		if f, err := scan.Fix(context.Background(), opts, scan.FixOptions{Rule: "kms-key-public"}); err != nil || len(f.Result.Report.Findings) == 0 {
			b.Fatal(err)
		}
	}
}
