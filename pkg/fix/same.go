package fix

import (
	"iter"
	"slices"
	"strings"

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

// pairs are what a policy may be before an edit with what it may be after it, where one outcome of unknown conditions can make
// it both.
func pairs(before, after []*iam.Document) iter.Seq2[*iam.Document, *iam.Document] {
	return func(yield func(was, is *iam.Document) bool) {
		for _, is := range after {
			for _, was := range before {
				if !contradict(was.Text.Assuming, is.Text.Assuming) && !yield(was, is) {
					return
				}
			}
		}
	}
}

// contradict says whether one condition holds by what is assumed here, and does not hold by what is assumed there.
func contradict(here, there string) bool {
	const yes, no = "` holds", "` does not hold"
	assumed := strings.Split(there, " and ")
	for _, a := range strings.Split(here, " and ") {
		opposite := strings.TrimSuffix(a, yes) + no
		if condition, not := strings.CutSuffix(a, no); not {
			opposite = condition + yes
		}
		if slices.Contains(assumed, opposite) {
			return true
		}
	}
	return false
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
