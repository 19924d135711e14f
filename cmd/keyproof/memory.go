package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
)

// Small plans are done before it pays to collect garbage, large ones should not take memory that they do not need: so
// collect rarely, but keep to a limit. What is kept of a large plan is a part of it, and the limit must leave room for
// several times that, or all time goes into collecting.
const (
	rarely      = 400
	ordinary    = 82 << 20
	withSources = 176 << 20
	largePlan   = 128 << 20
)

// tuneMemory sets both for the inputs and their sources, unless the environment says something.
func tuneMemory(paths, sources []string) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit, percent := int64(ordinary), int64(60)
	if found, _ := filepath.Glob("*.tf"); len(sources) > 0 || len(found) > 0 {
		limit, percent = withSources, 110
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.Size() > largePlan {
			limit += (info.Size() - largePlan) / 100 * percent
		}
	}
	debug.SetGCPercent(rarely)
	debug.SetMemoryLimit(limit)
}
