package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/sets"
)

// pinning are the keys that name callers, the most exact first.
var pinning = []string{aws.KeyPrincipalArn, aws.KeyPrincipalAccount, aws.KeyCallerAccount, aws.KeyPrincipalOrgID, aws.KeyPrincipalOrgPaths}

// named puts a condition that names the callers of "*" in the place of the principal: one clause for each of them.
func (g *ground) named(c *clause) []*clause {
	if c.who != anybody {
		return []*clause{c}
	}
	for _, key := range pinning {
		for i, b := range c.binds {
			if b.key != key {
				continue
			}
			atoms, pinned := g.pinned(b)
			if !pinned {
				continue
			}
			rest := slices.Delete(slices.Clone(c.binds), i, i+1)
			var out []*clause
			for _, a := range atoms {
				one := *c
				one.who, one.binds = a, rest
				out = append(out, &one)
			}
			return out
		}
	}
	return []*clause{c}
}

// firm writes conditions that hold where a key is absent without that, where no request of the clause lacks the key.
func (g *ground) firm(c *clause) *clause {
	for i, b := range c.binds {
		if !b.op.IfExists || b.op.Set != "" || g.lacks(c, b.key) {
			continue
		}
		op := b.op
		op.IfExists = false
		one := *c
		one.binds = g.join(slices.Delete(slices.Clone(c.binds), i, i+1), []*binding{g.bind(op, b.key, b.values)})
		return g.firm(&one)
	}
	return c
}

// lacks says whether some request of the clause does not have the key.
func (g *ground) lacks(c *clause, key string) bool {
	one := *c
	one.binds = g.join(c.binds, []*binding{g.absent(key)})
	return g.open(&one) != 0
}

// pinned are the callers that a condition names, where it names them one by one.
func (g *ground) pinned(b *binding) ([]atom, bool) {
	if !b.positive() || b.op.Name == "ipaddress" || b.op.Name == "stringequalsignorecase" || b.op.Set == "all" {
		return nil, false
	}
	var out []atom
	for _, v := range b.values {
		if strings.Contains(v, "${") || strings.ContainsRune(v, sets.AnyRun) {
			return nil, false
		}
		a := atom{kind: "AWS", value: v}
		exact := !strings.ContainsAny(v, "*?")
		switch b.key {
		case aws.KeyPrincipalArn:
			arn, ok := aws.ParseARN(v)
			if !ok || arn.Resource == "root" || strings.ContainsAny(arn.Account, "*?") || len(arn.Account) != 12 {
				return nil, false
			}
			if !exact && b.op.Name != "arnlike" {
				return nil, false // the wildcards of texts run over colons
			}
		case aws.KeyPrincipalAccount, aws.KeyCallerAccount:
			if len(v) != 12 || strings.Trim(v, sets.Digits) != "" {
				return nil, false
			}
			a.direct = true
		default:
			if id, path, _ := strings.Cut(v, "/"); strings.ContainsAny(id, "*?") || b.key == aws.KeyPrincipalOrgPaths && path == "" && !strings.HasSuffix(v, "/") {
				return nil, false
			}
			a = atom{kind: "AWS", value: "*", pin: g.bind(b.op, b.key, []string{v})}
		}
		out = append(out, a)
	}
	return out, len(out) > 0
}

// who names the callers of a clause.
func (g *ground) who(c *clause, n *names) Who {
	a := c.who
	if a.pin != nil {
		id := a.pin.values[0]
		w := Who{Kind: WhoOrganization, Name: n.shown(id), Ref: n.ref(id)}
		return w
	}
	w := Who{Kind: WhoPrincipal, Name: n.shown(a.value), Ref: n.ref(a.value)}
	switch {
	case a.kind == "Service":
		w.Kind = WhoService
		return w
	case a.kind == "Federated":
		w.Kind = WhoProvider
		return w
	case a == anybody:
		return g.anybody(c, n)
	}
	if id, ok := accountOf(a); ok {
		return Who{Kind: WhoAccount, Name: n.shown(id), Ref: n.ref(id), Delegated: !a.direct}
	}
	w.Kind = principalKind(a.value)
	return w
}

// principalKind is what an ARN names.
func principalKind(arn string) WhoKind {
	a, _ := aws.ParseARN(arn)
	switch {
	case strings.ContainsAny(arn, "*?"):
	case strings.HasPrefix(a.Resource, "role/"):
		return WhoRole
	case strings.HasPrefix(a.Resource, "user/"):
		return WhoUser
	}
	return WhoPrincipal
}

// anybody tells whom a clause for "*" lets in: strangers, or else services, or callers that a pattern describes.
func (g *ground) anybody(c *clause, n *names) Who {
	accounts := false
	for i, sh := range g.shapes {
		p := g.piece(i, c)
		if p == nil || sh.caller == serviceCaller || sh.caller == serviceFor {
			continue
		}
		accounts = true
		if g.fresh(sh, p) {
			return Who{Kind: WhoStranger}
		}
	}
	if !accounts {
		return Who{Kind: WhoService, Name: "*"}
	}
	for _, key := range []string{aws.KeyPrincipalArn, aws.KeyUserID, aws.KeyPrincipalAccount, aws.KeyCallerAccount} {
		for _, b := range c.binds {
			if b.key == key && b.positive() && len(b.values) > 0 {
				return n.described(WhoPrincipal, b.values)
			}
		}
	}
	for _, b := range c.binds {
		if (b.key == aws.KeyPrincipalOrgID || b.key == aws.KeyPrincipalOrgPaths) && b.positive() && len(b.values) > 0 {
			return n.described(WhoOrganization, b.values)
		}
	}
	return Who{Kind: WhoPrincipal, Name: "*"}
}

// described are callers that the values of a condition describe.
func (n *names) described(kind WhoKind, values []string) Who {
	w := Who{Kind: kind}
	shown := make([]string, len(values))
	for i, v := range values {
		shown[i] = n.shown(v)
	}
	w.Name = strings.Join(shown, ", ")
	if len(values) == 1 {
		w.Ref = n.ref(values[0])
	}
	return w
}

// fresh says whether some caller of the piece is a stranger: of an account and organization that nobody names.
func (g *ground) fresh(sh *shape, p *piece) bool {
	stranger := &shape{q: g.q, who: audience{net: anyNetwork}}
	for i := range p.states {
		d := &sh.dims[i]
		name := sh.names[i]
		var members []sets.Member
		switch name {
		case "caller":
			members = []sets.Member{{In: g.q.ofAccounts("named", g.q.accounts), Not: true}}
		case "org":
			of := &shape{q: g.q}
			members = of.freshOrgs()
		case "userid":
			members = g.q.userIDs(stranger.who, nil).members
		}
		if members == nil {
			continue
		}
		st := p.states[i]
		for _, m := range members {
			st.test(valueTest{lang: m.In, not: m.Not})
		}
		if !st.absent && !st.solve(d, g.q.work) {
			return false
		}
	}
	return true
}

// freshOrgs keeps the organizations out that the document names.
func (sh *shape) freshOrgs() []sets.Member {
	i := sh.orgDim("org", freshOrg)
	return sh.dims[i].members[1:]
}
