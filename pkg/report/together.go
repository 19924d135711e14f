package report

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// causes are findings that are shown with another one, by its number, because they have its cause: they are about the same statement,
// and the edit that is shown for it ends them, too.
type causes struct {
	shown map[int]bool // the numbers of those that are shown with another one
	with  map[int][]*group
}

func sameCause(open []group) causes {
	c := causes{map[int]bool{}, map[int][]*group{}}
	for i := range open {
		if c.shown[i] || len(open[i].Fixes) == 0 {
			continue
		}
		f := &open[i].Finding
		for k := i + 1; k < len(open); k++ {
			g := &open[k].Finding
			if !c.shown[k] && sameStatement(f, g) && slices.Contains(f.Fixes[0].Proof.Ends, g.Fingerprint) && slices.Equal(open[i].addresses, open[k].addresses) {
				c.shown[k], c.with[i] = true, append(c.with[i], &open[k])
			}
		}
	}
	return c
}

func sameStatement(a, b *finding.Finding) bool {
	return a.Input == b.Input && a.Address == b.Address && a.Attribute == b.Attribute && a.Statement != nil && b.Statement != nil && a.Statement.Index == b.Statement.Index
}

// together writes in short what the edit above ends, too.
func (t *textWriter) together(with []*group) {
	for _, g := range with {
		f := &g.Finding
		s := capital(f.Severity.String()) + ": " + t.title(f.Rule)
		if list := t.tags(f); len(list) > 0 {
			s += " (" + strings.Join(list, ", ") + ")"
		}
		if f.Location != nil {
			s += ", on " + spot(f.Location)
		}
		t.prose("Ends, too: ", bold, s)
	}
}
