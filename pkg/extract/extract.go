// Package extract takes the policies out of a plan, a state or sources: every document that decides access to a key, as
// it is before and after apply, and what links policies to keys and roles.
//
// It knows which attribute of which resource holds what (see table), and nothing of what the documents mean.
//
// It is no API: it may change in any version.
package extract

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// dependsOn names what decides an argument of a resource that is not known before apply.
func (x *extractor) dependsOn(res *tf.Resource, name string) []string {
	arg := wholeArgument(res, name)
	return x.reasons(arg, x.targets(arg))
}

// Policies takes the policies out of a plan. A document that the AWS provider would refuse to render is reported by a
// diagnostic; its policy has no Docs.
func Policies(plan *tf.Plan) (*Set, hcl.Diagnostics) {
	return policies(plan, map[string]*iam.Document{})
}

// Before is a translated plan as it was: what apply deletes is there, and what it creates is not.
func Before(plan *tf.Plan) *tf.Plan {
	was := &tf.Plan{TerraformVersion: plan.TerraformVersion, Accounts: plan.Accounts, Providers: plan.Providers, Read: plan.Read}
	for _, list := range [][]*tf.Resource{plan.Resources, plan.Gone} {
		for _, r := range list {
			if r.Before != cty.NilVal && (r.Spelling == nil || !r.Spelling.Inside) { // what is inside of another one is read from it again
				was.Resources = append(was.Resources, &tf.Resource{Address: r.Address, Module: r.Module, Mode: r.Mode, Type: r.Type, Name: r.Name,
					Index: r.Index, Provider: r.Provider, Action: r.Action, After: r.Before})
			}
		}
	}
	return Translated(was)
}

// PoliciesBefore are the policies of a plan as it was, of which those after apply are known: most documents are the same,
// and are not read again. All is known of what was there, so there is nothing to report.
func PoliciesBefore(was *tf.Plan, after *Set) *Set {
	set, _ := policies(was, maps.Clone(after.parsed))
	return set
}

func policies(plan *tf.Plan, parsed map[string]*iam.Document) (*Set, hcl.Diagnostics) {
	if parsed == nil {
		parsed = map[string]*iam.Document{}
	}
	x := newExtractor(plan, newIndex(plan), parsed)
	x.sure, x.assumes = newExtractor(plan, x.index, x.parsed), true
	set := &Set{reasons: x.dependsOn, parsed: parsed}
	for _, res := range plan.Resources {
		for _, r := range rowsOf(res) {
			set.Policies = append(set.Policies, r.read(x, r, res)...)
		}
	}
	x.link(set)
	set.NotJudged = append(notJudged(plan, isNewType), unknownPolicies(set)...)
	set.Callers = x.callers("aws_caller_identity", "account_id")
	set.Organizations = x.callers("aws_organizations_organization", "id")
	return set, x.diags
}

// Bare is the set of one policy document that belongs to no resource, as a policy of the kind: the file that it is from
// takes the place of the address.
func Bare(kind iam.Kind, text unknown.Text, at hcl.Range) *Set {
	attribute := "policy"
	if kind == iam.Trust {
		attribute = "assume_role_policy"
	}
	res := &tf.Resource{Address: at.Filename, Name: at.Filename, Before: cty.NilVal, After: cty.EmptyObjectVal, Index: cty.NilVal,
		Source: &tf.Source{Block: at, Body: at, Attrs: map[string]*tf.SourceAttr{attribute: {Range: at, Texts: []unknown.Text{text}}}}}
	plan := &tf.Plan{Resources: []*tf.Resource{res}}
	return &Set{
		Policies: []*Policy{{Resource: res, Address: res.Address, Attribute: attribute, Kind: kind, From: FromSource, Docs: []*iam.Document{iam.Parse(text)}}},
		reasons:  newExtractor(plan, newIndex(plan), nil).dependsOn,
	}
}
