package scan

import (
	"bytes"
	"path/filepath"
	"slices"
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
	src := r.files[at.Filename]
	starts, ok := r.lines.Load(at.Filename)
	if !ok {
		starts, _ = r.lines.LoadOrStore(at.Filename, lineStarts(src))
	}
	return location(r.name(at.Filename), at, src, starts.([]int), hidden)
}

func location(name string, at hcl.Range, src []byte, lines []int, hidden bool) *finding.Location {
	return &finding.Location{File: name, Start: position(at.Start, src, lines), End: position(at.End, src, lines), Hidden: hidden}
}

// lineStarts are the bytes that lines begin with.
func lineStarts(src []byte) []int {
	out := []int{0}
	for i := 0; ; {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			return out
		}
		i += n + 1
		out = append(out, i)
	}
}

// name is how the report names a file that may lie in a snapshot.
func (r *judging) name(path string) string { return r.run.name(r.original(path)) }

func position(p hcl.Pos, src []byte, lines []int) finding.Pos {
	out := finding.Pos{Line: p.Line, Column: p.Column, Byte: p.Byte}
	if p.Byte < 0 || p.Byte > len(src) {
		return out
	}
	out.Line, _ = slices.BinarySearch(lines, p.Byte+1)
	out.Column = utf8.RuneCount(src[lines[out.Line-1]:p.Byte]) + 1
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
