package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// holdTogether finds roles, users and groups whose inline policies, each of them short enough, are together more than AWS
// accepts: the longest one is what AWS would refuse. What is not known before apply adds nothing, and the rest of the text counts.
func (c *checker) holdTogether() {
	for _, h := range c.in.Set.Holders {
		if len(h.Inline) < 2 {
			continue
		}
		of := map[string]string{} // a refresh may list a policy of another resource among the role's own: it is one policy
		var longest *judged
		size, most := 0, 0
		for _, p := range h.Inline {
			j := c.of[p]
			if j == nil || p.Perhaps || !p.Resource.Exists() || len(p.Docs) > 0 && len(p.Docs[0].Text.DependsOn) > 0 || len(p.LinkAssumed) > 0 || len(j.docs) != 1 {
				continue
			}
			text := counted(j.docs[0].Text.S)
			if kind, seen := of[text]; seen && kind != p.Resource.Type {
				continue
			}
			of[text] = p.Resource.Type
			n := len([]rune(text))
			if size += n; n > most {
				longest, most = j, n
			}
		}
		if longest == nil || size <= sizeOf(longest.policy) || most > sizeOf(longest.policy) {
			continue
		}
		longest.result.Problems = append(slices.Clip(longest.result.Problems), iam.Problem{Refused: true, Statement: -1, End: len(longest.docs[0].Text.S),
			Message: fmt.Sprintf("the inline policies that it is one of have %d characters together, AWS accepts %d for one %s", size, sizeOf(longest.policy), strings.TrimPrefix(h.Type, "aws_iam_"))})
		longest.result.Verdict = access.Invalid
	}
}

// counted are the characters of a document that count, of those that are known.
func counted(s string) string {
	var b strings.Builder
	for _, p := range unknown.Parts(s) {
		for _, r := range p.Text {
			if p.Hole < 0 && !unicode.IsSpace(r) {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// sizes are how many characters AWS accepts for identity policies that are no role's own.
var sizes = map[string]int{"aws_iam_policy": aws.ManagedPolicySize, "aws_iam_user_policy": aws.UserPolicySize, "aws_iam_group_policy": aws.GroupPolicySize}

// sizeOf is how many characters AWS accepts for an identity policy.
func sizeOf(p *extract.Policy) int { return cmp.Or(sizes[p.Resource.Type], aws.RolePolicySize) }
