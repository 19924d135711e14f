package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
)

func (w *world) whoIs(p *party, k *key) finding.Who {
	out := finding.Who{Kind: p.kind, Name: p.ARN, Address: p.address, Input: p.side.in.Number, Trusted: k.trusts(aws.AccountOf(p.ARN))}
	switch {
	case p.permissions: // a permission set in an account
		out.Kind, out.Name = string(access.WhoPrincipal), p.open.shown
	case access.StandsIn(p.ARN):
		out.Name, out.Trusted = "("+p.address+".arn)", true
	}
	return out
}

// calls names the callers of a row for the report.
func (w *world) calls(who access.Who, k *key) finding.Who {
	out := finding.Who{Kind: string(who.Kind), Name: who.Name}
	if who.Ref != "" {
		out.Name = "(" + who.Ref + ")"
	}
	account := who.Name
	if who.Kind != access.WhoAccount {
		account = aws.AccountOf(who.Name)
	}
	out.Trusted = k.trusts(account) || who.Kind == access.WhoOrganization && slices.Contains(k.subject.TrustedOrganizations, who.Name) ||
		who.Ref != "" && who.Kind != access.WhoProvider
	return out
}

// partyOf is the party that a row of a document of a side names, nil where it is none that the inputs know.
func (w *world) partyOf(who access.Who, s *side) *party {
	if who.Kind != access.WhoRole && who.Kind != access.WhoUser {
		return nil
	}
	if p := w.byARN[who.Name]; p != nil {
		return p
	}
	address, ok := strings.CutSuffix(who.Ref, ".arn")
	if !ok {
		return nil
	}
	return w.byAddress[managed{s.in.Number, address}]
}

// openWho is the one caller that stands for the parties whose policies are not known.
func openWho(trusted bool) finding.Who {
	return finding.Who{Kind: string(access.WhoPrincipal), Name: openName, Trusted: trusted}
}
