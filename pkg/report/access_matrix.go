package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// wideColumns are the keys that a page has room for with what may be done of each in one line.
const wideColumns = 6

// maxMatrixKeys and maxMatrixCallers bound a picture that people look at; what is left out is said.
const (
	maxMatrixKeys    = 60
	maxMatrixCallers = 1000
)

var callerKinds = []struct{ kind, name string }{
	{"stranger", "Anyone"}, {"organization", "Organizations"}, {"account", "Accounts"}, {"role", "Roles"}, {"user", "Users"},
	{"principal", "Other principals"}, {"service", "Services"}, {"provider", "Identity providers"},
}

// matrix draws the rows, nil where there are none.
func (v *view) matrix() *matrix {
	rows := distinct(v.report)
	if len(rows) == 0 {
		return nil
	}
	m := &matrix{Facts: accessSummary(rows)}
	keys := accessKeys(rows)
	if n := len(keys) - maxMatrixKeys; n > 0 {
		keys = keys[:maxMatrixKeys]
		m.Facts += " " + count(n, "key is", "keys are") + " not in the picture: choose with --key."
	}
	column := map[string]int{}
	for i, k := range keys {
		column[k] = i
		m.Keys = append(m.Keys, visible(k))
	}
	m.Many = len(keys) > wideColumns
	lines := map[string]map[string]*callerLine{}
	n := 0
	for i := range rows {
		a := &rows[i]
		at, shown := column[a.Key]
		if !shown {
			continue
		}
		name := visible(whoWords(a.Who))
		if lines[a.Who.Kind] == nil {
			lines[a.Who.Kind] = map[string]*callerLine{}
		}
		l := lines[a.Who.Kind][name]
		if l == nil {
			if n++; n > maxMatrixCallers {
				continue
			}
			l = &callerLine{Name: name, Search: strings.ToLower(name + " " + visible(a.Who.Name)), Cells: make([]matrixCell, len(keys))}
			lines[a.Who.Kind][name] = l
		}
		l.Cells[at].add(a)
	}
	if n > maxMatrixCallers {
		m.Facts += " " + count(n-maxMatrixCallers, "caller is", "callers are") + " not in the picture."
	}
	for _, k := range callerKinds {
		if len(lines[k.kind]) == 0 {
			continue
		}
		g := callerGroup{Name: k.name}
		for _, l := range lines[k.kind] {
			g.Callers = append(g.Callers, *l)
		}
		slices.SortFunc(g.Callers, func(a, b callerLine) int { return strings.Compare(a.Name, b.Name) })
		m.Groups = append(m.Groups, g)
	}
	return m
}

func (c *matrixCell) add(a *finding.Access) {
	c.Key = visible(a.Key)
	possible := a.Certainty == finding.Possible
	change := a.Change
	if change == "kept" {
		change = ""
	}
	i := slices.IndexFunc(c.Classes, func(k cellClass) bool { return k.Name == a.Class })
	if i < 0 {
		c.Classes = append(c.Classes, cellClass{strings.ToUpper(a.Class[:min(len(a.Class), 1)]), a.Class, change, possible})
	} else {
		c.Classes[i].Possible = c.Classes[i].Possible && possible
		c.Classes[i].Change = cmp.Or(change, c.Classes[i].Change)
	}
	way := cellWay{Change: a.Change, Class: a.Class, Actions: visible(ActionWords(a.Actions)), Via: viaWords(a), Witness: witnessLine(a.Witness)}
	if possible {
		way.Depends = visible(strings.Join(a.DependsOn, ", "))
	}
	for _, x := range a.Conditions {
		way.Conditions = append(way.Conditions, visible(conditionWords(x)))
	}
	for _, t := range a.Through {
		way.Through = append(way.Through, visible(throughWords(t))+placeOf(t.Location))
	}
	c.Ways = append(c.Ways, way)
}

// witnessLine is a request in one line.
func witnessLine(w *finding.Witness) string {
	if w == nil {
		return ""
	}
	out := w.Action + " by " + w.Principal
	sep := " with "
	for _, k := range slices.Sorted(maps.Keys(w.Context)) {
		out += fmt.Sprintf("%s%s = %v", sep, k, w.Context[k])
		sep = ", "
	}
	return visible(out)
}

// accessKeys are the keys of rows in their order.
func accessKeys(rows []finding.Access) []string {
	var out []string
	seen := map[string]bool{}
	for i := range rows {
		if !seen[rows[i].Key] {
			seen[rows[i].Key] = true
			out = append(out, rows[i].Key)
		}
	}
	return out
}
