package access

import (
	"slices"

	"go4.org/netipx"

	"github.com/keyproof/keyproof/pkg/sets"
)

// piece is a part of a box: what is left of it after some Deny statements were cut off.
type piece struct {
	box     *box
	actions actionSet
	states  []state
}

// begin is the whole box inside of the shape's domain, or false where that is empty.
func (sh *shape) begin(b *box) (*piece, bool) {
	p := &piece{box: b, actions: b.actions, states: sh.open()}
	for _, i := range sh.limits {
		if !p.states[i].solve(&sh.dims[i], sh.q.work) {
			return nil, false
		}
	}
	for _, list := range [][]constraint{sh.pins, b.where} {
		for i := range list {
			c := &list[i]
			if !p.states[c.dim].add(&sh.dims[c.dim], c, sh.q.work) {
				return nil, false
			}
		}
	}
	return p, true
}

// and is the part of the piece that meets one more constraint, or false where there is none.
func (sh *shape) and(p *piece, c constraint) (*piece, bool) {
	st := p.states[c.dim]
	if !st.add(&sh.dims[c.dim], &c, sh.q.work) {
		return nil, false
	}
	out := &piece{box: p.box, actions: p.actions, states: slices.Clone(p.states)}
	out.states[c.dim] = st
	return out, true
}

// state is what is left of a dimension; a piece knows none that the shape has made since.
func (p *piece) state(sh *shape, dim int) state {
	if dim < len(p.states) {
		return p.states[dim]
	}
	return sh.dims[dim].open()
}

func (p *piece) with(actions actionSet) *piece {
	return &piece{box: p.box, actions: actions, states: p.states}
}

// search takes Deny boxes off the pieces of one shape. found is called with each piece that is left, until it says stop.
type search struct {
	sh *shape
	// closed are actions that need no further pieces.
	closed actionSet
	found  func(*piece) (stop bool)
}

// minus cuts the denied parts off, one dimension at a time, so that few pieces remain. It returns whether to stop.
func (s *search) minus(p *piece, denies []*box) bool {
	work := s.sh.q.work
	if !work.Spend(10 + len(p.states)) {
		return true
	}
	for len(denies) > 0 && denies[0].actions&p.actions == 0 {
		denies = denies[1:]
	}
	if p.actions&^s.closed == 0 {
		return false
	}
	if len(denies) == 0 {
		return s.leaf(p)
	}
	d := denies[0]
	denies = denies[1:]
	if outside := p.actions &^ d.actions; outside != 0 {
		if s.minus(p.with(outside), denies) {
			return true
		}
		p = p.with(p.actions & d.actions)
	}
	for i, c := range d.where {
		if out, ok := s.sh.and(p, c.negate()); ok && s.minus(out, denies) {
			return true
		}
		if work.Over() {
			return true
		}
		if i == len(d.where)-1 {
			break // what is left is denied
		}
		in, ok := s.sh.and(p, c)
		if !ok {
			return work.Over()
		}
		p = in
	}
	return work.Over()
}

// leaf leaves out the actions whose requests do not have a key that the piece needs, or have one that it cannot have.
func (s *search) leaf(p *piece) bool {
	if len(s.sh.ties) > 0 {
		states, ok := s.sh.agree(p.states)
		if !ok {
			return false
		}
		p = &piece{box: p.box, actions: p.actions, states: states}
	}
	for i := range p.states {
		d := &s.sh.dims[i]
		having := p.actions & d.actions
		switch {
		case d.actions == 0:
		case !p.states[i].absent:
			p = p.with(having)
		case d.required && having != 0:
			if lacking := p.actions &^ having; lacking != 0 && s.leaf(p.with(lacking)) {
				return true
			}
			var ok bool
			if p, ok = s.sh.and(p.with(having), constraint{dim: i, value: valueTest{all: true}}); !ok {
				return false
			}
		}
	}
	if p.actions&^s.closed == 0 {
		return false
	}
	return s.found(p)
}

// denies are the Deny boxes of the shape, those first that cut off most.
func (sh *shape) denies(statements []*statement) []*box {
	var out []*box
	for _, s := range statements {
		if !s.deny {
			continue
		}
		if b, ok := sh.box(s); ok {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b *box) int { return len(a.where) - len(b.where) })
	return out
}

// allow is the box of an Allow statement, where it holds any of the actions.
func (sh *shape) allow(s *statement, actions actionSet) (*box, bool) {
	if !s.allow || s.actions&actions == 0 {
		return nil, false
	}
	b, ok := sh.box(s)
	if !ok || b.actions&actions == 0 {
		return nil, false
	}
	b.actions &= actions
	return b, true
}

// allows are the Allow boxes of the shape that hold any of the actions.
func (sh *shape) allows(statements []*statement, actions actionSet) []*box {
	var out []*box
	for _, s := range statements {
		if b, ok := sh.allow(s, actions); ok {
			out = append(out, b)
		}
	}
	return out
}

// answer is what a question about an audience found.
type answer struct {
	open  actionSet
	all   actionSet // those of them that are known to be open to each caller of the audience
	piece *piece    // of the best action
	sh    *shape
}

// heldIn is a value of a dimension in what the answer found, "" where there is none.
func (a *answer) heldIn(dim int) string {
	st, d := a.piece.state(a.sh, dim), &a.sh.dims[dim]
	if !st.solve(d, newBudget()) {
		return ""
	}
	return st.held.text(d)
}

// better says whether the actions hold a better witness than the answer has.
func (a *answer) better(actions actionSet) bool {
	return a.piece == nil || actions.first() < a.piece.actions.first()
}

// ask looks for requests of the shapes that the document allows, and collects the actions that are open to them.
func (q *question) ask(shapes []*shape, actions actionSet) answer {
	var a answer
	var granted actionSet // no more than this can be found
	for _, s := range q.statements {
		if s.allow {
			granted |= s.actions
		}
	}
	actions &= granted
	for _, sh := range shapes {
		if q.work.Over() {
			break
		}
		if wanted := actions & sh.callable(); wanted&^a.open != 0 {
			q.askShape(&a, sh, wanted)
		}
	}
	return a
}

// asking is the search of one shape for what is open.
type asking struct {
	search
	denies []*box
	narrow []narrowPiece
}

func (sh *shape) asking(a *answer, actions actionSet) *asking {
	s := &asking{search: search{sh: sh, closed: a.open}}
	s.found = func(p *piece) bool {
		if set, limited := p.fromNarrow(sh); limited {
			s.narrow = append(s.narrow, narrowPiece{p, set})
			return false
		}
		a.take(sh, p)
		s.closed = a.open
		return actions&^a.open == 0
	}
	sh.limit()
	s.denies = sh.denies(sh.q.statements)
	return s
}

func (q *question) askShape(a *answer, sh *shape, actions actionSet) {
	wanted := actions &^ a.open
	var s *asking // made for the first box: most shapes are about nobody whom a statement lets in
	look := func(b *box) (stop bool) {
		if b.actions&^a.open == 0 {
			return false
		}
		if s == nil {
			s = sh.asking(a, actions)
		}
		p, ok := sh.begin(b)
		return ok && s.minus(p, s.denies)
	}
	if q.substitutes() { // what one statement says of a variable counts for the others: all are made first
		for _, b := range sh.allows(q.statements, wanted) {
			if look(b) {
				break
			}
		}
	} else {
		for _, st := range q.statements {
			if b, ok := sh.allow(st, wanted); ok && look(b) {
				break
			}
		}
	}
	if s != nil {
		a.addBroad(sh, s.narrow)
	}
}

func (a *answer) take(sh *shape, p *piece) {
	if fresh := p.actions &^ a.open; a.better(fresh) {
		a.piece, a.sh = p.with(fresh), sh
	}
	a.open |= p.actions
	if sh.who.account == freshAccount && p.everybody(sh) {
		a.all |= p.actions
	}
}

// everybody says whether the piece holds a request of each caller of the shape's audience, whoever it is.
func (p *piece) everybody(sh *shape) bool {
	names := []string{"caller", "org", "userid"}
	switch sh.caller {
	case accountCaller:
	case tokenCaller:
		if sh.guest {
			return false
		}
		names = sh.tenantKeys()
	default:
		return false
	}
	return !slices.ContainsFunc(names, func(name string) bool { return p.limited(sh, name) })
}

// limited says whether some value of a dimension, be it one that the audience leaves out, is not in the piece.
func (p *piece) limited(sh *shape, name string) bool {
	i, ok := sh.names.find(name)
	if !ok || i >= len(p.states) {
		return false
	}
	d, st := sh.dims[i], &p.states[i]
	if st.absent != d.absent || st.present != d.present {
		return true
	}
	if len(st.tests) == 0 {
		return false
	}
	d.members = slices.DeleteFunc(slices.Clone(d.members), func(m sets.Member) bool { return m.Not })
	work := newBudget() // whom words may name must not cost the answer
	return slices.ContainsFunc(st.tests, func(t valueTest) bool {
		fails := constraint{value: t}.negate()
		fails.absent = false
		outside := state{present: true}
		return outside.add(&d, &fails, work) || work.Over()
	})
}

// narrowPiece is a piece that only holds for few addresses.
type narrowPiece struct {
	*piece
	set *netipx.IPSet
}

// fromNarrow says whether the piece is limited to a narrow range of addresses, for questions about a network that the
// document does not name.
func (p *piece) fromNarrow(sh *shape) (*netipx.IPSet, bool) {
	i, ok := sh.names.find("sourceip")
	if !ok || sh.who.net != freshNetwork || len(p.states[i].tests) == 0 {
		return nil, false
	}
	set := p.states[i].addresses(&sh.dims[i])
	return set, !sets.Broader(set, sh.q.IPv4Bits, sh.q.IPv6Bits)
}

// addBroad takes pieces that are narrow one by one and broad together.
func (a *answer) addBroad(sh *shape, narrow []narrowPiece) {
	for _, p := range narrow {
		for rest := p.actions &^ a.open; rest != 0; rest &= rest - 1 {
			one := rest & -rest
			var b netipx.IPSetBuilder
			for _, o := range narrow {
				if o.actions&one != 0 {
					b.AddSet(o.set)
				}
			}
			if set, err := b.IPSet(); err == nil && sets.Broader(set, sh.q.IPv4Bits, sh.q.IPv6Bits) {
				a.take(sh, p.with(one))
			}
		}
	}
}

// of is the question about these statements.
func (q *question) of(statements []*statement) *question {
	one := *q
	one.work = newBudget()
	one.statements = statements
	return &one
}

// only is the question about one Allow statement, with every Deny of the document.
func (q *question) only(st *statement) *question {
	return q.of(append([]*statement{st}, deniesOf(q.statements)...))
}
