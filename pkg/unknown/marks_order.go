package unknown

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// sortRanges puts the tightest range first: it is the one that says most.
func sortRanges(ranges []hcl.Range) {
	slices.SortFunc(ranges, func(a, b hcl.Range) int {
		return cmp.Or(
			cmp.Compare(a.End.Byte-a.Start.Byte, b.End.Byte-b.Start.Byte),
			strings.Compare(a.Filename, b.Filename),
			cmp.Compare(a.Start.Byte, b.Start.Byte),
		)
	})
}

func sortUnknowns(refs []Symbol) {
	slices.SortFunc(refs, func(a, b Symbol) int {
		return cmp.Or(strings.Compare(a.Ref, b.Ref), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Of, b.Of), strings.Compare(a.Index, b.Index))
	})
}
