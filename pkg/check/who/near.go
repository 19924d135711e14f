package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// near are the parties that may have something to do with a key: those whom its policy may let in, and those with policies
// that speak of it.
func (w *world) near(k *key) []*party {
	if k.stray {
		return slices.Clone(w.named[k.subject.Resource])
	}
	everyone, accounts := false, false
	seen := map[*party]bool{}
	var out []*party
	add := func(p *party) {
		if !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	perhaps := func(p *party) {
		if p.side == k.side || k.account() != "" && !access.StandsIn(aws.AccountOf(p.ARN)) { // inputs meet where accounts are known
			add(p)
		}
	}
	for _, d := range k.docs {
		named, all, some := w.letIn(d.doc)
		for _, p := range named {
			add(p)
		}
		everyone = everyone || all || d.doc.Opaque || len(d.doc.Text.Holes) > 0
		accounts = accounts || some
	}
	for _, p := range w.parties {
		if p.open != nil && slices.ContainsFunc(k.docs, func(d document) bool { return w.namesUnknown(d.doc) }) {
			perhaps(p)
		}
	}
	switch {
	case everyone && w.small():
		for _, p := range w.parties {
			perhaps(p)
		}
	case everyone, accounts: // a row of everybody is theirs, too
		for _, list := range [][]*party{w.named[k.subject.Resource], w.referring[k.address], w.wide} {
			for _, p := range list {
				perhaps(p)
			}
		}
	}
	slices.SortFunc(out, func(a, b *party) int { return a.at - b.at })
	return out
}

// letIn are the parties that a document names or refers to, outside of Deny statements; whether it may let in everybody, or all that
// fit a pattern, and whether it names accounts, or principals that no input knows.
func (w *world) letIn(d *iam.Document) (named []*party, everyone, accounts bool) {
	named = w.referred(d)
	for s := range d.All() {
		if s.Effect.S == "Deny" {
			continue
		}
		if s.Principal == nil || s.Principal.Text.Set {
			everyone = true
			continue
		}
		for kind, v := range s.Principal.Values() {
			switch p := w.byARN[v.S]; {
			case kind.S == "Service" || kind.S == "Federated":
			case p != nil:
				named = append(named, p)
			case strings.ContainsAny(v.S, "*?") || !v.Known() || strings.Contains(v.S, ":assumed-role/"):
				everyone = true
			default:
				accounts = accounts || aws.IsAccountID(v.S) || aws.AccountOf(v.S) != ""
			}
		}
	}
	return named, everyone, accounts
}

// manyParties is how many roles and users have rows of their own with a key that lets in everybody, manyPairs how many
// pairs of a key and one of them there are then. In larger inputs only those have them that something else connects with
// the key, so that the rows do not grow with the product of keys and callers.
const (
	manyParties = 256
	manyPairs   = 1 << 14
)

// small says that a key which lets in everybody has rows for each party.
func (w *world) small() bool {
	return len(w.parties) <= manyParties && len(w.parties)*len(w.keys) <= manyPairs
}

// referred are the parties that a document refers to by values that are not known.
func (w *world) referred(d *iam.Document) []*party {
	var out []*party
	for _, h := range d.Text.Holes {
		if p := w.byAddress[managed{h.Input, h.Of}]; p != nil && h.Of != "" {
			out = append(out, p)
		}
	}
	return out
}
