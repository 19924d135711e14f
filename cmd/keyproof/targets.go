package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/pkg/scan"
)

// targets refuses, before any work is done, to write over what is read, over what is no report, or twice over one file.
func targets(outputs []output, opts scan.Options, others ...string) error {
	read := append([]string{opts.ConfigFile, opts.Baseline}, opts.Paths...)
	read = slices.Concat(read, opts.SourceDirs(), others)
	for _, v := range opts.Values {
		read = append(read, v.File)
	}
	var written []string
	for _, o := range outputs {
		for _, r := range read {
			if same(r, o.file) {
				return fmt.Errorf("--report: %s is read; a report of it goes to another file", o.file)
			}
		}
		for _, w := range append(written, opts.WriteBaseline) {
			if same(w, o.file) {
				return fmt.Errorf("--report: %s is written twice; give each report a file of its own", o.file)
			}
		}
		if err := report.Replaceable(o.file); err != nil {
			return fmt.Errorf("--report: %w", err)
		}
		written = append(written, o.file)
	}
	return nil
}

// same says whether two paths lead to one file, that may not be there yet.
func same(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	one, errA := os.Stat(a)
	other, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(one, other)
	}
	pathA, errA := filepath.Abs(a)
	pathB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && pathA == pathB
}
