package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// rowReadings are what the subject of a document, which is judged together with others, may turn out to be, and what they differ in.
func (s Subject) rowReadings(doc *iam.Document, more []*iam.Document) (out []Subject, depends []string) {
	all := doc
	if len(more) > 0 {
		one := *doc
		for _, d := range more {
			one.Statements = append(slices.Clip(one.Statements), d.Statements...)
		}
		all = &one
	}
	out = s.readings(all)
	for _, d := range differences(out) {
		depends = append(depends, strings.TrimSuffix(d, ", which is not known"))
	}
	return out, depends
}

// inEvery are the rows of several readings: what each of them says is certain, the rest is possible, and depends on what they differ
// in.
func inEvery[T any](readings [][]T, depends []string, row func(*T) *Row, alike func(a, b *T) bool) []T {
	most := readings[0]
	if len(readings) == 1 {
		return most
	}
	same := func(r *T) func(T) bool {
		return func(o T) bool { return alike(&o, r) && sameConditions(row(&o).Conditions, row(r).Conditions) }
	}
	least := slices.DeleteFunc(slices.Clone(most), func(r T) bool { return row(&r).Possible })
	for _, rows := range readings[1:] {
		least = slices.DeleteFunc(least, func(r T) bool { return !slices.ContainsFunc(rows, same(&r)) })
		for i := range least {
			at := rows[slices.IndexFunc(rows, same(&least[i]))]
			row(&least[i]).Actions = slices.DeleteFunc(slices.Clone(row(&least[i]).Actions), func(a string) bool {
				return row(&at).Possible || !slices.Contains(row(&at).Actions, a)
			})
		}
		for _, r := range rows {
			i := slices.IndexFunc(most, same(&r))
			if i < 0 {
				most = append(slices.Clip(most), r)
				continue
			}
			one := most[i]
			for _, a := range row(&r).Actions {
				row(&one).Actions = appendNew(slices.Clip(row(&one).Actions), a)
			}
			row(&one).DependsOn = appendAllNew(slices.Clip(row(&one).DependsOn), row(&r).DependsOn)
			most = slices.Clone(most)
			most[i] = one
		}
	}
	waiting := func(r *T) []string { return appendAllNew(slices.Clip(row(r).DependsOn), depends) }
	return divide(most, slices.DeleteFunc(least, func(r T) bool { return len(row(&r).Actions) == 0 }), waiting, row, alike)
}

func appendAllNew(list, more []string) []string {
	for _, s := range more {
		list = appendNew(list, s)
	}
	return list
}
