package extract

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"

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
	// Assumed says in words what Docs, DependsOn and Grant take for true because the configuration of the plan refers to it,
	// without knowing the expression. Sure is what is left without that; it is nil where nothing is assumed.
	Assumed []string
	Sure    *Sure
	// Ignored says that the text of the sources need not be what is there, so that nothing in it is wrong for certain.
	Ignored bool
	// AssumesEmpty says that something is assumed to be empty, which is no reason to call the document wrong.
	AssumesEmpty bool
	// Kept says that the configuration does not write the attribute, and AWS keeps what the object has.
	Kept bool
	// Left says that the sources write another text, and Terraform leaves the object as it is (ignore_changes).
	Left bool
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
	// Absent says that the block which holds it may not be there.
	Absent bool
	// LinkAssumed says in words what is taken for what so that Key or Holder is the one.
	LinkAssumed []string
	// For is how the resource names its key or holder where that is another resource: the value, or references. KeyID is
	// what is certain of the text by which an aws_kms_key_policy names its key.
	For   string
	KeyID unknown.Text
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

	// reasons names what decides an argument that is not known before apply.
	reasons func(res *tf.Resource, name string) []string
	// parsed are the documents by their letters.
	parsed map[string]*iam.Document
}

// Caller is a data source that tells an account or an organization.
type Caller struct {
	ID       string
	Address  string
	Provider string
	// Public says that the provider is the one of a public registry: any other says what its author wrote.
	Public bool
}

// Key is a key of the plan with everything that decides access to it.
type Key struct {
	Resource *tf.Resource
	// Policy is the key's own argument; Separate are the aws_kms_key_policy resources that name the key, or may name it (see
	// [Policy.Perhaps]), as Grants are.
	Policy   *Policy
	Separate []*Policy
	Grants   []*Policy
	// Primary is the key that this one replicates, nil for others and for keys outside of the plan.
	Primary *Key
}

// Holder is a role, user or group and the policies that it has.
type Holder struct {
	// Type is aws_iam_role, aws_iam_user, aws_iam_group or aws_ssoadmin_permission_set.
	Type string
	// Resource is nil for a holder that is no resource of the plan; Name is then how the policies name it.
	Resource *tf.Resource
	Name     string
	// Trust is the trust policy of a role.
	Trust *Policy
	// Inline are its own policies, be they blocks or resources, or those that may be its own (see [Policy.Perhaps]).
	Inline   []*Policy
	Attached []Attachment
	// Groups are the groups that a user is in, and so holds the policies of.
	Groups []Membership
	// Accounts are those that are known to have a permission set; MoreAccounts says that there are some that are not known.
	Accounts     []string
	MoreAccounts bool
}

// Attachment is a managed policy that a holder has.
type Attachment struct {
	// By is the resource that says so.
	By *tf.Resource
	// Policy is the policy where it is a resource of the plan.
	Policy *Policy
	// ARN is that of the policy, "" where it is not known.
	ARN string
	// AWS is the document where the policy is one of AWS's own, as far as it is about keys and roles; nil where it is not.
	AWS *iam.Document
	// DependsOn are the references that decide which policy it is, where none of the above tells, and who has it.
	DependsOn []string
	// Possible says that the policy, or who has it, may be another one. Assumed says in words what of it is taken for true,
	// because the configuration refers to it.
	Possible bool
	Assumed  []string
}

// Membership is a group that a user is in.
type Membership struct {
	Group *Holder
	// By is the resource that says so.
	By *tf.Resource
	// Possible says that it may be another user or group; DependsOn are the references that decide it.
	Possible  bool
	DependsOn []string
}

// Alias is another name of a key.
type Alias struct {
	// Name is as AWS has it: alias/NAME.
	Name     string
	Key      *Key
	Resource *tf.Resource
}

// Door is a resource by which a service of AWS, or an identity provider, gives a role of the plan to somebody: pods, devices,
// holders of certificates, users of an identity pool. The role's trust policy must let that service in, too.
type Door struct {
	By     *tf.Resource
	Holder *Holder
	// Service is the service or provider that the role's trust policy must let in.
	Service string
	// Possible says that it may be another role.
	Possible bool
}

// NotJudged is a resource that can give access to a key, or to what it protects, and whose policy or effect is not
// decided here.
type NotJudged struct {
	Resource *tf.Resource
	// Why says in a sentence what it can open, and what to look at.
	Why string
}

// Grant is what an aws_kms_grant gives. Texts are unknown where they have holes, and empty where there is none.
type Grant struct {
	Key     unknown.Text
	Grantee unknown.Text
	// Operations are those that are known; MoreOperations says that there may be others.
	Operations     []string
	MoreOperations bool
	// SecretOperations says that the operations must not be printed.
	SecretOperations bool
	// Constrained says that constraints narrow it: an encryption context.
	Constrained       bool
	secretConstraints bool
}

// Secret says whether something of the grant must not be printed.
func (g *Grant) Secret() bool {
	return g.SecretOperations || g.secretConstraints || g.Grantee.SensitiveAt(0, len(g.Grantee.S))
}

// More says whether the grant gives something that the other one did not: another grantee, another operation, or
// the same without its constraints. What is not known counts as more.
func (g *Grant) More(than *Grant) bool {
	return unknown.HasHole(g.Grantee.S) || g.Grantee.S != than.Grantee.S || g.MoreOperations ||
		slices.ContainsFunc(g.Operations, func(o string) bool { return !slices.Contains(than.Operations, o) }) ||
		than.Constrained && !g.Constrained
}

// dependsOn names what decides the grantee.
func (g *Grant) dependsOn() []string {
	var out []string
	for _, u := range g.Grantee.Holes {
		if u.Kind == unknown.AnyText {
			out = append(out, u.Refs()...)
		}
	}
	return out
}

// DependsOn names what decides an argument of a resource that is not known before apply.
func (s *Set) DependsOn(res *tf.Resource, name string) []string { return s.reasons(res, name) }
