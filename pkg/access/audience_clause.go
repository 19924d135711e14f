package access

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// covers says whether the statement is about the resource of the document.
func (g *ground) covers(s *statement) bool {
	return g.shapes[0].resource(&box{statement: s, deny: s.deny})
}

// binds are the conditions of a statement; false where one of them never holds.
func (g *ground) binds(s *statement) ([]*binding, bool) {
	var out []*binding
	for _, c := range s.conditions {
		if !c.valid {
			if s.deny {
				continue
			}
			return nil, false
		}
		var values []string
		for _, v := range c.Values.Items {
			values = append(values, v.S)
		}
		out = append(out, g.bind(c.op, c.key, values))
	}
	return out, true
}

// join are the bindings of both lists, those that say one thing together as one, sorted.
func (g *ground) join(a, b []*binding) []*binding {
	out := slices.Clone(a)
next:
	for _, n := range b {
		for i, o := range out {
			if both := g.both(o, n); both != nil {
				out[i] = both
				continue next
			}
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *binding) int { return strings.Compare(a.name, b.name) })
	return slices.Compact(out)
}

// narrow limits the clause to the actions that some request of it has, and returns false where there is none.
func (g *ground) narrow(c *clause) bool {
	c.actions = g.open(c)
	return c.actions != 0
}

// open are the actions that requests of the clause have.
func (g *ground) open(c *clause) actionSet {
	var open actionSet
	for i := range g.shapes {
		if c.actions&^open == 0 {
			break
		}
		open |= g.in(i, c, nil)
	}
	return open
}

// in are the actions that requests of the clause have in a shape, of those that meet one more constraint where there is
// one.
func (g *ground) in(shape int, c *clause, more *numbered) actionSet {
	actions := c.actions & g.shapes[shape].callable()
	if actions == 0 || !g.gather(shape, c) {
		return 0
	}
	if more != nil {
		g.gathered = append(g.gathered, more)
	}
	return g.solve(shape, actions, nil)
}

// gather collects the constraints of a clause in a shape, and returns false where one of them never holds.
func (g *ground) gather(shape int, c *clause) bool {
	g.gathered = g.gathered[:0]
	p := g.place(shape, c.who)
	if !p.holds {
		return false
	}
	g.gathered = append(g.gathered, p.where...)
	for _, b := range c.binds {
		made := b.of(g, shape)
		if !made.holds {
			return false
		}
		g.gathered = append(g.gathered, made.where...)
	}
	pins := g.shapes[shape].pins // of values that conditions are compared with
	for len(g.pins[shape]) < len(pins) {
		g.pins[shape] = append(g.pins[shape], g.number(pins[len(g.pins[shape]):][:1])...)
	}
	g.gathered = append(g.gathered, g.pins[shape]...)
	return true
}

// solve are the actions for which the gathered constraints hold together. Each dimension is solved for itself, and the
// answer remembered. The states are noted where there is room for them.
func (g *ground) solve(shape int, actions actionSet, states []state) actionSet {
	g.q.work.Spend(5 + len(g.gathered))
	slices.SortStableFunc(g.gathered, func(a, b *numbered) int { return cmp.Or(a.dim-b.dim, a.id-b.id) })
	sh := g.shapes[shape]
	if len(sh.ties) > 0 && states == nil {
		states = sh.open()
	}
	for from := 0; from < len(g.gathered); {
		dim, to := g.gathered[from].dim, from+1
		for to < len(g.gathered) && g.gathered[to].dim == dim {
			to++
		}
		st := g.solved(sh, shape, g.gathered[from:to])
		if st == nil {
			return 0
		}
		if actions = sh.dims[dim].having(*st, actions, g.q.work); actions == 0 {
			return 0
		}
		if states != nil {
			states[dim] = *st
		}
		from = to
	}
	if len(sh.ties) > 0 {
		agreed, ok := sh.agree(states)
		if !ok {
			return 0
		}
		copy(states, agreed)
	}
	return actions
}

// having are the actions whose requests have the key where the state asks for it, and do not where it must be absent.
func (d *domain) having(st state, actions actionSet, work *sets.Budget) actionSet {
	switch {
	case d.actions == 0:
		return actions
	case !st.absent:
		return actions & d.actions
	}
	st.absent = false
	if d.required && actions&d.actions != 0 && !st.solve(d, work) {
		return actions &^ d.actions
	}
	return actions
}

// solved is the state of one dimension under constraints, nil where nothing is left.
func (g *ground) solved(sh *shape, shape int, list []*numbered) *state {
	key := append(g.key[:0], byte(shape))
	for i, n := range list {
		if i == 0 || list[i-1] != n {
			key = append(key, byte(n.id), byte(n.id>>8), byte(n.id>>16))
		}
	}
	g.key = key
	if st, ok := g.states[string(key)]; ok {
		return st
	}
	d := &sh.dims[list[0].dim]
	st := &state{absent: d.absent, present: d.present}
	for i, n := range list {
		if (i == 0 || list[i-1] != n) && !st.add(d, &n.constraint, g.q.work) {
			st = nil
			break
		}
	}
	if g.q.work.Over() {
		return nil
	}
	g.states[string(key)] = st
	return st
}

// piece is the clause inside of one shape, nil where that is empty.
func (g *ground) piece(shape int, c *clause) *piece {
	sh := g.shapes[shape]
	actions := c.actions & sh.callable()
	if actions == 0 || !g.gather(shape, c) {
		return nil
	}
	states := sh.open()
	actions = g.solve(shape, actions, states)
	if actions == 0 {
		return nil
	}
	at := statement{Statement: &iam.Statement{}}
	if len(c.from) > 0 {
		at.Index = c.from[0].statement
	}
	return &piece{box: &box{statement: &at}, actions: actions, states: states}
}

// place is what an atom is in a shape: whether its callers are among those of the shape, and what limits them.
func (g *ground) place(shape int, a atom) *compiledBinding {
	p := g.atoms[a]
	if p == nil {
		p = &atomPlace{in: make([]compiledBinding, len(g.shapes))}
		value := iam.String{S: a.value, Set: true}
		p.statement.Statement = &iam.Statement{Principal: &iam.Principals{Entries: []iam.Entry{{Type: iam.String{S: a.kind, Set: true}, Values: iam.List{Items: []iam.String{value}}}}}}
		g.atoms[a] = p
	}
	c := &p.in[shape]
	if c.made {
		return c
	}
	if a.kind == self.kind {
		c.made, c.holds = true, true
		return c
	}
	b := box{statement: &p.statement}
	c.holds = g.shapes[shape].concerns(b.statement) && g.shapes[shape].principal(&b)
	c.where = g.number(b.where)
	if a.pin != nil && c.holds {
		made := a.pin.of(g, shape)
		c.holds = made.holds
		c.where = append(c.where, made.where...)
	}
	c.made = true
	return c
}

// conditions are the bindings of the clause for people.
func (c *clause) conditions() []RowCondition {
	var out []RowCondition
	for _, b := range c.binds {
		info, _ := aws.Describe(b.key)
		out = append(out, RowCondition{Operator: b.operator(), Key: info.Name, Values: slices.Clone(b.values)})
	}
	slices.SortStableFunc(out, func(a, b RowCondition) int { return strings.Compare(a.Key+"\x00"+a.Operator, b.Key+"\x00"+b.Operator) })
	return out
}

// witness is a request of the clause.
func (g *ground) witness(c *clause) *evaluate.Request {
	var best answer
	for i, sh := range g.shapes {
		if p := g.piece(i, c); p != nil && (best.piece == nil || p.actions.first() < best.piece.actions.first()) {
			best.piece, best.sh = p, sh
		}
	}
	return best.witness()
}
