package report

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// causes says which findings are shown with another one, because they have its cause: they are about the same statement, and the edit
// that is shown for it ends them, too. The number of a finding leads to that of the one that it is shown with.
type causes map[int]int

func sameCause(open []group) causes {
	with := causes{}
	for i := range open {
		if with.leads(i) || len(open[i].Fixes) == 0 {
			continue
		}
		f := &open[i].Finding
		for k := i + 1; k < len(open); k++ {
			g := &open[k].Finding
			if !with.leads(k) && sameStatement(f, g) && slices.Contains(f.Fixes[0].Proof.Ends, g.Fingerprint) && slices.Equal(open[i].addresses, open[k].addresses) {
				with[k] = i
			}
		}
	}
	return with
}

// leads says whether a finding is shown with another one.
func (c causes) leads(k int) bool {
	_, ok := c[k]
	return ok
}

// of are the findings that are shown with one.
func (c causes) of(open []group, i int) []*group {
	var out []*group
	for k := range open {
		if at, ok := c[k]; ok && at == i {
			out = append(out, &open[k])
		}
	}
	return out
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
