package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// grantRows are what grants give; also is a party that is to be looked at besides those of the world, or nil.
func (w *world) grantRows(k *key, also *party) []*row {
	var out []*row
	for _, p := range k.grants {
		for _, r := range w.grantRow(k, p, also) {
			r.secretActions = p.Grant.SecretOperations
			if p.Perhaps {
				r.possible, r.dependsOn = true, append(r.dependsOn, check.LinkDepends(p.Policy)...)
			}
			out = append(out, r)
		}
	}
	return out
}

// grantee is the party that a grant names, itself or as one of its sessions; nil where the inputs know none.
func (w *world) grantee(name string) *party {
	if p := w.byARN[name]; p != nil || !strings.Contains(name, ":assumed-role/") {
		return p
	}
	for _, p := range w.parties {
		if aws.IsSessionOf(name, p.ARN) {
			return p
		}
	}
	return nil
}

// grantRow is one grant: an Allow that no policy has to repeat, and that a Deny of the key policy or the grantee's own
// takes back.
func (w *world) grantRow(k *key, of grant, also *party) []*row {
	p := of.Policy
	g := of.side.in.Owners.Granted(p.Grant, p.Resource)
	if check.NoGrantee(g) {
		depends := p.DependsOn
		for _, h := range g.Grantee.Holes {
			depends = append(depends, h.Refs()...)
		}
		if depends = check.Sorted(depends); len(depends) == 0 {
			depends = dependsOn(p)
		}
		return []*row{{key: k, who: finding.Who{Kind: string(access.WhoPrincipal), Name: "(" + strings.Join(depends, ", ") + ")"}, actions: grantable(g),
			via: "grant", through: []step{{policy: p, statement: -1}}, possible: true, dependsOn: depends, anyone: true}}
	}
	granted := func(operations []string) []*row {
		if len(k.docs) == 0 {
			return w.grantedRows(k, document{}, p, g, operations, also)
		}
		return k.agreed(func(d document) []*row { return w.grantedRows(k, d, p, g, operations, also) })
	}
	out := granted(g.Operations)
	if g.MoreOperations {
		all := granted(aws.GrantOperations)
		for _, r := range all {
			r.possible, r.witness, r.dependsOn = true, nil, slices.Concat(r.dependsOn, of.side.set.DependsOn(p.Resource, "operations"))
		}
		out = append(out, beyond(all, out)...)
	}
	return out
}

// grantedRows are what a grant of the operations gives the grantee if the key has the policy d.
func (w *world) grantedRows(k *key, d document, p *extract.Policy, g *extract.Grant, operations []string, also *party) []*row {
	if len(operations) == 0 {
		return nil
	}
	through := []step{{policy: p, statement: -1}}
	doc := check.GrantDocument(p, g, operations, d.doc)
	veil := check.NewVeil(doc, p.Sensitive || g.Secret(), k.subject)
	if d.doc != nil {
		veil = veil.With(veilOf(k, d)) // its Deny statements
	}
	var out []*row
	var parties []*party
	if party := w.grantee(g.Grantee.S); party != nil {
		parties = append(parties, party)
	} else if unknown.HasHole(g.Grantee.S) {
		parties = w.callers(doc)
		if also != nil {
			parties = append(slices.Clip(parties), also)
		}
	}
	for _, party := range parties {
		rows, _ := w.partyRows(k, document{doc: doc, policy: p}, party)
		for _, r := range rows {
			switch {
			case r.via == "key-policy":
				r.veil, r.through = veil, through
			case aws.AccountOf(party.ARN) != k.account(): // another account has its say
				own := slices.DeleteFunc(slices.Clone(r.through), func(s step) bool { return s.policy == p })
				r.veil, r.through = veil.With(r.veil), append(slices.Clip(through), own...)
			default:
				continue
			}
			r.via = "grant"
			out = append(out, r)
		}
	}
	got := access.Audiences(doc, k.subject)
	for i := range got.Rows {
		r := &got.Rows[i]
		if w.partyOf(r.Who, k.side) != nil || w.grantee(r.Who.Name) != nil {
			continue
		}
		out = append(out, &row{key: k, who: w.calls(r.Who, k), named: r.Who.Ref == "", veil: veil, actions: r.Actions, conditions: r.Conditions, via: "grant", through: through,
			possible: r.Possible, dependsOn: r.DependsOn, witness: r.Witness})
	}
	return out
}

// grantable are the actions of a grant, all that there are where some are not known.
func grantable(g *extract.Grant) []string {
	operations := g.Operations
	if g.MoreOperations {
		operations = aws.GrantOperations
	}
	var out []string
	for _, o := range operations {
		out = append(out, "kms:"+o)
	}
	return out
}
