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
	unknown.PartitionID:  {unknown.PartitionID},
	unknown.RegionName:   {unknown.RegionName},
	unknown.DNSSuffix:    {unknown.DNSSuffix},
}

// part is what is known of a part of an ARN, or of the address of an issuer, as text with tokens.
func (e *Run) part(part unknown.Kind, u unknown.Symbol) (string, bool) {
	if u.Of == "" || e.ARNs == nil {
		return "", false
	}
	v, ok := e.ARNs.Part(part, u)
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
	s, form := "", spellings[u.Kind]
	if u.Kind == unknown.OwnARN && e.ARNs != nil {
		form = e.ARNs.Form(u)
	}
	for _, part := range form {
		switch part := part.(type) {
		case string:
			s += part
		case unknown.Kind:
			sign := NewSigner("part")
			sign.Unknown(u)
			sign.Number(int(part))
			if text, ok := e.part(part, u); ok {
				s += text
				continue
			}
			if part == u.Kind {
				return "", false // it has no parts
			}
			p := unknown.Symbol{Ref: u.Ref, Kind: part, Provider: u.Provider, Account: u.Account, Variant: sign.Variant()}
			if part == unknown.KeyID {
				p.Of, p.Index = u.Of, u.Index
			}
			s += e.Holes.Add(p)
		}
	}
	if s == "" || !unknown.HasHole(s) {
		return s, s != ""
	}
	if e.spelled == nil {
		e.spelled = map[string]cty.Value{}
	}
	e.spelled[s] = v
	return s, true
}

// SpelledOut is a text with what is known of its parts in place of their tokens.
func (e *Run) SpelledOut(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if s, ok := e.Spell(v); ok {
		return cty.StringVal(s)
	}
	if !IsString(raw) || !unknown.HasHole(raw.AsString()) {
		return v
	}
	s := ""
	for _, p := range unknown.Parts(raw.AsString()) {
		text := p.Text
		if u, ok := e.Holes.Get(p.Hole); p.Hole >= 0 {
			text = unknown.Hole(p.Hole)
			if spelled, is := e.Spell(UnknownOf(cty.String, u)); ok && is {
				text = spelled
			}
		}
		s += text
	}
	return cty.StringVal(s).WithMarks(marks)
}
