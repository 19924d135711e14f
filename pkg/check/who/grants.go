package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// grantRows are what grants give.
func (w *world) grantRows(k *key) []*row {
	var out []*row
	for _, p := range k.grants {
		if p.Grant == nil {
			continue
		}
		for _, r := range w.grantRow(k, p) {
			r.secretActions = p.Grant.SecretOperations
			if p.Perhaps {
				r.possible, r.dependsOn = true, append(r.dependsOn, linkDepends(p.Policy)...)
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
func (w *world) grantRow(k *key, of grant) []*row {
	p := of.Policy
	g := of.side.in.Owners.Granted(p.Grant, p.Resource)
	grantee, depends := check.Grantee(g, of.side.of(p)), p.DependsOn
	if grantee == "" {
		for _, h := range g.Grantee.Holes {
			depends = append(depends, h.Refs()...)
		}
	}
	if grantee == "" {
		depends = sorted(depends)
		return []*row{{key: k, who: finding.Who{Kind: string(access.WhoPrincipal), Name: "(" + strings.Join(depends, ", ") + ")"}, actions: grantable(g),
			via: "grant", through: []step{{policy: p, statement: -1}}, possible: true, dependsOn: depends, anyone: true}}
	}
	out := w.grantedRows(k, p, g, grantee, g.Operations)
	if g.MoreOperations {
		all := w.grantedRows(k, p, g, grantee, aws.GrantOperations)
		for _, r := range all {
			r.possible, r.witness, r.dependsOn = true, nil, slices.Concat(r.dependsOn, of.side.set.DependsOn(p.Resource, "operations"))
		}
		out = append(out, beyond(all, out)...)
	}
	return out
}

// grantedRows are what a grant of the operations gives the grantee.
func (w *world) grantedRows(k *key, p *extract.Policy, g *extract.Grant, grantee string, operations []string) []*row {
	if len(operations) == 0 {
		return nil
	}
	through := []step{{policy: p, statement: -1}}
	var policy *iam.Document
	if len(k.docs) > 0 {
		policy = k.docs[0].doc
	}
	doc := check.GrantDocument(p, grantee, operations, policy)
	veil := check.NewVeil(doc, p.Sensitive || g.Secret(), k.subject)
	for _, d := range k.docs[:min(1, len(k.docs))] {
		veil = veil.With(veilOf(k, d)) // its Deny statements
	}
	var out []*row
	if party := w.grantee(grantee); party != nil {
		rows, _ := party.joint(doc, k.subject)
		for i := range rows {
			r := &rows[i]
			out = append(out, &row{key: k, who: w.whoIs(party, k), veil: veil, actions: r.Actions, conditions: r.Conditions, via: "grant", through: through,
				possible: r.Possible, dependsOn: r.DependsOn, witness: r.Witness})
		}
		return out
	}
	got := access.Audiences(doc, k.subject)
	for i := range got.Rows {
		r := &got.Rows[i]
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
