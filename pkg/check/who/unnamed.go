package who

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/iam"
)

// unnamedOf is nil for a party whose name the input tells.
func unnamedOf(s *side, p *party) *unnamed {
	name, open := s.subject.Names[p.ARN]
	if !open {
		return nil
	}
	return &unnamed{Unnamed: check.UnnamedOf(p.ARN, name), shown: "(" + p.address + ".arn)", depends: p.address + ".name"}
}

// namesUnknown says whether a key policy names a role or user of the account that no input has: one whose name is not known
// may be it.
func (w *world) namesUnknown(d *iam.Document) bool {
	for s := range d.All() {
		if s.Principal == nil || s.Effect.S == "Deny" {
			continue
		}
		for _, v := range s.Principal.Values() {
			if w.byARN[v.S] == nil && (strings.Contains(v.S, ":role/") || strings.Contains(v.S, ":user/")) {
				return true
			}
		}
	}
	return false
}
