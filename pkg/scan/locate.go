package scan

import (
	"bytes"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/finding"
)

// locate makes a location of a range. Columns are counted in code points from the file's own bytes, because HCL counts
// grapheme clusters.
func (r *judging) locate(at hcl.Range, hidden bool) *finding.Location {
	if at.Filename == "" {
		return nil
	}
	return location(r.name(at.Filename), at, r.files[at.Filename], hidden)
}

func location(name string, at hcl.Range, src []byte, hidden bool) *finding.Location {
	return &finding.Location{File: name, Start: position(at.Start, src), End: position(at.End, src), Hidden: hidden}
}

// name is how the report names a file that may lie in a snapshot.
func (r *judging) name(path string) string { return r.run.name(r.original(path)) }

func position(p hcl.Pos, src []byte) finding.Pos {
	out := finding.Pos{Line: p.Line, Column: p.Column, Byte: p.Byte}
	if p.Byte < 0 || p.Byte > len(src) {
		return out
	}
	start := bytes.LastIndexByte(src[:p.Byte], '\n') + 1
	out.Column = utf8.RuneCount(src[start:p.Byte]) + 1
	out.Line = bytes.Count(src[:start], []byte("\n")) + 1
	return out
}

// name is how the report names a file: relative to the current directory when it lies below it, absolute otherwise.
func (r *run) name(path string) string {
	if known, ok := r.names.Load(path); ok {
		return known.(string)
	}
	name := r.findName(path)
	r.names.Store(path, name)
	return name
}

func (r *run) findName(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	rel, err := filepath.Rel(r.dir, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}
