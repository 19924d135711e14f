package value

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// spellings are how values of a kind are put together of others: the ARNs of IAM and KMS
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns).
var spellings = map[unknown.Kind][]any{
	unknown.RoleARN:      {"arn:", unknown.PartitionID, ":iam::", unknown.OwnAccount, ":role/", unknown.PathName},
	unknown.UserARN:      {"arn:", unknown.PartitionID, ":iam::", unknown.OwnAccount, ":user/", unknown.PathName},
	unknown.CallerARN:    {"arn:", unknown.PartitionID, ":", unknown.PlainName, "::", unknown.OwnAccount, ":", unknown.PathName},
	unknown.PrincipalARN: {"arn:", unknown.PartitionID, ":iam::", unknown.AccountID, ":", unknown.PathName},
	unknown.KeyARN:       {"arn:", unknown.PartitionID, ":kms:", unknown.RegionName, ":", unknown.OwnAccount, ":key/", unknown.KeyID},
	unknown.SAMLProvider: {"arn:", unknown.PartitionID, ":iam::", unknown.OwnAccount, ":saml-provider/", unknown.PathName},
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
			p := unknown.Symbol{Ref: u.Ref, Kind: part, Provider: u.Provider, Account: u.Account, Variant: sign.Variant()}
			if part == unknown.KeyID {
				p.Of = u.Of
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
