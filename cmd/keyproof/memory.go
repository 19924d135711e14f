package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
)

// Small plans are done before it pays to collect garbage, large ones should not take memory that they do not need: so
// collect rarely, but keep to a limit. What is kept of a plan is a small part of it.
const (
	rarely      = 400
	ordinary    = 82 << 20
	withSources = 176 << 20
	largePlan   = 128 << 20
	keptOfLarge = 4
)

// tuneMemory sets both for the inputs and their sources, unless the environment says something.
func tuneMemory(paths []string, source string) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := int64(ordinary)
	if found, _ := filepath.Glob("*.tf"); source != "" || len(found) > 0 {
		limit = withSources
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.Size() > largePlan {
			limit += (info.Size() - largePlan) / keptOfLarge
		}
	}
	debug.SetGCPercent(rarely)
	debug.SetMemoryLimit(limit)
}
