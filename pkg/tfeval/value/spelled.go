package value

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// spellings are how values of a kind are put together of others: the ARNs of IAM and KMS, and URLs
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns).
var spellings = map[unknown.Kind][]any{
	unknown.RoleARN:      {"arn:", unknown.PartitionID, ":iam::", unknown.OwnAccount, ":role/", unknown.PathName},
	unknown.UserARN:      {"arn:", unknown.PartitionID, ":iam::", unknown.OwnAccount, ":user/", unknown.PathName},
	unknown.CallerARN:    {"arn:", unknown.PartitionID, ":", unknown.PlainName, "::", unknown.OwnAccount, ":", unknown.PathName},
	unknown.PrincipalARN: {"arn:", unknown.PartitionID, ":iam::", unknown.AccountID, ":", unknown.PathName},
	unknown.KeyARN:       {"arn:", unknown.PartitionID, ":kms:", unknown.RegionName, ":", unknown.OwnAccount, ":key/", unknown.KeyID},
	unknown.OIDCProvider: {"arn:", unknown.PartitionID, ":iam::", unknown.OwnAccount, ":oidc-provider/", unknown.PathName},
	unknown.SAMLProvider: {"arn:", unknown.PartitionID, ":iam::", unknown.OwnAccount, ":saml-provider/", unknown.PathName},
	unknown.IssuerURL:    {"https://", unknown.PathName},
}

// name is the path and name of the thing that an ARN is of, or the address of an issuer, as text with tokens.
func (e *Run) name(part unknown.Kind, u unknown.Symbol) (string, bool) {
	if part != unknown.PathName || u.Of == "" || e.EndOfARN == nil {
		return "", false
	}
	v, ok := e.EndOfARN(u)
	raw, m := unknown.Unmark(v)
	switch {
	case !ok || m.Sensitive || v.HasMark(Partly):
		return "", false
	case !raw.IsKnown() && NeverNull(m):
		return e.Holes.Add(e.Unknown(v)), true
	case !IsString(raw):
		return "", false
	}
	for _, p := range unknown.Parts(raw.AsString()) {
		if h, _ := e.Holes.Get(p.Hole); p.Hole >= 0 && h.Kind == unknown.AnyText {
			return "", false // it may hold what no name does
		}
	}
	return raw.AsString(), true
}

// Spell writes an unknown value as the text that it is known to be, with tokens for its parts: an ARN has a partition and an
// account. What is made of the text and is the whole of it is the value again.
func (e *Run) Spell(v cty.Value) (string, bool) {
	raw, m := unknown.Unmark(v)
	if raw.IsKnown() || raw.Type() != cty.String || len(m.Refs) != 1 || m.Sensitive {
		return "", false
	}
	u := m.Refs[0]
	s := ""
	for _, part := range spellings[u.Kind] {
		switch part := part.(type) {
		case string:
			s += part
		case unknown.Kind:
			sign := NewSigner("part")
			sign.Unknown(u)
			sign.Number(int(part))
			if name, ok := e.name(part, u); ok {
				s += name
				continue
			}
			p := unknown.Symbol{Ref: u.Ref, Kind: part, Provider: u.Provider, Account: u.Account, Variant: sign.Variant()}
			if part == unknown.KeyID {
				p.Of, p.Index = u.Of, u.Index
			}
			s += e.Holes.Add(p)
		}
	}
	if s == "" {
		return "", false
	}
	if e.spelled == nil {
		e.spelled = map[string]cty.Value{}
	}
	e.spelled[s] = v
	return s, true
}
