package scan

import (
	"cmp"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
)

func (r *judging) question(l *loaded, set *extract.Set) question {
	owners := check.FindOwners(r.given(), l.plan, set, r.Untrusted, r.number)
	account := owners.Default()
	minimum := cmp.Or(r.run.config.MinDeletionWindowDays, 30)
	return question{check.Input{
		Number: r.number, Plan: l.plan, Set: set, Sources: l.kind == "source", Untrusted: r.Untrusted, Owners: owners, Subject: r.subject(account, owners.Organization()),
		MinDeletionWindow: minimum, Locate: r.locate, Memory: r.memory,
	}, account}
}
