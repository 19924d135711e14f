package check

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// fingerprintVersion is what fingerprints begin with; it changes with what they are made of.
const fingerprintVersion = "1"

// fingerprint tells a finding apart from others, the same in every run: by its rule and place, the Sid or else the
// principals of its statement, the accounts that it is about, and the worst that is open. There are no line numbers in it,
// and nothing secret: whoever reads it could try values until the hash fits.
func fingerprint(r *Rule, j *judged, h hit, attribute string, s *finding.Statement) string {
	name := ""
	if s != nil && s.Sid != hidden {
		name = s.Sid
	}
	if name == "" && h.facts != nil {
		name = strings.Join(j.principals(h.facts.Statement), ",")
	}
	parts := []string{r.ID, j.policy.Address, attribute, name, strings.Join(withoutHidden(j.aboutAccounts(r, h)), ","), j.opens()}
	return hashed(parts)
}

// opens is the worst class of what is open: control of a key comes on top of its data.
func (j *judged) opens() string {
	class := j.result.Class.String()
	control := func(name string) bool {
		a, known := aws.KeyAction(name)
		return known && a.Class == aws.Control
	}
	if j.result.Class == aws.Data && slices.ContainsFunc(j.result.Open, control) {
		class += ", " + aws.Control.String()
	}
	return class
}

func hashed(parts []string) string {
	sum := sha256.Sum256([]byte(fingerprintVersion + "\x00" + strings.Join(parts, "\x00")))
	return fingerprintVersion + ":" + hex.EncodeToString(sum[:16])
}

// principals are those of a statement in order, without what is sensitive.
func (j *judged) principals(s *iam.Statement) []string {
	var out []string
	for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
		if p == nil {
			continue
		}
		if text := j.masked(p.Text); text != "" && text != hidden {
			out = append(out, text)
		}
		for kind, v := range p.Values() {
			if text := j.masked(v); text != hidden && !j.hides(kind.Start, kind.End) {
				out = append(out, kind.S+" "+text)
			}
		}
	}
	return Sorted(out)
}

// withoutHidden leaves out what stands for something sensitive.
func withoutHidden(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == hidden })
}

// aboutAccounts are the accounts in order that a finding is about, as they may be shown: another account is another finding.
func (j *judged) aboutAccounts(r *Rule, h hit) []string {
	var out []string
	switch {
	case h.facts != nil && r.asksOf("statement", "external_accounts"):
		out = j.shownAccounts(h.facts)
	case j.grant != nil && r.asksOf("grant", "external"):
		if of, ok := aws.ParseARN(j.grantee()); ok {
			out = []string{of.Account}
		}
	}
	return Sorted(out)
}
