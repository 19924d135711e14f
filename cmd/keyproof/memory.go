package main

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/keyproof/keyproof/pkg/scan"
)

// Small plans are done before it pays to collect garbage, large ones should not take memory that they do not need: so
// collect rarely, but keep to a limit. What is kept of a large plan is a part of it, and the limit must leave room for
// several times that, or all time goes into collecting.
const (
	rarely      = 400
	ordinary    = 82 << 20
	withSources = 176 << 20
	largePlan   = 128 << 20
	withAccess  = 80 << 20 // more, for who may use which key
)

// tuneMemory sets both for the inputs and their sources, unless the environment says something.
func tuneMemory(opts *scan.Options) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit, percent := int64(ordinary), int64(60)
	if joined(opts) {
		limit, percent = withSources, 110
	}
	for _, p := range opts.Paths {
		if info, err := os.Stat(p); err == nil && info.Size() > largePlan {
			limit += (info.Size() - largePlan) / 100 * percent
		}
	}
	if opts.Access != "" && opts.Access != scan.AccessNone {
		limit += withAccess
	}
	debug.SetGCPercent(rarely)
	debug.SetMemoryLimit(limit)
	keepRoom(limit)
}

// keepRoom raises the limit after a collection that left too much for it: otherwise all time would go into collecting.
func keepRoom(limit int64) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() == metrics.KindUint64 {
		if kept := int64(live[0].Value.Uint64()); kept > limit/3*2 {
			limit = kept * 2
			debug.SetMemoryLimit(limit)
		}
	}
	// The next collection finds this unreachable, and calls again.
	runtime.SetFinalizer(&collected{}, func(*collected) { keepRoom(limit) })
}

// collected is what a collection finds; it has a pointer so that it stands alone in memory.
type collected struct{ _ *byte }

// joined says whether sources will be read: named ones, or some that lie where they are looked for.
func joined(opts *scan.Options) bool {
	if len(opts.Sources) > 0 {
		return len(opts.SourceDirs()) > 0
	}
	for _, dir := range append([]string{"."}, opts.Paths...) {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			dir = filepath.Dir(dir)
		}
		if found, _ := filepath.Glob(filepath.Join(dir, "*.tf")); len(found) > 0 {
			return true
		}
	}
	return false
}
