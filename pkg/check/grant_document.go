package check

import (
	"encoding/json"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Grantee is the ARN or service that a grant is for, "" where it is not known.
func Grantee(g *extract.Grant, s access.Subject) string {
	if !unknown.HasHole(g.Grantee.S) {
		return g.Grantee.S
	}
	if len(g.Grantee.Holes) == 1 && g.Grantee.S == unknown.Hole(0) {
		return s.ARNs[g.Grantee.Holes[0].Of]
	}
	return ""
}

// GrantDocument is a grant as a policy: an Allow for the grantee that no other policy has to repeat, and the Deny
// statements of the key's policy, which may be nil.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func GrantDocument(p *extract.Policy, grantee string, operations []string, key *iam.Document) *iam.Document {
	who := map[string]string{"AWS": grantee}
	if !strings.HasPrefix(grantee, "arn:") {
		who = map[string]string{"Service": grantee}
	}
	var actions []string
	for _, o := range operations {
		actions = append(actions, "kms:"+o)
	}
	statement := map[string]any{"Effect": "Allow", "Principal": who, "Action": actions, "Resource": "*"}
	if c := grantConditions(p); len(c) > 0 {
		statement["Condition"] = map[string]any{"StringEquals": c}
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	if err != nil {
		return &iam.Document{}
	}
	doc := iam.Parse(unknown.Known(string(text)))
	if key == nil || unknown.HasHole(key.Text.S) {
		return doc
	}
	for _, s := range key.Statements {
		if s.Effect.S == "Deny" {
			s.Index++
			doc.Statements = append(doc.Statements, s)
		}
	}
	return doc
}

// grantConditions is the encryption context that a grant asks for.
func grantConditions(p *extract.Policy) map[string]any {
	out := map[string]any{}
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
					out["kms:EncryptionContext:"+key.AsString()] = v.AsString()
				}
			}
		}
	}
	return out
}
