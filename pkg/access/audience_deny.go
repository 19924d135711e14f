package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// denial is a Deny statement.
type denial struct {
	actions actionSet
	// who are the principals; nil where it is everyone. not says that it is all others.
	who []atom
	not bool
	// binds have to hold together for the Deny to match.
	binds []*binding
	// ways out: what holds of requests that the Deny does not match, each a list of bindings that hold together.
	ways [][]*binding
}

// name tells denials apart by what they mean, so that the order of statements makes no difference.
func (d *denial) name() string {
	var b strings.Builder
	for _, bind := range d.binds {
		b.WriteString(bind.name + "\x01")
	}
	for _, a := range d.who {
		b.WriteString(a.name() + "\x02")
	}
	return b.String() + d.actions.hex()
}

// denial is nil for a statement that denies nothing of the resource.
func (g *ground) denial(s *statement) *denial {
	d := &denial{actions: s.actions & g.universe}
	if d.actions == 0 || !g.covers(s) {
		return nil
	}
	var ok bool
	if d.binds, ok = g.binds(s); !ok {
		return nil
	}
	d.binds = g.join(d.binds, nil)
	switch {
	case s.Principal != nil:
		atoms := atomsOf(s.Principal)
		if !slices.Contains(atoms, anybody) {
			d.who = atoms
			if out, ok := g.outside(atoms); ok && len(out) > 0 {
				d.ways = append(d.ways, out)
			}
		}
	case s.NotPrincipal != nil:
		if d.who, d.not = atomsOf(s.NotPrincipal), true; slices.Contains(d.who, anybody) {
			return nil // it is for nobody
		}
		for _, in := range g.inside(d.who) {
			d.ways = append(d.ways, []*binding{in})
		}
	default:
		return nil
	}
	for _, b := range d.binds {
		if out, ok := g.opposite(b); ok && len(out) > 0 {
			d.ways = append(d.ways, out)
		} else if ok {
			return nil // the condition never holds
		}
		if way := g.noARNs(b); way != nil {
			d.ways = append(d.ways, way)
		}
		if b.op.Negated { // a Deny that compares with a variable which has no value does not match
			for _, key := range g.variablesOf(b) {
				d.ways = append(d.ways, []*binding{g.absent(key), g.present(b.key)})
			}
		}
	}
	return d
}

// noARNs is the way out of a comparison of ARNs for a key that may hold something else: it does not hold then, negated or
// not.
func (g *ground) noARNs(b *binding) []*binding {
	if info, _ := aws.Describe(b.key); b.op.Name != "arnlike" || info.Type == aws.ARNs || info.Type == aws.Principals || strings.HasSuffix(b.key, "arn") {
		return nil
	}
	op := iam.Operator{Name: "stringlike", Negated: true}
	switch b.op.Set {
	case "all":
		op.Set = "any"
	case "any":
		op.Set = "all"
	}
	return []*binding{g.bind(op, b.key, []string{"*:*:*:*:*:*"}), g.present(b.key)}
}

// variablesOf are the keys that the values of a binding speak of.
func (g *ground) variablesOf(b *binding) []string {
	var out []string
	for _, v := range b.values {
		if !g.q.variables || !strings.Contains(v, "${") {
			continue
		}
		for _, p := range iam.Variables(v) {
			if p.Key != "" && !p.HasFallback {
				out = appendNew(out, aws.Lower(p.Key))
			}
		}
	}
	return out
}

// without are the parts of the clause that the Deny does not match.
func (g *ground) without(c *clause, d *denial) []*clause {
	in := *c
	in.actions = c.actions & d.actions
	if in.actions != 0 {
		in.actions = g.meets(&in, d)
	}
	if in.actions == 0 {
		return []*clause{c}
	}
	var out []*clause
	if rest := c.actions &^ in.actions; rest != 0 {
		outside := *c
		outside.actions = rest
		out = append(out, &outside)
	}
	for _, way := range d.ways {
		part := in
		part.binds = g.join(c.binds, way)
		if g.narrow(&part) {
			out = append(out, &part)
		}
	}
	return out
}

// meets are the actions of the requests of the clause that the Deny matches.
func (g *ground) meets(c *clause, d *denial) actionSet {
	in := *c
	in.binds = g.join(c.binds, d.binds)
	if d.who == nil {
		return g.open(&in)
	}
	if d.not {
		if out, ok := g.outside(d.who); ok {
			in.binds = g.join(in.binds, out)
		}
		return g.open(&in)
	}
	var met actionSet
	for _, a := range d.who {
		if a.kind == "Federated" {
			if c.who.kind == "Federated" && c.who.value == a.value {
				met |= g.open(&in)
			}
			continue
		}
		for _, b := range g.inside([]atom{a}) {
			one := in
			one.binds = g.join(in.binds, []*binding{b})
			met |= g.open(&one)
		}
	}
	return met
}

// split sorts principals by the condition key that tells them.
func split(atoms []atom) (arns, accounts, services, others []string) {
	for _, a := range atoms {
		id, account := accountOf(a)
		switch {
		case account:
			accounts = append(accounts, id)
		case a.kind == "Service":
			services = append(services, a.value)
		case a.kind == "AWS" && strings.HasPrefix(a.value, "arn:") && !strings.Contains(a.value, ":assumed-role/"):
			arns = append(arns, a.value)
		default:
			others = append(others, a.value)
		}
	}
	return arns, accounts, services, others
}

// inside are conditions that the callers meet: each is met by those of one kind. A session is told by no condition: it is
// left out, and its role is let in by another of its sessions.
func (g *ground) inside(atoms []atom) []*binding {
	var out []*binding
	arns, accounts, services, _ := split(atoms)
	if len(arns) > 0 {
		out = append(out, g.bind(iam.Operator{Name: "arnlike"}, aws.KeyPrincipalArn, arns))
	}
	if len(accounts) > 0 {
		out = append(out, g.bind(iam.Operator{Name: "stringequals"}, aws.KeyPrincipalAccount, accounts))
	}
	if len(services) > 0 {
		out = append(out, g.bind(iam.Operator{Name: "stringequals"}, aws.KeyPrincipalServiceName, services))
	}
	return out
}

// outside are conditions that all but the callers meet. It returns false where everyone is among them.
func (g *ground) outside(atoms []atom) ([]*binding, bool) {
	if slices.Contains(atoms, anybody) {
		return nil, false
	}
	var out []*binding
	for _, b := range g.inside(atoms) {
		op := b.op
		op.Negated = true
		out = append(out, g.bind(op, b.key, b.values))
	}
	return out, true
}
