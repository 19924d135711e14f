package check

import (
	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
)

// policy is the verdict for reports.
func (c *checker) policy(j *judged) finding.Policy {
	p := j.policy
	out := finding.Policy{Input: c.in.Number, Address: p.Address, Attribute: p.Attribute, Kind: string(p.Kind), Verdict: string(j.result.Verdict),
		Public: string(j.result.Public), ResolvedFrom: string(j.from), DependsOn: j.result.DependsOn,
		Assumed: j.assumed}
	if p.Resource.Action != "" {
		action := string(p.Resource.Action)
		out.Action = &action
	}
	if p.Key != nil && p.Key.Resource != p.Resource {
		out.Key = p.Key.Resource.Address
	}
	s := j.attribute()
	if j.result.Public == access.Yes {
		out.Witness = j.witness(j.result.Witness)
		s = j.opening()
	}
	switch j.result.Verdict {
	case access.ServiceOpen, access.External, access.ExternalOrg, access.Network, access.Federated:
		out.Named = j.witness(j.result.Witness)
		if g := j.grant; g != nil && len(g.Operations) > 0 {
			out.Named = &finding.Witness{Principal: j.grantee(), Action: "kms:" + j.operations()[0]}
		}
	}
	out.Location, _ = c.locate(p.Resource, s, "")
	return out
}

// abouts are what was judged of each policy, in the order of Output.Policies.
func (c *checker) abouts() []About {
	out := make([]About, len(c.judged))
	for i, j := range c.judged {
		out[i] = About{Policy: j.policy, Docs: j.docs, Subject: j.subject}
	}
	return out
}
