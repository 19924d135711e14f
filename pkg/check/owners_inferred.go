package check

import (
	"path"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// fromKeyPolicies infers the account that keys are in from their policies: KMS refuses a policy that locks out
// its caller. So it is the account whose root holds kms:PutKeyPolicy, if all policies name the same, the check is on, and
// nobody else who exists could be the caller.
func fromKeyPolicies(policies []*extract.Policy) *finding.Account {
	var found *finding.Account
	for _, p := range policies {
		if p.Kind != iam.Key || p.Sensitive {
			continue
		}
		if v, ok := unknown.Lookup(p.Resource.After, "bypass_policy_lockout_safety_check"); ok && !v.RawEquals(cty.False) && !v.IsNull() {
			return nil
		}
		docs := p.Docs
		if p.Sure != nil {
			docs = p.Sure.Docs
		}
		for _, d := range docs {
			roots, others := controllers(d)
			keyID, _ := unknown.String(p.Resource.After, "key_id")
			lies := aws.AccountOf(keyID) // a policy is put on a key from the key's own account
			for _, id := range roots {
				if found != nil && found.ID != id || others || lies != "" && lies != id {
					return nil
				}
				found = &finding.Account{ID: id, From: "the key policy of " + p.Address}
			}
		}
	}
	return found
}

// controllers are the accounts whose root a key policy gives kms:PutKeyPolicy without conditions, and whether somebody
// else who may exist already could have it.
func controllers(d *iam.Document) (roots []string, others bool) {
	var who []iam.String
	for s := range d.All() {
		if s.Effect.S == "Deny" || s.Principal == nil || !mayPut(s) {
			continue
		}
		values := []iam.String{s.Principal.Text}
		for _, e := range s.Principal.Entries {
			if e.Type.S == "AWS" {
				values = append(values, e.Values.Items...)
			}
		}
		for _, v := range values {
			if id, ok := aws.RootAccount(v.S); ok && len(s.Conditions) == 0 && v.Set && !d.Text.SensitiveAt(v.Start, v.End) {
				roots = append(roots, id)
			} else if v.Set && v.S != "" && !(v.S == "*" && len(s.Conditions) == 0) { // that one is public anyway
				who = append(who, v)
			}
		}
	}
	for _, v := range who {
		id, isRoot := aws.RootAccount(v.S)
		if !isRoot {
			id = aws.AccountOf(v.S)
		}
		// What the plan makes does not exist yet, and another principal of that account tells the same.
		others = others || exists(v, d.Text.Holes) && !slices.Contains(roots, id)
	}
	return roots, others
}

// exists says whether a principal is there already: it is known, or what a data source reads.
func exists(v iam.String, holes []unknown.Symbol) bool {
	for _, p := range unknown.Parts(v.S) {
		if p.Hole >= 0 && p.Hole < len(holes) && strings.HasPrefix(holes[p.Hole].Ref, "data.") {
			return true
		}
	}
	return v.Known()
}

// mayPut says whether a statement may be about kms:PutKeyPolicy.
func mayPut(s *iam.Statement) bool {
	if s.Action == nil {
		return s.NotAction != nil
	}
	return slices.ContainsFunc(s.Action.Items, func(a iam.String) bool {
		ok, err := path.Match(strings.ToLower(a.S), "kms:putkeypolicy")
		return ok || err != nil
	})
}
