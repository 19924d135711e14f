package scan

import (
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
)

// again is what looking at an input again needs, after an edit.
type again struct {
	// base is what the rules were asked, sources those that the input was read from or joined with, nil where there are none.
	base    question
	sources *tfhcl.Config
	// plan is the input without its sources; unedited and written are what the sources that are there make of it.
	plan     *tf.Plan
	unedited *tf.Plan
	written  map[string]*tf.Resource
}

// question is what the rules are asked about an input.
type question struct {
	check.Input
	Account *finding.Account
}

func (r *judging) question(l *loaded, set *extract.Set) question {
	owners := check.FindOwners(r.given(), l.plan, set, r.Untrusted)
	account := owners.Default()
	minimum := r.run.config.MinDeletionWindowDays
	if minimum == 0 {
		minimum = 30
	}
	return question{check.Input{
		Number: r.number, Plan: l.plan, Set: set, Sources: l.kind == "source", Untrusted: r.Untrusted, Owners: owners, Subject: r.subject(account, owners.Organization()),
		MinDeletionWindow: minimum, Locate: r.locate,
	}, account}
}
