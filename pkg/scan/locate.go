package scan

import (
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
