// Package who finds who can use which key: the access of one or several plans, over key policies, identity policies,
// grants and roles together, as it will be and as it was.
//
// It asks pkg/access for every pair of a key and a principal that something connects, and for no other.
//
// It is no API: it may change in any version.
package who

import (
	"context"
	"slices"
)

// Of finds who may do what with the keys of all inputs: what holds after apply, and what the plans change. With only the
// changes it leaves what is kept alone, which is most of the work. It returns early, with less, when ctx ends.
func Of(ctx context.Context, inputs []Input, onlyChanges bool) *Map {
	inputs = slices.Clone(inputs)
	for i := range inputs {
		inputs[i].remember()
	}
	before := pasts(inputs)
	m := &Map{after: newWorld(inputs, before, false)}
	changes := slices.ContainsFunc(inputs, func(in Input) bool { return in.Changes })
	for _, k := range m.after.keys {
		m.Keys = append(m.Keys, k.name())
	}
	if !changes {
		if !onlyChanges {
			m.Rows = m.after.written(m.after.rows(ctx, nil), "")
		}
		m.More = m.after.more
		return m
	}
	m.before = newWorld(inputs, before, true)
	differ := differences(m.after, m.before)
	selected := differ
	if !onlyChanges || differ != nil && differ.beside {
		selected = nil
	}
	now := m.after.rows(ctx, selected)
	was := m.before.rows(ctx, differ)
	if differ != nil && selected == nil {
		was = append(was, m.before.alike(now, differ)...)
	}
	m.More = m.after.more
	m.Rows = compare(m.after, m.before, m.after.without(m.before, now), m.before.without(m.after, was), !onlyChanges)
	return m
}

// alike are the rows of another world that are the same in this one: those of keys and parties that do not differ.
func (w *world) alike(rows []*row, differ *selection) []*row {
	var out []*row
	for _, r := range rows {
		switch {
		case differ.keys[r.key.id()], differ.parties[r.who.Name], differ.parties[r.who.Address], !w.many && r.who.Name == openName:
		case r.role != nil && differ.parties[r.role.ARN]:
		default:
			out = append(out, r)
		}
	}
	return out
}

// without leaves out the rows of principals that policies name, and that only the other world has: they are not there.
func (w *world) without(other *world, rows []*row) []*row {
	return slices.DeleteFunc(rows, func(r *row) bool {
		return r.who.Address == "" && w.byARN[r.who.Name] == nil && other.byARN[r.who.Name] != nil && other.byARN[r.who.Name].address != ""
	})
}
