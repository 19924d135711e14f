package fix

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/iam"
)

func sameText(a, b *iam.Document) bool {
	return a.Text.S == b.Text.S && slices.Equal(a.Text.Holes, b.Text.Holes)
}

// sameSource says whether two documents are written in the same place, all of their statements, or are the same text where that
// is not told.
func sameSource(a, b *iam.Document) bool {
	if len(a.Statements) == 0 || len(a.Statements) != len(b.Statements) {
		return false
	}
	for i := range a.Statements {
		x, told := a.Text.At(a.Statements[i].Start, a.Statements[i].End)
		y, too := b.Text.At(b.Statements[i].Start, b.Statements[i].End)
		if !told || !too {
			return sameText(a, b)
		}
		if x != y {
			return false
		}
	}
	return true
}

func rewritten(before, after *iam.Document) bool {
	if before == nil || after == nil {
		return before != after
	}
	return !sameText(before, after)
}

// sharesStatement says whether some statement of two documents is written in one place.
func sharesStatement(a, b *iam.Document) bool {
	return slices.ContainsFunc(a.Statements, func(x iam.Statement) bool {
		at, told := a.Text.At(x.Start, x.End)
		return told && slices.ContainsFunc(b.Statements, func(y iam.Statement) bool {
			other, too := b.Text.At(y.Start, y.End)
			return too && at == other
		})
	})
}
