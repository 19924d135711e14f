package check

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// NoGrantee says whether nothing is known of who is given the grant.
func NoGrantee(g *extract.Grant) bool {
	hole, whole := unknown.OneHole(g.Grantee.S)
	return g.Grantee.S == "" || whole && g.Grantee.Holes[hole].Kind == unknown.AnyText
}

// isService says whether a grantee is a service: it is no ARN, whatever is not known of it.
func isService(grantee string) bool {
	begin, _, _ := unknown.Edges(grantee)
	return strings.Contains(begin, ".") && !strings.Contains(begin, ":")
}

// GrantDocument is a grant of the operations as a policy: an Allow for the grantee that no other policy has to repeat, and the Deny
// statements of the key's policy, which may be nil.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func GrantDocument(p *extract.Policy, g *extract.Grant, operations []string, key *iam.Document) *iam.Document {
	if key == nil {
		key = &iam.Document{}
	}
	whole := unknown.Text{Holes: key.Text.Holes}.Then(g.Grantee)
	who := map[string]string{"AWS": whole.S}
	if isService(whole.S) {
		who = map[string]string{"Service": whole.S}
	}
	var free, bound []string
	conditions := grantConditions(p)
	for _, o := range operations {
		if len(conditions) == 0 || slices.Contains(neverConstrained, o) {
			free = append(free, "kms:"+o)
		} else {
			bound = append(bound, "kms:"+o)
		}
	}
	var statements []any
	allow := func(actions []string, conditions map[string]any) {
		if len(actions) > 0 {
			statements = append(statements, map[string]any{"Effect": "Allow", "Principal": who, "Action": actions, "Resource": "*", "Condition": conditions})
		}
	}
	allow(free, map[string]any{})
	allow(bound, conditions)
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		return &iam.Document{}
	}
	padding := strings.Repeat(" ", len(key.Text.S)) // so that each place is one of the key's policy or of the grant
	doc := iam.Parse(unknown.Text{S: padding + string(text), Holes: whole.Holes, Spans: key.Text.Spans})
	doc.Text.S = key.Text.S + string(text)
	for i := range doc.Statements {
		doc.Statements[i].Index += len(key.Statements)
	}
	for _, s := range key.Statements {
		if may := s.Effect.S == "Deny" || s.Hole != "" || !s.Effect.Known(); may {
			doc.Statements = append(doc.Statements, denial(s))
		}
	}
	return doc
}

// denial is a statement of which nothing counts but that it denies. One that may allow, too, denies under a condition that is not
// known.
func denial(s iam.Statement) iam.Statement {
	switch {
	case s.Hole != "":
		every := &iam.List{Items: []iam.String{{S: "*", Set: true}}}
		all := &iam.Principals{Entries: []iam.Entry{{Type: iam.String{S: "AWS", Set: true}, Values: *every}}}
		s = iam.Statement{Index: s.Index, Start: s.Start, End: s.End, Principal: all, Action: every, Resource: every, ConditionHole: s.Hole}
	case !s.Effect.Known() && s.ConditionHole == "":
		s.ConditionHole = s.Effect.S
	}
	s.Effect = iam.String{S: "Deny", Set: true}
	return s
}

// neverConstrained are the operations of a grant that its constraints do not apply to.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html#KMS-CreateGrant-request-Constraints
var neverConstrained = []string{"DescribeKey", "RetireGrant"}

// grantConditions is the encryption context that a grant asks for: all of it, or these pairs and maybe more.
func grantConditions(p *extract.Policy) map[string]any {
	pairs := map[string]any{}
	var all []string
	list, ok := unknown.Lookup(p.Resource.After, "constraints")
	if !ok {
		return nil
	}
	list, _ = list.UnmarkDeep()
	if !list.IsWhollyKnown() || list.IsNull() || !list.CanIterateElements() {
		return nil
	}
	for it := list.ElementIterator(); it.Next(); {
		_, e := it.Element()
		for _, name := range []string{"encryption_context_equals", "encryption_context_subset"} {
			m, ok := unknown.Lookup(e, name)
			if !ok || m.IsNull() || !m.CanIterateElements() {
				continue
			}
			for each := m.ElementIterator(); each.Next(); {
				key, v := each.Element()
				if v.Type() == cty.String && !v.IsNull() {
					pairs[aws.Spelled(aws.KeyEncryptionContext)+key.AsString()] = v.AsString()
					if name == "encryption_context_equals" {
						all = append(all, key.AsString())
					}
				}
			}
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	out := map[string]any{"StringEquals": pairs}
	if len(all) > 0 {
		out["ForAllValues:StringEquals"] = map[string]any{aws.Spelled(aws.KeyEncryptionContextKeys): all}
	}
	return out
}
