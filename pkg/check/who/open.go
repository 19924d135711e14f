package who

import (
	"fmt"
	"slices"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/iam"
)

// manyOpen is how many parties whose policies are not known have rows of their own. Each of them may be allowed every key
// that leaves it to the account: more of them are one caller, so that the rows do not grow with the product.
const manyOpen = 16

// gather notes the parties whose policies are not known, and says what decides them.
func (w *world) gather() {
	n := 0
	for _, p := range w.parties {
		if len(p.depends) == 0 {
			continue
		}
		if n++; n <= 10 {
			w.openDepends = append(w.openDepends, p.depends...)
		}
	}
	if w.many = n > manyOpen; w.many {
		w.openDepends = append(slices.Compact(w.openDepends), fmt.Sprintf("the policies of %d more roles and users", n-10))
	}
}

// openRow is what parties whose policies are not known may do by a row that leaves it to the account.
func (w *world) openRow(r *row) *row {
	one := *r
	one.who, one.named, one.possible, one.witness = openWho(r.who.Trusted), false, true, nil
	one.dependsOn = append(slices.Clone(r.dependsOn), w.openDepends...)
	return &one
}

// assumesRoles says whether some policy of the party is about assuming roles.
func (p *party) assumesRoles() bool { return check.MayAllow(p.Policies, "sts:AssumeRole") }

func onlyServices(d *iam.Document) bool {
	if d.Opaque {
		return false
	}
	for s := range d.All() {
		if s.Effect.S == "Deny" {
			continue
		}
		if s.Principal == nil || s.Principal.Text.Set || s.Hole != "" {
			return false
		}
		for _, e := range s.Principal.Entries {
			if e.Type.S != "Service" {
				return false
			}
		}
	}
	return true
}
