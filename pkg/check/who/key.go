package who

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
)

// keyRows are the rows of one key: whom its policy lets in, the principals that the inputs know, and grants.
// The second result says why they are not all.
func (w *world) keyRows(k *key, near []*party) (rows []*row, more string) {
	switch {
	case k.stray:
		rows, more = w.ifAllowed(k, everythingFor(), near)
	case len(k.docs) == 0:
		return []*row{unknownPolicy(k)}, ""
	default:
		rows = k.agreed(func(d document) []*row {
			rows, left := w.documentRows(k, d, near)
			if left != "" {
				more = k.address + ": " + left
			}
			return rows
		})
	}
	return append(rows, w.grantRows(k, nil)...), more
}

// partiesRows are the rows of a key that are about the parties of a selection and nobody else.
func (w *world) partiesRows(k *key, only *selection) []*row {
	list := only.of(w.near(k))
	if k.stray {
		rows, _ := w.ifAllowed(k, everythingFor(), list)
		return append(rows, w.grantRowsOf(k, only)...)
	}
	rows := k.agreed(func(d document) (out []*row) {
		for _, p := range list {
			rows, _ := w.partyRows(k, d, p)
			out = append(out, rows...)
		}
		return out
	})
	return append(rows, w.grantRowsOf(k, only)...)
}

// grantRowsOf are what grants give to the parties of a selection; a grantee needs nothing else that connects it with the key.
func (w *world) grantRowsOf(k *key, only *selection) []*row {
	return slices.DeleteFunc(w.grantRows(k, nil), func(r *row) bool { return !only.parties[r.who.Name] && !only.parties[r.who.Address] })
}

// documentRows are the rows of a key if it has the policy.
func (w *world) documentRows(k *key, d document, near []*party) (out []*row, more string) {
	hide := veilOf(k, d)
	got := access.Audiences(d.doc, k.subject)
	more = got.More
	for i := range got.Rows {
		r := &got.Rows[i]
		if p := w.partyOf(r.Who, k.side); p != nil {
			if !slices.Contains(near, p) {
				near = append(slices.Clip(near), p)
			}
			continue
		}
		one := &row{key: k, who: w.calls(r.Who, k), named: r.Who.Ref == "", veil: hide, actions: r.Actions, conditions: r.Conditions, via: "key-policy", possible: r.Possible,
			dependsOn: r.DependsOn, witness: r.Witness, through: d.steps(nil, r.Statements)}
		if r.Who.Delegated || r.Who.Kind == access.WhoAccount && r.Who.Ref == "" && k.account() != "" && r.Who.Name != k.account() { // another account has its say
			one.via = "account"
		}
		if waits := resting(r.Conditions, k.subject); len(waits) > 0 {
			one.possible, one.witness, one.dependsOn = true, nil, slices.Concat(one.dependsOn, waits)
		}
		if one.actions = acrossAccounts(one.actions, r.Who, k); len(one.actions) > 0 {
			out = append(out, one)
			if w.many && r.Who.Delegated && one.who.Trusted {
				out = append(out, w.openRow(one))
			}
		}
	}
	for _, p := range near {
		rows, left := w.partyRows(k, d, p)
		out = append(out, rows...)
		if left != "" {
			more = left
		}
	}
	return out, more
}

// acrossAccounts leaves out what nobody can do with a key of another account.
func acrossAccounts(actions []string, who access.Who, k *key) []string {
	account := who.Name
	if who.Kind != access.WhoAccount {
		account = aws.AccountOf(who.Name)
	}
	switch who.Kind {
	case access.WhoAccount, access.WhoRole, access.WhoUser, access.WhoPrincipal:
	default:
		return actions
	}
	if account == "" || k.subject.Account == "" || account == k.subject.Account || who.Ref != "" {
		return actions
	}
	return slices.DeleteFunc(slices.Clone(actions), func(name string) bool {
		a, _ := aws.KeyAction(name)
		return !a.CrossAccount
	})
}
