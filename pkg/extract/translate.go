package extract

import (
	"maps"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// translation says as which type of the provider hashicorp/aws a type of another provider is read, and how that type
// spells its arguments. Arguments that are spelled alike are left out.
type translation struct {
	typ, as   string
	arguments map[string]string
	// blocks are lists of objects that the type writes where the other has nested blocks.
	blocks map[string]blockTranslation
}

// blockTranslation is how a type spells a nested block and the arguments in it.
type blockTranslation struct {
	spelled   string
	arguments map[string]string
}

// translations are the types of the provider hashicorp/awscc. Its types are made of CloudFormation's.
// https://registry.terraform.io/providers/hashicorp/awscc/latest/docs (looked at on 2026-11-27)
var translations = []translation{
	{typ: "awscc_kms_key", as: "aws_kms_key", arguments: map[string]string{
		"policy": "key_policy", "deletion_window_in_days": "pending_window_in_days", "customer_master_key_spec": "key_spec"}},
	{typ: "awscc_kms_replica_key", as: "aws_kms_replica_key", arguments: map[string]string{
		"policy": "key_policy", "deletion_window_in_days": "pending_window_in_days"}},
	{typ: "awscc_kms_alias", as: "aws_kms_alias", arguments: map[string]string{"name": "alias_name"}},
	{typ: "awscc_iam_role", as: "aws_iam_role", arguments: map[string]string{"assume_role_policy": "assume_role_policy_document", "name": "role_name"},
		blocks: inlinePolicies},
	{typ: "awscc_iam_user", as: "aws_iam_user", arguments: map[string]string{"name": "user_name"}, blocks: inlinePolicies},
	{typ: "awscc_iam_group", as: "aws_iam_group", arguments: map[string]string{"name": "group_name"}, blocks: inlinePolicies},
	{typ: "awscc_iam_user_to_group_addition", as: "aws_iam_group_membership", arguments: map[string]string{"group": "group_name"}},
	{typ: "awscc_iam_role_policy", as: "aws_iam_role_policy", arguments: map[string]string{"policy": "policy_document", "role": "role_name", "name": "policy_name"}},
	{typ: "awscc_iam_user_policy", as: "aws_iam_user_policy", arguments: map[string]string{"policy": "policy_document", "user": "user_name", "name": "policy_name"}},
	{typ: "awscc_iam_group_policy", as: "aws_iam_group_policy", arguments: map[string]string{"policy": "policy_document", "group": "group_name", "name": "policy_name"}},
	{typ: "awscc_iam_managed_policy", as: "aws_iam_policy", arguments: map[string]string{"policy": "policy_document", "arn": "policy_arn", "name": "managed_policy_name"}},
	{typ: "awscc_sso_permission_set", as: "aws_ssoadmin_permission_set", arguments: map[string]string{
		"arn": "permission_set_arn", "managed_policy_arns": "managed_policies", "customer_managed_policy_reference": "customer_managed_policy_references"}},
	{typ: "awscc_iam_oidc_provider", as: "aws_iam_openid_connect_provider"},
}

var inlinePolicies = map[string]blockTranslation{
	"inline_policy": {spelled: "policies", arguments: map[string]string{"name": "policy_name", "policy": "policy_document"}},
}

// translationOf is how a type is read, nil for types that are read as they are.
func translationOf(typ string) *translation {
	for i := range translations {
		if translations[i].typ == typ {
			return &translations[i]
		}
	}
	return nil
}

// translated is a resource of another provider as the resource of the provider hashicorp/aws that it is. It keeps its
// address, and knows how its own type spells each argument.
func (t *translation) translated(res *tf.Resource) *tf.Resource {
	out := *res
	out.Type = t.as
	out.Spelling = &tf.Spelling{Type: t.typ, Arguments: t.spelling()}
	out.Before, out.After = t.object(res.Before), t.object(res.After)
	if res.Source != nil {
		src := *res.Source
		src.Attrs = make(map[string]*tf.SourceAttr, len(res.Source.Attrs))
		for path, a := range res.Source.Attrs {
			src.Attrs[t.path(path)] = a
		}
		out.Source = &src
	}
	if res.Config != nil {
		out.Config = t.config(res.Config)
	}
	return &out
}

// spelling is how the type spells arguments, by how the other type does.
func (t *translation) spelling() map[string]string {
	out := map[string]string{}
	maps.Copy(out, t.arguments)
	for name, b := range t.blocks {
		out[name] = b.spelled
		for arg, spelled := range b.arguments {
			out[name+"."+arg] = spelled
		}
	}
	return out
}

// path translates the path of an argument: policies[0].policy_document is inline_policy[0].policy.
func (t *translation) path(path string) string {
	head, rest, nested := strings.Cut(path, "[")
	for name, spelled := range t.arguments {
		if spelled == path {
			return name
		}
	}
	for name, b := range t.blocks {
		if b.spelled != head {
			continue
		}
		if !nested {
			return name
		}
		index, arg, _ := strings.Cut(rest, "].")
		for to, spelled := range b.arguments {
			if spelled == arg {
				arg = to
				break
			}
		}
		return name + "[" + index + "]." + arg
	}
	return path
}

func (t *translation) object(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return v
	}
	raw, marks := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !raw.Type().IsObjectType() {
		return v
	}
	attrs := raw.AsValueMap()
	out := make(map[string]cty.Value, len(attrs))
	for name, a := range attrs {
		out[t.path(name)] = a
	}
	for name, b := range t.blocks {
		if list, ok := attrs[b.spelled]; ok {
			delete(out, b.spelled)
			out[name] = b.list(list)
		}
	}
	return cty.ObjectVal(out).WithMarks(marks)
}

// list is a list of objects with the names that blocks have.
func (b blockTranslation) list(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return v
	}
	inner := &translation{arguments: b.arguments}
	var elems []cty.Value
	for _, e := range raw.AsValueSlice() {
		elems = append(elems, inner.object(e))
	}
	return cty.TupleVal(elems).WithMarks(marks)
}

// config translates what the configuration writes. Of a list of objects it tells references only, which may be those of
// any element.
func (t *translation) config(c *tf.Config) *tf.Config {
	out := *c
	out.Attrs = make(map[string]tf.Expr, len(c.Attrs))
	out.Blocks = map[string][]tf.Config{}
	for name, e := range c.Attrs {
		out.Attrs[t.path(name)] = e
	}
	for name, b := range t.blocks {
		if e, ok := c.Attrs[b.spelled]; ok {
			delete(out.Attrs, b.spelled)
			out.Blocks[name] = []tf.Config{{Attrs: map[string]tf.Expr{"policy": {References: e.References}}}}
		}
	}
	return &out
}

// Translated is the plan with the resources of other providers, of stacks and of Cloud Control as the resources of the
// provider hashicorp/aws that they are.
func Translated(plan *tf.Plan) *tf.Plan {
	out := *plan
	out.Resources = translatedAll(plan.Resources)
	out.Gone = translatedAll(plan.Gone)
	return &out
}

func translatedAll(resources []*tf.Resource) []*tf.Resource {
	var out []*tf.Resource
	for _, res := range resources {
		t := translationOf(res.Type)
		switch {
		case res.Mode == tf.Managed && t != nil:
			out = append(out, t.translated(res))
		case res.Mode == tf.Managed && res.Type == stackType:
			out = append(append(out, res), stackResources(res)...)
		case res.Mode == tf.Managed && res.Type == cloudControlType:
			out = append(append(out, res), cloudControlResources(res)...)
		default:
			out = append(out, res)
		}
	}
	return out
}
