package scan_test

import (
	"context"
	"os"
	"testing"

	"github.com/keyproof/keyproof/pkg/scan"
)

// BenchmarkAccess maps who may use which key in the plan that KEYPROOF_ACCESS_PLAN names.
func BenchmarkAccess(b *testing.B) {
	plan := os.Getenv("KEYPROOF_ACCESS_PLAN")
	if plan == "" {
		b.Skip("KEYPROOF_ACCESS_PLAN names no plan")
	}
	for b.Loop() {
		if _, err := scan.Run(context.Background(), scan.Options{Paths: []string{plan}, Access: scan.AccessAll, FailOn: "never"}); err != nil {
			b.Fatal(err)
		}
	}
}
