package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// judgeGrant says who is given the grant. A grant works without the key policy:
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func judgeGrant(p *extract.Policy, g *extract.Grant, base access.Subject) *judged {
	j := &judged{policy: p, subject: base, doc: &iam.Document{}, sensitive: p.Sensitive, grant: g}
	j.result = access.Result{Public: access.No, Statement: -1, Verdict: access.Unknown}
	if problem := refusedGrantee(p, g); problem != "" {
		j.result.Verdict = access.Invalid
		j.result.Problems = []iam.Problem{{Refused: true, Statement: -1, Message: fmt.Sprintf("the grantee %q %s", j.grantee(), problem)}}
		return j
	}
	j.result.Verdict, j.result.DependsOn = granteeVerdict(g, base)
	return j
}

// Refused says whether AWS refuses a policy, whichever of its texts it has: what it lets in is what it says, and perhaps never there.
func Refused(p *extract.Policy) bool {
	if p.Resource.Action == tf.NoOp { // it is there
		return false
	}
	if p.Kind == iam.Grant {
		return refusedGrantee(p, p.Grant) != ""
	}
	return len(p.Docs) > 0 && !p.Ignored && !slices.ContainsFunc(p.Docs, func(d *iam.Document) bool {
		return !slices.ContainsFunc(iam.Validate(d, p.Kind), func(of iam.Problem) bool { return of.Refused && !of.Perhaps && !of.NotPrincipal })
	})
}

// refusedGrantee says why AWS takes a grantee for no principal, "" where it may take it.
func refusedGrantee(p *extract.Policy, g *extract.Grant) string {
	switch text := g.Grantee.S; {
	case NoGrantee(g), isService(text), !strings.Contains(text, ":") && unknown.HasHole(text):
		return ""
	case !strings.Contains(text, ":"):
		return "is no ARN, and AWS gives grants to principals by their ARN"
	}
	for _, problem := range iam.Validate(GrantDocument(p, g, []string{"Decrypt"}, nil), iam.Key) {
		if problem.Refused && !problem.Perhaps {
			return "is none that AWS takes for a principal"
		}
	}
	return ""
}

// granteeVerdict is the verdict of a grant, and what decides it.
func granteeVerdict(g *extract.Grant, base access.Subject) (access.Verdict, []string) {
	own := false
	of, isARN := aws.ParseARN(g.Grantee.S)
	for _, h := range deciding(g.Grantee, of, isARN) {
		switch h.Kind {
		case unknown.RegionName, unknown.DNSSuffix: // whichever it is
		case unknown.RoleARN, unknown.UserARN, unknown.CallerARN, unknown.OwnAccount:
			if h.Account != "" && h.Account != base.Account && !slices.Contains(base.TrustedAccounts, h.Account) {
				return access.External, nil
			}
			own = true
		default:
			return access.Unknown, h.Refs()
		}
	}
	switch {
	case own, isARN && (of.Account == base.Account || slices.Contains(base.TrustedAccounts, of.Account)):
		return access.Internal, nil
	case isARN:
		return access.External, nil
	case isService(g.Grantee.S):
		return access.Service, nil
	}
	return access.Unknown, nil
}

// deciding are the unknown parts of a grantee that tell its account: what a role of a known account is called does not matter, nor
// the partition, which is the key's or AWS does not take it.
func deciding(grantee unknown.Text, of aws.ARN, isARN bool) []unknown.Symbol {
	if !isARN {
		return grantee.Holes
	}
	var out []unknown.Symbol
	of.Partition, of.Resource = "", ""
	for _, p := range unknown.Parts(of.String()) {
		if p.Hole >= 0 && p.Hole < len(grantee.Holes) {
			out = append(out, grantee.Holes[p.Hole])
		}
	}
	return out
}

// grantee is who is given the grant, as reports may show it.
func (j *judged) grantee() string {
	if j.sensitive {
		return hidden
	}
	return shown(masked(j.grant.Grantee.S, j.grant.Grantee, 0), j.grant.Grantee.Holes)
}
