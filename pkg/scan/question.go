package scan

import (
	"cmp"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
)

// ask takes the policies out of what was loaded, where that has not been done, and puts what the rules are asked about them.
func (r *judging) ask(l *loaded) {
	if l.set == nil {
		var diags hcl.Diagnostics
		r.again.plan = l.plan
		l.plan = extract.Translated(l.plan)
		l.set, diags = extract.Policies(l.plan)
		r.problem(diags)
	}
	owners := check.FindOwners(r.given(), l.plan, l.set, r.Untrusted, r.number)
	account := owners.Default()
	minimum := cmp.Or(r.run.config.MinDeletionWindowDays, 30)
	r.again.base = question{check.Input{
		Number: r.number, Plan: l.plan, Set: l.set, Sources: l.kind == "source", Untrusted: r.Untrusted, Owners: owners, Subject: r.subject(account, owners.Organization()),
		MinDeletionWindow: minimum, Locate: r.locate, Memory: r.memory,
	}, account}
}
