// Package extract takes the policies out of a plan, a state or sources: every document that decides access to a key, as
// it is before and after apply, and what links policies to keys and roles.
//
// It knows which attribute of which resource holds what (see table), and nothing of what the documents mean.
//
// It is no API: it may change in any version.
package extract

import (
	"cmp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// From says which source answered what a policy is.
type From string

// The sources, as the JSON output spells them. The zero value is for a policy of which nothing is known.
const (
	FromPlan     From = "plan"
	FromDocument From = "document"
	FromSource   From = "source"
	FromDefault  From = "default"
)

// Policy is one policy on one attribute of one resource instance.
type Policy struct {
	Resource *tf.Resource
	Address  string
	// Attribute is the path as it is written: policy, inline_policy[0].policy, grantee_principal, key_policy of the
	// provider hashicorp/awscc, template_body.Resources.Key.Properties.KeyPolicy of a stack.
	Attribute string
	// Path is Attribute as the resource is read (see tf.Spelling), "" where it is the same.
	Path string
	Kind iam.Kind
	From From
	// Docs are what the policy may be after apply, one for each outcome of unknown conditions (see unknown.Text.Assuming).
	// They are empty where nothing is known, and for grants.
	Docs []*iam.Document
	// DependsOn are the references that decide what Docs is, where Docs is empty.
	DependsOn []string
	// Before is what the policy is before apply, nil where there was none or nothing is known.
	Before *iam.Document
	// BeforeDefault says that Before is the default policy of a key, which AWS gave it because it had none.
	BeforeDefault bool
	// Assumed says in words what Docs, DependsOn and Grant take for true because the configuration of the plan refers to it,
	// without knowing the expression. Sure is what is left without that; it is nil where nothing is assumed.
	Assumed []string
	Sure    *Sure
	// AssumesEmpty says that something is assumed to be empty, which is no reason to call the document wrong.
	AssumesEmpty bool
	// Kept says that the configuration does not write the attribute, and AWS keeps what the object has.
	Kept bool
	// Sensitive says that the attribute is sensitive as a whole: nothing of it may be printed.
	Sensitive bool
	// Grant and GrantBefore are what a policy of kind grant gives.
	Grant, GrantBefore *Grant
	// Key is the key that a policy of kind key or grant is for, nil where it is none of this plan or not known.
	Key *Key
	// Holder has the inline identity policy, or is what the trust policy guards; nil for keys, for managed policies (see
	// Attachment) and where it is not known.
	Holder *Holder
	// Perhaps says that the resource may name one of several keys or holders, or none of the plan: each of them has the
	// policy, and Key and Holder are nil. MayBeFor are these keys, MayBeOther says that it may be none of them.
	Perhaps    bool
	MayBeFor   []*Key
	MayBeOther bool
	// LinkAssumed says in words what is taken for what so that Key or Holder is the one.
	LinkAssumed []string
	// For is how the resource names its key or holder where that is another resource: the value, or references.
	For string
}

// Sure is what is certain of a policy of which more is assumed: fields as in [Policy].
type Sure struct {
	From      From
	Docs      []*iam.Document
	DependsOn []string
	Grant     *Grant
}

// Range is where the attribute is written, or the resource where that is not known; false without sources.
func (p *Policy) Range() (hcl.Range, bool) {
	src := p.Resource.Source
	if src == nil {
		return hcl.Range{}, false
	}
	if a := src.Attrs[cmp.Or(p.Path, p.Attribute)]; a != nil && a.Range != (hcl.Range{}) {
		return a.Range, true
	}
	return src.Block, src.Block != (hcl.Range{})
}

// Set is all that a plan holds.
type Set struct {
	// Policies are in the order of the plan's resources.
	Policies []*Policy
	// Keys are the keys of the plan, in its order.
	Keys []*Key
	// Holders are the roles, users and groups of the plan, in its order, then those that only policies name.
	Holders []*Holder
	// PermissionSets are those of IAM Identity Center, each a role in every account that it is assigned to.
	PermissionSets []*Holder
	// Doors are the resources by which services give roles of the plan to somebody.
	Doors []Door
	// Aliases are the names of keys that the plan manages, in its order.
	Aliases []Alias
	// NotJudged are the resources that can give access and are named only.
	NotJudged []NotJudged
	// Behind are the addresses of the keys that aliases of the plan lead to, by the address of the alias.
	Behind map[string]string
	// Callers and Organizations are what the plan knows of who runs it.
	Callers       []Caller
	Organizations []Caller

	x *extractor
}

// DependsOn names what decides an argument of a resource that is not known before apply.
func (s *Set) DependsOn(res *tf.Resource, name string) []string {
	value, ok := unknown.Lookup(res.After, name)
	if !ok {
		value = cty.NilVal
	}
	arg := argument{res: res, path: name, value: value}
	if res.Config != nil {
		if e, written := res.Config.Attrs[name]; written {
			arg.exprs = []tf.Expr{e}
		}
	}
	if res.Source != nil {
		arg.source = res.Source.Attrs[name]
	}
	return s.x.reasons(arg, s.x.targets(arg))
}

// Caller is a data source that tells an account or an organization.
type Caller struct {
	ID       string
	Address  string
	Provider string
	// Public says that the provider is the one of a public registry: any other says what its author wrote.
	Public bool
}

// Policies takes the policies out of a plan. A document that the AWS provider would refuse to render is reported by a
// diagnostic; its policy has no Docs.
func Policies(plan *tf.Plan) (*Set, hcl.Diagnostics) {
	x := newExtractor(plan, newIndex(plan), map[string]*iam.Document{})
	x.sure, x.assumes = newExtractor(plan, x.index, x.parsed), true
	set := &Set{x: x}
	for _, res := range plan.Resources {
		for _, r := range rowsOf(res) {
			set.Policies = append(set.Policies, r.read(x, r, res)...)
		}
	}
	x.link(set)
	set.NotJudged = append(notJudged(plan), unknownPolicies(set)...)
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
		x:        newExtractor(plan, newIndex(plan), nil),
	}
}

// extractor works on one plan.
type extractor struct {
	plan  *tf.Plan
	index *index
	// assumes says that what an expression refers to may be taken for its value where nothing else tells; sure is an
	// extractor that does not.
	assumes bool
	sure    *extractor
	// rendered are the policy documents rendered so far.
	rendered map[*tf.Resource]*renderedDocument
	// parsed are the documents read so far by their letters.
	parsed map[string]*iam.Document
	diags  hcl.Diagnostics
}

func newExtractor(plan *tf.Plan, x *index, parsed map[string]*iam.Document) *extractor {
	return &extractor{plan: plan, index: x, parsed: parsed, rendered: map[*tf.Resource]*renderedDocument{}}
}

// callers are the known ids of a data source that was read while planning.
func (x *extractor) callers(typ, attr string) []Caller {
	var out []Caller
	for _, res := range x.plan.Read {
		if res.Type != typ || unknown.IsSensitive(res.After) || res.ProviderName != "" && res.ProviderName != "aws" && !strings.HasSuffix(res.ProviderName, "/hashicorp/aws") {
			continue
		}
		if id, ok := unknown.String(res.After, attr); ok {
			out = append(out, Caller{ID: id, Address: res.Address, Provider: res.Provider,
				Public: res.ProviderName == "registry.terraform.io/hashicorp/aws" || res.ProviderName == "registry.opentofu.org/hashicorp/aws"})
		}
	}
	return out
}
