package access

import (
	"cmp"
	"slices"
	"strings"
)

// distinct joins clauses that are the same but for their actions.
func (g *ground) distinct(list []*clause) []*clause {
	return g.group(list, func(c *clause) string { return c.who.name() + "\x01" + c.text() }, func(into, c *clause) { into.actions |= c.actions })
}

// group joins the clauses that have the same name, in the order of the names.
func (g *ground) group(list []*clause, name func(*clause) string, join func(into, c *clause)) []*clause {
	type entry struct {
		name string
		c    *clause
	}
	at := make(map[string]int, len(list))
	var out []entry
	for _, c := range list {
		n := name(c)
		i, ok := at[n]
		if !ok {
			one := *c
			at[n] = len(out)
			out = append(out, entry{n, &one})
			continue
		}
		join(out[i].c, c)
		out[i].c.from = append(slices.Clip(out[i].c.from), c.from...)
	}
	slices.SortFunc(out, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	clauses := make([]*clause, len(out))
	for i := range out {
		clauses[i] = out[i].c
		clauses[i].from = originsOf(clauses[i].from)
	}
	return clauses
}

// maxAtoms bounds into how many parts the lists of conditions are taken apart before they are put together again.
const maxAtoms = 2000

// merge puts clauses together that differ in one place only. The lists of values are taken apart first, so that it does
// not matter how the document put them together.
func (g *ground) merge(list []*clause) []*clause {
	var out []*clause
	for _, same := range g.alike(list) {
		if len(same) > 1 {
			same = g.mergeAlike(g.allApart(same))
		}
		out = append(out, same...)
	}
	return out
}

// alike sorts the clauses by whom they are about and which keys they have conditions on.
func (g *ground) alike(list []*clause) [][]*clause {
	at := map[string]int{}
	var out [][]*clause
	for _, c := range list {
		var b strings.Builder
		b.WriteString(c.who.name())
		for _, bind := range c.binds {
			b.WriteByte(1)
			b.WriteString(bind.place)
		}
		i, ok := at[b.String()]
		if !ok {
			i = len(out)
			at[b.String()] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], c)
	}
	return out
}

// allApart takes lists of values apart, where that does not make too many clauses.
func (g *ground) allApart(list []*clause) []*clause {
	n := 0
	for _, c := range list {
		parts := 1
		for _, b := range c.binds {
			if b.positive() {
				parts *= max(1, len(b.values))
			}
		}
		n += parts
	}
	if n > maxAtoms || n == len(list) {
		return list
	}
	var apart []*clause
	for _, c := range list {
		apart = append(apart, g.apart(c, 0)...)
	}
	return g.distinct(apart)
}

// mergeAlike joins, place by place, the clauses that differ there only.
func (g *ground) mergeAlike(list []*clause) []*clause {
	for place := range len(list[0].binds) {
		list = g.group(list, func(c *clause) string {
			b := c.binds[place]
			others := *c
			others.binds = slices.Delete(slices.Clone(c.binds), place, place+1)
			name := b.place
			if !b.positive() {
				name = b.name
			}
			return others.text() + "\x02" + c.actions.hex() + name
		}, func(into, c *clause) {
			if into.binds[place] == c.binds[place] {
				return
			}
			binds := slices.Clone(into.binds)
			binds[place] = g.bind(binds[place].op, binds[place].key, append(slices.Clone(binds[place].values), c.binds[place].values...))
			into.binds = binds
		})
	}
	return list
}

// apart takes the lists of positive conditions apart, from one place on.
func (g *ground) apart(c *clause, place int) []*clause {
	for ; place < len(c.binds); place++ {
		b := c.binds[place]
		if !b.positive() || len(b.values) < 2 {
			continue
		}
		var out []*clause
		for _, v := range b.values {
			one := *c
			one.binds = slices.Clone(c.binds)
			one.binds[place] = g.bind(b.op, b.key, []string{v})
			out = append(out, g.apart(&one, place+1)...)
		}
		return out
	}
	return []*clause{c}
}
