package iam

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// ownDocument is the document of the arguments themselves.
func (r *renderer) ownDocument(in argument) rendered {
	var d rendered
	var ok bool
	if d.version, ok = r.text(in.get("version")); !ok || d.version.s == "" {
		d.version = piece{s: latestVersion}
	}
	r.version = d.version.s
	id, _ := r.text(in.get("policy_id"))
	d.id = id.optional()

	statements := in.get("statement")
	if statements.isUnknown() {
		d.statements = []renderedStatement{{tree: r.bareHole(statements)}}
		return d
	}
	for _, e := range r.elements(statements) {
		d.statements = append(d.statements, r.ownStatement(e))
	}
	r.refuseRepeated(map[string]bool{}, d, "the document", statements.origin)
	return d
}

func (r *renderer) ownStatement(in argument) renderedStatement {
	if in.isUnknown() {
		return renderedStatement{tree: r.bareHole(in)}
	}
	var s renderedStatement
	s.sid, _ = r.text(in.get("sid"))
	s.tree = tree{kind: kindObject, at: in.origin}
	if s.sid.s != "" {
		s.tree.add("Sid", s.sid.tree())
	}
	effect, ok := r.text(in.get("effect"))
	if !ok {
		effect = piece{s: "Allow"}
	}
	if effect.s != "" {
		s.tree.add("Effect", effect.tree())
	}
	actions, notActions := either(in, "actions", "not_actions")
	r.addStrings(&s.tree, "Action", actions, false)
	r.addStrings(&s.tree, "NotAction", notActions, false)
	resources, notResources := either(in, "resources", "not_resources")
	r.addStrings(&s.tree, "Resource", resources, true)
	r.addStrings(&s.tree, "NotResource", notResources, true)
	principals, notPrincipals := either(in, "principals", "not_principals")
	r.addPrincipals(&s.tree, "Principal", principals)
	r.addPrincipals(&s.tree, "NotPrincipal", notPrincipals)
	r.addConditions(&s.tree, in.get("condition"))
	return s
}

// either are two arguments of which AWS takes one. Where one of them is written, the other one is left out if it is not
// known, because it may be null. Where both are unknown, one that may be anything stands for both: not some actions is some
// actions, too.
func either(in argument, name, not string) (argument, argument) {
	a, b := in.get(name), in.get(not)
	switch {
	case a.isUnknown() && b.isUnknown():
		a.refs, a.sensitive = append(slices.Clone(a.refs), b.refs...), a.sensitive || b.sensitive
		return a, in.get("")
	case a.isUnknown() && b.holds():
		return in.get(""), b
	case b.isUnknown() && a.holds():
		return a, in.get("")
	}
	return a, b
}

func (r *renderer) addStrings(to *tree, name string, in argument, vars bool) {
	if elems := r.strings(in, vars); len(elems) > 0 {
		to.add(name, oneOrList(elems))
	}
}

// principalsBlock is one principals or not_principals block.
type principalsBlock struct {
	typ piece
	ids tree
}

func (r *renderer) addPrincipals(to *tree, name string, in argument) {
	if in.isUnknown() {
		to.add(name, r.bareHole(in))
		return
	}
	var blocks []principalsBlock
	for _, e := range r.blocks(in, principalsHash) {
		if e.isUnknown() {
			t := r.bareHole(e)
			blocks = append(blocks, principalsBlock{t.text, t})
			continue
		}
		typ, _ := r.text(e.get("type"))
		ids := oneOrList(r.strings(e.get("identifiers"), true))
		blocks = append(blocks, principalsBlock{typ, ids})
	}
	if len(blocks) == 0 {
		return
	}
	val := principalsTree(blocks)
	if val.kind == kindObject && len(blocks) == 1 {
		val.at = r.blocks(in, principalsHash)[0].origin
	}
	to.add(name, val)
}

// principalsTree joins blocks of one type. A single block of type "*" for "*" is the bare string.
func principalsTree(blocks []principalsBlock) tree {
	if len(blocks) == 1 {
		typ, ids := blocks[0].typ, blocks[0].ids
		if ids.kind == kindList && len(ids.elems) == 1 {
			ids = ids.elems[0]
		}
		unknown := ids.kind == kindBare || ids.text.hasHole()
		switch {
		case typ.s == "*" && ids.kind == kindString && ids.text.s == "*":
			return ids
		case typ.s == "*" && unknown:
			return ids.text.bare() // the bare string if it is "*"
		case typ.hasHole() && (unknown || ids.kind == kindString && ids.text.s == "*"):
			return typ.bare()
		}
	}
	out := tree{kind: kindObject}
	at := map[string]int{}
	for _, b := range blocks {
		i, ok := at[b.typ.s]
		if !ok {
			at[b.typ.s] = len(out.members)
			out.members = append(out.members, treeMember{name: b.typ, val: b.ids})
			continue
		}
		val := &out.members[i].val
		val.elems = append(listed(*val), listed(b.ids)...)
		val.kind = kindList
	}
	out.sortMembers()
	return out
}

// listed are the elements of a list, or the one value that is none.
func listed(t tree) []tree {
	if t.kind == kindList {
		return t.elems
	}
	return []tree{t}
}

// sortMembers sorts as encoding/json does for a map.
func (t *tree) sortMembers() {
	slices.SortStableFunc(t.members, func(a, b treeMember) int { return strings.Compare(a.name.s, b.name.s) })
}

// conditionBlock is one condition block, or a bare token for one of which nothing is known.
type conditionBlock struct {
	in             argument
	test, variable piece
	hole           tree
	values         []tree
}

// undecided says whether it is not known yet if the provider joins two blocks into one list of alternatives.
func (c conditionBlock) undecided(d conditionBlock) bool {
	if c.hole.kind != 0 || d.hole.kind != 0 {
		return true
	}
	differ := func(a, b piece) bool { return !unknown.MayEqual(a.s, b.s) }
	same := c.test.s == d.test.s && c.variable.s == d.variable.s
	return !same && !differ(c.test, d.test) && !differ(c.variable, d.variable)
}

func (c conditionBlock) bare() tree {
	for _, p := range []piece{c.test, c.variable} {
		if p.hasHole() {
			return p.bare()
		}
	}
	return c.hole
}

func (r *renderer) addConditions(to *tree, in argument) {
	if in.isUnknown() {
		to.add("Condition", r.bareHole(in))
		return
	}
	var blocks []conditionBlock
	for _, e := range r.blocks(in, conditionHash) {
		c := conditionBlock{in: e}
		if e.isUnknown() {
			c.hole = r.bareHole(e)
		} else {
			c.test, _ = r.text(e.get("test"))
			c.variable, _ = r.text(e.get("variable"))
			c.values = r.conditionValues(e.get("values"))
		}
		blocks = append(blocks, c)
	}
	if len(blocks) > 0 {
		to.add("Condition", conditionsTree(blocks))
	}
}

func (r *renderer) conditionValues(in argument) []tree {
	if in.isUnknown() {
		return []tree{r.bareHole(in)}
	}
	var out []tree
	for _, e := range r.elements(in) {
		p, ok := r.text(e)
		if !ok {
			r.fail(in.origin, "A list of condition values holds null.")
		}
		out = append(out, r.variables(p).tree())
	}
	return out
}

// conditionsTree groups blocks by test and variable. Blocks of which it is not known whether they become one, which
// would turn "and" into "or", are unknown operators all of them.
func conditionsTree(blocks []conditionBlock) tree {
	holes := make([]tree, len(blocks))
	for i, c := range blocks {
		for j, d := range blocks {
			if i == j || !c.undecided(d) {
				continue
			}
			holes[i] = c.bare()
			if holes[i].kind == 0 {
				holes[i] = d.bare()
			}
		}
		if c.hole.kind != 0 {
			holes[i] = c.hole
		}
	}
	out := tree{kind: kindObject}
	for i, c := range blocks {
		if hole := holes[i]; hole.kind != 0 {
			if out.member(hole.text.s) == nil {
				out.members = append(out.members, treeMember{name: hole.text, val: hole, at: c.in.origin})
			}
			continue
		}
		op := out.member(c.test.s)
		if op == nil {
			out.members = append(out.members, treeMember{name: c.test, val: tree{kind: kindObject}})
			op = &out.members[len(out.members)-1]
		}
		if key := op.val.member(c.variable.s); key != nil {
			key.val = oneOrList(append(listed(key.val), c.values...))
		} else {
			op.val.members = append(op.val.members, treeMember{name: c.variable, val: oneOrList(c.values), at: c.in.origin})
		}
	}
	for i := range out.members {
		out.members[i].val.sortMembers()
	}
	out.sortMembers()
	return out
}

func (t *tree) member(name string) *treeMember {
	for i := range t.members {
		if t.members[i].name.s == name {
			return &t.members[i]
		}
	}
	return nil
}

// blocks are the elements of a set of blocks in the provider's order, which is that of hash codes written as text. What
// is unknown has no hash code and comes last.
func (r *renderer) blocks(in argument, hash func(*renderer, argument) string) []argument {
	type hashed struct {
		argument
		code string
	}
	var out []hashed
	for _, e := range r.elements(in) {
		h := hashed{argument: e}
		if e.v.IsWhollyKnown() {
			h.code = hash(r, e)
		}
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b hashed) int {
		if (a.code == "") != (b.code == "") {
			return cmp.Compare(b.code, a.code)
		}
		return cmp.Compare(a.code, b.code)
	})
	var args []argument
	for i, h := range out {
		if h.code != "" && i > 0 && out[i-1].code == h.code {
			continue // a set holds equal blocks once
		}
		args = append(args, h.argument)
	}
	return args
}
