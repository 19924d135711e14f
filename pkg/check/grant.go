package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
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
	for _, h := range g.Grantee.Holes {
		j.result.DependsOn = append(j.result.DependsOn, h.Refs()...)
	}
	if NoGrantee(g) {
		return j
	}
	base.Kind = iam.Key
	switch r := access.Analyze(GrantDocument(p, g, []string{"Decrypt"}, nil), base); r.Verdict {
	case access.Internal, access.External, access.Service, access.None:
		j.result.Verdict, j.result.DependsOn = r.Verdict, nil
	case access.ServiceOpen: // whoever makes it work for him, the grant is for one key
		j.result.Verdict, j.result.DependsOn = access.Service, nil
	}
	return j
}

// Refused says whether AWS refuses a policy, whichever of its texts it has: what it lets in is what it says, and perhaps never there.
func Refused(p *extract.Policy) bool {
	if p.Kind == iam.Grant {
		return p.Grant != nil && refusedGrantee(p, p.Grant) != ""
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

// grantee is who is given the grant, as reports may show it.
func (j *judged) grantee() string {
	if j.sensitive {
		return hidden
	}
	return shown(masked(j.grant.Grantee.S, j.grant.Grantee, 0), j.grant.Grantee.Holes)
}
