package access

import (
	"slices"
	"strings"
)

// bare leaves out the conditions that the rest of the clause implies.
func (g *ground) bare(c *clause) *clause {
	out := *c
	for _, b := range c.binds {
		i := slices.Index(out.binds, b)
		if i < 0 {
			continue
		}
		rest := out
		rest.binds = slices.Delete(slices.Clone(out.binds), i, i+1)
		if g.escapes(&rest, b) {
			out.binds = g.fewer(&rest, b)
		} else {
			out = rest
		}
	}
	return &out
}

// fewer are the bindings of the clause and one more, without the values of it that keep nobody out: those of a list that
// must not be.
func (g *ground) fewer(c *clause, b *binding) []*binding {
	for k := 0; b.op.Negated && b.op.Set == "" && len(b.values) > 1 && k < len(b.values); {
		less := g.bind(b.op, b.key, slices.Delete(slices.Clone(b.values), k, k+1))
		rest := *c
		rest.binds = g.join(c.binds, []*binding{less})
		if g.escapes(&rest, g.bind(b.op, b.key, b.values[k:k+1])) {
			k++
			continue
		}
		b = less
	}
	return g.join(c.binds, []*binding{b})
}

// escapes says whether some request of the clause does not meet the binding.
func (g *ground) escapes(c *clause, b *binding) bool {
	for i := range g.shapes {
		if g.beyond(i, c, b.of(g, i)) {
			return true
		}
	}
	return false
}

// beyond says whether some request of the clause in the shape lies outside of what was compiled.
func (g *ground) beyond(shape int, c *clause, made *compiledBinding) bool {
	if !made.holds || made.loose {
		return g.in(shape, c, nil) != 0
	}
	for _, w := range made.where {
		if g.in(shape, c, g.not(w)) != 0 {
			return true
		}
	}
	return false
}

// lean leaves out clauses that lie in others, and conditions that other clauses make needless.
func (g *ground) lean(list []*clause) []*clause {
	for again := true; again && !g.q.work.Over(); {
		list, again = g.widen(list)
		list = g.absorb(list)
		if again {
			list = g.merge(g.distinct(list))
		}
	}
	return list
}

// absorb leaves out what lies in another clause: the actions of it, or the whole.
func (g *ground) absorb(list []*clause) []*clause {
	x := g.byWho(list)
	for i, c := range list {
		for _, around := range [][]int{x.same[c.who.name()], x.wider} {
			for _, k := range around {
				o := list[k]
				if !g.q.work.Spend(1) {
					break
				}
				if k == i || c.actions&o.actions == 0 || !g.within(c, o) {
					continue
				}
				if k > i && c.actions&^o.actions == 0 && o.actions&^c.actions == 0 && g.within(o, c) {
					continue // the same in other words: the first stays
				}
				one := *c
				one.actions &^= o.actions
				list[i], c = &one, &one
			}
		}
	}
	return slices.DeleteFunc(list, func(c *clause) bool { return c.actions == 0 })
}

// whoIndex finds the clauses that may contain another one by whom they are about.
type whoIndex struct {
	same  map[string][]int
	wider []int
}

func (g *ground) byWho(list []*clause) whoIndex {
	x := whoIndex{same: map[string][]int{}}
	for i, c := range list {
		name := c.who.name()
		x.same[name] = append(x.same[name], i)
		if c.who.wide() {
			x.wider = append(x.wider, i)
		}
	}
	return x
}

// wide says whether an atom may hold the callers of other atoms.
func (a atom) wide() bool {
	return a.direct || a.kind == "AWS" && strings.ContainsAny(a.value, "*?")
}

// within says whether the requests of c, as far as the actions are common, are requests of o.
func (g *ground) within(c, o *clause) bool {
	if c.who != o.who && !o.who.mayHold(c.who) {
		return false
	}
	for _, b := range o.binds {
		if !slices.Contains(c.binds, b) && g.escapes(c, b) {
			return false
		}
	}
	return c.who == o.who || g.whoWithin(c, o)
}

// mayHold looks, without a search, whether the callers of another atom may all be callers of this one.
func (a atom) mayHold(o atom) bool {
	if a.kind == self.kind || o.kind == self.kind {
		return a.direct && a.kind == o.kind
	}
	if !a.wide() || o.kind == "Federated" || o.kind == "Service" && (a.value != "*" || a.pin != nil) {
		return false
	}
	if a.direct || a.value == "*" {
		return true
	}
	fixed, _, _ := strings.Cut(a.value, "*")
	fixed, _, _ = strings.Cut(fixed, "?")
	return strings.HasPrefix(o.value, fixed)
}

// whoWithin says whether the callers of c are among those of o.
func (g *ground) whoWithin(c, o *clause) bool {
	for i := range g.shapes {
		if g.beyond(i, c, g.place(i, o.who)) {
			return false
		}
	}
	return true
}

// widen takes away a condition where other clauses let in whoever does not meet it: two clauses that add up are one.
func (g *ground) widen(list []*clause) ([]*clause, bool) {
	turned := map[string]bool{} // keys with conditions that hold of what they do not list
	for _, c := range list {
		for _, b := range c.binds {
			if !b.positive() {
				turned[b.key] = true
			}
		}
	}
	changed := false
	for i, c := range list {
		for k := 0; k < len(c.binds); k++ {
			b := c.binds[k]
			if !turned[b.key] || g.q.work.Over() {
				continue
			}
			rest := *c
			rest.binds = slices.Delete(slices.Clone(c.binds), k, k+1)
			if covered, by := g.covered(&rest, list, b.key); covered {
				rest.from = originsOf(append(slices.Clone(c.from), by...))
				list[i], c, changed = &rest, &rest, true
				k--
			}
		}
	}
	return list, changed
}

// covered says whether clauses with a condition on the key let in all of a clause.
func (g *ground) covered(c *clause, list []*clause, key string) (bool, []origin) {
	var around []*clause
	for _, o := range list {
		if o.who == c.who && c.actions&^o.actions == 0 && len(o.binds) <= len(c.binds)+1 &&
			slices.ContainsFunc(o.binds, func(b *binding) bool { return b.key == key }) {
			around = append(around, o)
		}
	}
	if len(around) < 2 || len(around) > 50 {
		return false, nil
	}
	for i, sh := range g.shapes {
		var boxes []*box
		for _, o := range around {
			if g.gather(i, o) && !slices.ContainsFunc(o.binds, func(b *binding) bool { return b.of(g, i).loose }) {
				boxes = append(boxes, g.boxOf(i, o))
			}
		}
		p := g.piece(i, c)
		if p == nil {
			continue
		}
		s := &search{sh: sh, found: func(*piece) bool { return true }}
		if s.minus(p, boxes) {
			return false, nil
		}
	}
	var from []origin
	for _, o := range around {
		from = append(from, o.from...)
	}
	return true, from
}

// boxOf is what was gathered of a clause as a box of a shape.
func (g *ground) boxOf(shape int, c *clause) *box {
	b := &box{actions: c.actions & g.shapes[shape].callable()}
	for _, n := range g.gathered {
		b.where = append(b.where, n.constraint)
	}
	return b
}
