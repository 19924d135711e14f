package iam

import (
	"regexp"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/unknown"
)

type validator struct {
	Document
	kind      Kind
	size      int
	partition string // of what the document is for, "" where it is not known
}

func (v *validator) refuse(statement int, at String, format string, args ...any) *Problem {
	return v.problem(true, statement, at.Start, at.End, format, args...)
}

func (v *validator) principal(s *Statement) {
	p, not := s.Principal, s.NotPrincipal
	switch {
	case v.kind == Identity:
		if p != nil || not != nil {
			v.problem(true, s.Index, s.Start, s.End, "an identity policy has no Principal: it is about whom it is attached to")
		}
		return
	case p != nil && not != nil:
		v.problem(true, s.Index, s.Start, s.End, "the statement has both Principal and NotPrincipal")
	case p == nil && not == nil:
		if s.ConditionHole == "" {
			v.problem(true, s.Index, s.Start, s.End, "the statement has no Principal")
		}
		return
	case not != nil && v.kind == Trust:
		v.problem(true, s.Index, not.Start, not.End, "a trust policy has no NotPrincipal")
	case not != nil && s.Effect.S == "Allow":
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
		v.problem(true, s.Index, not.Start, not.End, "Allow with NotPrincipal is not supported: it lets in everyone but those named").NotPrincipal = true
	}
	for _, p := range []*Principals{p, not} {
		if p != nil {
			v.principals(s, p)
		}
	}
}

// endIsKnown says whether a text ends with text, as a name with the DNS suffix of a partition does not that only apply tells.
func endIsKnown(s string) bool {
	parts := unknown.Parts(s)
	return len(parts) > 0 && parts[len(parts)-1].Hole < 0
}

func (v *validator) principals(s *Statement, p *Principals) {
	if p.Text.Set {
		switch {
		case !p.Text.Known():
		case p.Text.S != "*":
			v.refuse(s.Index, p.Text, "a principal is \"*\" or an object such as {\"AWS\": …}, not the string %q", p.Text.S)
		case v.kind == Trust:
			v.refuse(s.Index, p.Text, "IAM refuses \"Principal\": \"*\" in a trust policy; {\"AWS\": \"*\"} is how everyone is written")
		}
		return
	}
	if len(p.Entries) == 0 {
		v.problem(true, s.Index, p.Start, p.End, "the statement names no principal")
	}
	for _, e := range p.Entries {
		if len(e.Values.Items) == 0 {
			v.problem(true, s.Index, e.Values.Start, e.Values.End, "the list of principals is empty")
		}
		if e.Type.Known() && !v.principalType(e.Type.S) {
			v.refuse(s.Index, e.Type, "%q is not a kind of principal here", e.Type.S)
			continue
		}
		for _, value := range e.Values.Items {
			text, ok := v.likely(value)
			if ok && e.Type.S == "Service" && validPrincipal(e.Type.S, text) && !aws.EndsAsService(text) && endIsKnown(value.S) {
				v.refuse(s.Index, value, "%q does not end as the names of AWS services do", v.Text.Shown(value.S)).Perhaps = true
			}
			if e.Type.Known() && (ok && !validPrincipal(e.Type.S, text) || !ok && e.Type.S == "AWS" && !v.completes(value)) {
				v.refuse(s.Index, value, "%q is not a valid principal of the kind %s", v.Text.Shown(value.S), e.Type.S)
			} else if p := writtenPartition(value.S); p != "" && v.partition != "" && p != v.partition {
				// No page says what becomes of it.
				v.refuse(s.Index, value, "%q is in another partition than the policy, which is in %s", v.Text.Shown(value.S), v.partition).Perhaps = true
			}
		}
	}
}

// writtenPartition is the partition that a text which begins as an ARN writes out, "" where it does not.
func writtenPartition(s string) string {
	rest, isARN := strings.CutPrefix(s, "arn:")
	if partition, _, ended := strings.Cut(rest, ":"); isARN && ended && !unknown.HasHole(partition) {
		return partition
	}
	return ""
}

// likely is a value with something of the right form for each unknown part, and false where the form is not known.
func (v *validator) likely(s String) (string, bool) {
	text, rest := v.known(s)
	return text, rest == nil
}

// known is a value up to the first part of which the form is not known, with something of the right form for the unknown parts
// before it, and what comes then: nil where nothing does.
func (v *validator) known(s String) (text string, rest []unknown.Part) {
	if s.Known() {
		return s.S, nil
	}
	var b strings.Builder
	parts := unknown.Parts(s.S)
	for i, p := range parts {
		likely, ok := v.likelyText(p)
		if !ok || p.Hole >= 0 && v.Text.Holes[p.Hole].Kind == unknown.PlainName && strings.HasSuffix(b.String(), ":") {
			return b.String(), parts[i:] // a name may be the id of an account
		}
		b.WriteString(likely)
	}
	return b.String(), nil
}

func (v *validator) likelyText(p unknown.Part) (text string, ok bool) {
	switch {
	case p.Hole < 0:
		return p.Text, true
	case p.Hole >= len(v.Text.Holes):
		return "", false
	}
	text, ok = likelyTexts[v.Text.Holes[p.Hole].Kind]
	return text, ok
}

// completes says whether some values of the unknown parts make a value a principal of the kind AWS.
func (v *validator) completes(s String) bool {
	begin, rest := v.known(s)
	end := ""
	for _, p := range rest {
		end += p.Text
	}
	if begin+end == "*" {
		return true
	}
	return !strings.ContainsAny(begin+end, "*? \t\r\n") && beginsPrincipal(begin)
}

// beginsPrincipal says whether a text is how an account, a unique id or the ARN of a principal begins: some end of one of them
// makes it whole.
func beginsPrincipal(s string) bool {
	for _, one := range somePrincipals {
		for i := range len(one) + 1 {
			if awsPrincipal(s + one[i:]) {
				return true
			}
		}
	}
	return false
}

// somePrincipals is one of each form.
var somePrincipals = []string{"111122223333", "AIDAEXAMPLEEXAMPLE123", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/u",
	"arn:aws:iam::111122223333:role/r", "arn:aws:sts::111122223333:federated-user/f", "arn:aws:sts::111122223333:assumed-role/r/s"}

var likelyTexts = map[unknown.Kind]string{
	unknown.OwnAccount:   "111122223333",
	unknown.PartitionID:  "aws",
	unknown.RegionName:   "us-east-1",
	unknown.DNSSuffix:    aws.DNSSuffix,
	unknown.RoleARN:      "arn:aws:iam::111122223333:role/r",
	unknown.UserARN:      "arn:aws:iam::111122223333:user/u",
	unknown.PlainName:    "name",
	unknown.AccountID:    "111122223333",
	unknown.PrincipalARN: "arn:aws:iam::111122223333:role/r",
	unknown.CallerARN:    "arn:aws:iam::111122223333:user/u",
	unknown.KeyARN:       "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
	unknown.KeyID:        "1234abcd-12ab-34cd-56ef-1234567890ab",
	unknown.OwnARN:       "arn:aws:iam::111122223333:group/g", // of nothing that can be a principal
	unknown.OwnOrg:       "o-a1b2c3d4e5",
	unknown.OIDCProvider: "arn:aws:iam::111122223333:oidc-provider/h",
	unknown.SAMLProvider: "arn:aws:iam::111122223333:saml-provider/p",
	unknown.IssuerURL:    "https://h/id/i",
}

// principalType says which kinds of principals AWS takes: federated ones only in trust policies.
func (v *validator) principalType(name string) bool {
	return name == "AWS" || name == "Service" || name == "Federated" && v.kind == Trust
}

// awsPrincipal says whether a text is everyone, an account, a unique id, or the ARN of a root user, user, role or session.
// Wildcards inside of an ARN are refused, and groups are no principals.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func awsPrincipal(s string) bool {
	unique := strings.HasPrefix(s, "AROA") || strings.HasPrefix(s, "AIDA") // of a role or user that is gone
	if s == "*" || aws.IsAccountID(s) || unique && len(s) > 15 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" {
		return true
	}
	a, ok := aws.ParseARN(s)
	if !ok || a.Partition == "" || strings.Trim(a.Partition, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || a.Region != "" ||
		!aws.IsAccountID(a.Account) || strings.ContainsAny(a.Resource, "*? \t\r\n") {
		return false
	}
	kind, name, _ := strings.Cut(a.Resource, "/")
	role, session, _ := strings.Cut(name, "/")
	switch a.Service + ":" + kind {
	case "iam:root":
		return a.Resource == "root"
	case "iam:user", "iam:role", "sts:federated-user":
		return name != ""
	case "sts:assumed-role":
		return role != "" && session != "" && !strings.Contains(session, "/") // a session does not tell the path of its role
	}
	return false
}

// isDomain says whether a text is labels with dots between them, two at least.
func isDomain(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" && strings.Contains(s, ".") && !strings.Contains(s, "..") &&
		s[0] != '.' && s[len(s)-1] != '.'
}

var federatedByARN = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:[a-z0-9-]+:iam::\d{12}:(oidc-provider|saml-provider)/[^*?]+$`)
})

func validPrincipal(kind, value string) bool {
	switch kind {
	case "AWS":
		return awsPrincipal(value)
	case "Service":
		return isDomain(strings.ToLower(value))
	}
	switch value {
	case "cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com":
		return true
	}
	return federatedByARN().MatchString(value)
}
