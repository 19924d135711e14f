package extract

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// doors are the types that give roles away, with the argument that names the roles.
//
// https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
// https://docs.aws.amazon.com/rolesanywhere/latest/userguide/introduction.html
// https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html
// https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
var doors = []struct{ typ, argument, service string }{
	{"aws_eks_pod_identity_association", "role_arn", "pods.eks.amazonaws.com"},
	{"aws_rolesanywhere_profile", "role_arns", "rolesanywhere.amazonaws.com"},
	{"aws_iot_role_alias", "role_arn", "credentials.iot.amazonaws.com"},
	{"aws_cognito_identity_pool_roles_attachment", "roles", "cognito-identity.amazonaws.com"},
}

// door reads whom a resource gives which roles.
func (l *linker) door(res *tf.Resource) {
	if res.Mode != tf.Managed {
		return
	}
	for _, d := range doors {
		v, ok := unknown.Lookup(res.After, d.argument)
		if d.typ != res.Type || !ok {
			continue
		}
		values := elementsOf(v)
		if raw, _ := v.Unmark(); raw.IsKnown() && !raw.IsNull() && !raw.CanIterateElements() {
			values = append(values, v)
		}
		var seen []*tf.Resource
		for _, e := range values {
			to := l.referredBy(res, e, d.argument, roleTarget)
			for _, role := range to.found {
				if h := l.holderOf[role]; h != nil && !slices.Contains(seen, role) {
					seen = append(seen, role)
					l.set.Doors = append(l.set.Doors, Door{By: res, Holder: h, Service: d.service, Possible: to.others || len(to.found) > len(values)})
				}
			}
		}
	}
}

// The type of resources that are roles in every account that they are assigned to.
const permissionSetType = "aws_ssoadmin_permission_set"

var permissionSetTarget = &targetType{is: managed(permissionSetType), names: []string{"arn", "id"}}

// permissionSets reads the permission sets of IAM Identity Center: their policies, and the accounts that have them.
//
// https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
func (l *linker) permissionSets() {
	of := map[*tf.Resource]*Holder{}
	for _, res := range l.plan.Resources {
		if !permissionSetTarget.is(res) {
			continue
		}
		h := &Holder{Type: permissionSetType, Resource: res}
		h.Name, _ = unknown.String(res.After, "name")
		if p := l.policies[res]; p != nil && p.Path == "inline_policy" { // of a template or another provider
			h.Inline = append(h.Inline, p)
		}
		l.ownList(h, res)
		if given(res, namedPolicies) {
			h.Attached = append(h.Attached, l.byPolicyName(res)...)
		}
		of[res] = h
		l.set.PermissionSets = append(l.set.PermissionSets, h)
	}
	if len(of) == 0 {
		return
	}
	for _, res := range l.plan.Resources {
		if res.Mode != tf.Managed || !strings.HasPrefix(res.Type, "aws_ssoadmin_") {
			continue
		}
		r := l.referred(res, "permission_set_arn", permissionSetTarget)
		for _, set := range r.found {
			l.permissionSet(of[set], res, r)
		}
	}
}

// permissionSet reads what a resource says of a permission set that it names, or may name.
func (l *linker) permissionSet(h *Holder, res *tf.Resource, r referral) {
	one := []*Holder{h}
	if r.one() == nil {
		r.others = true
	}
	switch res.Type {
	case "aws_ssoadmin_permission_set_inline_policy":
		if p := l.policies[res]; p != nil {
			p.Perhaps, p.For = r.others, r.text
			h.Inline = append(h.Inline, p)
		}
	case "aws_ssoadmin_managed_policy_attachment":
		if v, ok := unknown.Lookup(res.After, "managed_policy_arn"); ok {
			attach(one, r, l.attached(res, named{v, -1}, "managed_policy_arn"))
		}
	case "aws_ssoadmin_customer_managed_policy_attachment":
		attach(one, r, l.byPolicyName(res))
	case "aws_ssoadmin_account_assignment":
		if account, ok := unknown.String(res.After, "target_id"); ok && !r.others {
			h.Accounts = append(h.Accounts, account)
		} else {
			h.MoreAccounts = true
		}
	}
}

// namedPolicies is the argument by which a permission set takes policies by their names.
const namedPolicies = "customer_managed_policy_reference"

// byPolicyName are the policies that a permission set takes by their names, in each account the ones of those names.
func (l *linker) byPolicyName(res *tf.Resource) []Attachment {
	var out []Attachment
	list, _ := unknown.Lookup(res.After, namedPolicies)
	for _, e := range elementsOf(list) {
		name, known := unknown.String(e, "name")
		if found := l.find(policyNameTarget, name); known && len(found) == 1 {
			out = append(out, Attachment{By: res, Policy: l.policies[found[0]]})
			continue
		}
		out = append(out, Attachment{By: res, DependsOn: []string{res.Address + "." + res.Spelled(namedPolicies)}})
	}
	return out
}

var policyNameTarget = &targetType{is: managed("aws_iam_policy"), names: []string{"name"}}
