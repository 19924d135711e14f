package extract

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/cloudformation"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const (
	stackType        = "aws_cloudformation_stack"
	cloudControlType = "aws_cloudcontrolapi_resource"
)

// inner says as which type a resource of a template is read, and which of its properties are which arguments.
type inner struct {
	typ, as string
	// documents are arguments that hold a policy, lists those that list texts, values other arguments.
	documents, lists, values map[string]string
	// policies says that the property Policies has inline policies.
	policies bool
}

// inners are the resource types of CloudFormation that decide access to keys.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ (looked at on 2026-11-27)
var inners = []inner{
	{typ: "AWS::KMS::Key", as: "aws_kms_key", documents: map[string]string{"policy": "KeyPolicy"}, values: map[string]string{
		"enable_key_rotation": "EnableKeyRotation", "deletion_window_in_days": "PendingWindowInDays", "customer_master_key_spec": "KeySpec",
		"key_usage": "KeyUsage", "multi_region": "MultiRegion", "bypass_policy_lockout_safety_check": "BypassPolicyLockoutSafetyCheck"}},
	{typ: "AWS::KMS::ReplicaKey", as: "aws_kms_replica_key", documents: map[string]string{"policy": "KeyPolicy"}, values: map[string]string{
		"deletion_window_in_days": "PendingWindowInDays", "primary_key_arn": "PrimaryKeyArn"}},
	{typ: "AWS::IAM::Role", as: "aws_iam_role", documents: map[string]string{"assume_role_policy": "AssumeRolePolicyDocument"},
		values: map[string]string{"name": "RoleName", "path": "Path"}, lists: map[string]string{"managed_policy_arns": "ManagedPolicyArns"}, policies: true},
	{typ: "AWS::IAM::User", as: "aws_iam_user", values: map[string]string{"name": "UserName", "path": "Path"},
		lists: map[string]string{"managed_policy_arns": "ManagedPolicyArns", "groups": "Groups"}, policies: true},
	{typ: "AWS::IAM::Group", as: "aws_iam_group", values: map[string]string{"name": "GroupName", "path": "Path"},
		lists: map[string]string{"managed_policy_arns": "ManagedPolicyArns"}, policies: true},
	{typ: "AWS::IAM::UserToGroupAddition", as: "aws_iam_group_membership", values: map[string]string{"group": "GroupName"}, lists: map[string]string{"users": "Users"}},
	{typ: "AWS::IAM::Policy", as: "aws_iam_policy", documents: map[string]string{"policy": "PolicyDocument"}, lists: holderLists},
	{typ: "AWS::IAM::RolePolicy", as: "aws_iam_role_policy", documents: map[string]string{"policy": "PolicyDocument"}, values: map[string]string{"role": "RoleName"}},
	{typ: "AWS::IAM::UserPolicy", as: "aws_iam_user_policy", documents: map[string]string{"policy": "PolicyDocument"}, values: map[string]string{"user": "UserName"}},
	{typ: "AWS::IAM::GroupPolicy", as: "aws_iam_group_policy", documents: map[string]string{"policy": "PolicyDocument"}, values: map[string]string{"group": "GroupName"}},
	{typ: "AWS::IAM::ManagedPolicy", as: "aws_iam_policy", documents: map[string]string{"policy": "PolicyDocument"},
		values: map[string]string{"name": "ManagedPolicyName", "path": "Path"}, lists: holderLists},
	{typ: "AWS::SSO::PermissionSet", as: "aws_ssoadmin_permission_set", documents: map[string]string{"inline_policy": "InlinePolicy"},
		values: map[string]string{"name": "Name"}, lists: map[string]string{"managed_policy_arns": "ManagedPolicies"}},
}

var holderLists = map[string]string{"roles": "Roles", "users": "Users", "groups": "Groups"}

func innerOf(typ string) *inner {
	for i := range inners {
		if inners[i].typ == typ {
			return &inners[i]
		}
	}
	return nil
}

// stackResources are the resources that the template of a stack makes, as far as they decide access to keys.
func stackResources(res *tf.Resource) []*tf.Resource {
	after := templates(res, res.After, bodies(res, "template_body"))
	before := templates(res, res.Before, knownBody(res.Before, "template_body"))
	var out []*tf.Resource
	for i, r := range after {
		if in := innerOf(r.Type); in != nil {
			was := sameName(before, r.Name)
			if r.SecretName() {
				r.Name = "(sensitive " + strconv.Itoa(i+1) + ")"
			}
			out = append(out, in.resource(res, "template_body.Resources."+r.Name+".Properties.", r, was))
		}
	}
	return out
}

// templates reads every template that a body may be; of resources with one name the first is taken.
func templates(res *tf.Resource, object cty.Value, texts []unknown.Text) []cloudformation.Resource {
	var out []cloudformation.Resource
	given, all := stackParameters(res, object)
	for _, body := range texts {
		t, err := cloudformation.Read(cloudformation.Stack{Body: body, Parameters: given, AllParameters: all, Owner: res.Address})
		if err != nil {
			continue // notJudged says so
		}
		for _, r := range t.Resources {
			if sameName(out, r.Name) == nil {
				out = append(out, r)
			}
		}
	}
	return out
}

func sameName(list []cloudformation.Resource, name string) *cloudformation.Resource {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

// bodies are the texts that an argument may be after apply.
func bodies(res *tf.Resource, name string) []unknown.Text {
	known := knownBody(res.After, name)
	if res.Source == nil || res.Source.Attrs[name] == nil {
		return known
	}
	written := res.Source.Attrs[name].Texts
	if len(known) == 0 {
		return written
	}
	if i := slices.IndexFunc(written, func(t unknown.Text) bool { return t.S == known[0].S }); i >= 0 {
		v, _ := unknown.Lookup(res.After, name)
		return []unknown.Text{secretText(written[i], unknown.IsSensitive(v))}
	}
	return known
}

func knownBody(object cty.Value, name string) []unknown.Text {
	if v, ok := unknown.Lookup(object, name); ok {
		if t, ok := knownText(v); ok {
			return []unknown.Text{t}
		}
	}
	return nil
}

// stackParameters are the parameters that a stack is given. The second result says that there are no others.
func stackParameters(res *tf.Resource, object cty.Value) (map[string]unknown.Text, bool) {
	v, ok := unknown.Lookup(object, "parameters")
	if !ok {
		return nil, true
	}
	raw, _ := v.Unmark()
	if !raw.IsKnown() {
		// The provider computes what is not written.
		return nil, res.Source != nil && res.Source.Attrs["parameters"] == nil || res.Config != nil && !written(res.Config, "parameters")
	}
	if raw.IsNull() || !raw.CanIterateElements() {
		return nil, true
	}
	out := map[string]unknown.Text{}
	for it := raw.ElementIterator(); it.Next(); {
		k, e := it.Element()
		name, _ := k.Unmark()
		if !name.IsKnown() || name.IsNull() || name.Type() != cty.String {
			continue
		}
		if t, ok := knownText(e); ok {
			out[name.AsString()] = secretText(t, unknown.IsSensitive(v))
			continue
		}
		u := symbolOf(e, res.Address+".parameters."+name.AsString())
		out[name.AsString()] = unknown.Text{S: unknown.Hole(0), Holes: []unknown.Symbol{u}}
	}
	return out, true
}

// symbolOf is what decides an unknown value.
func symbolOf(v cty.Value, otherwise string) unknown.Symbol {
	_, m := unknown.Unmark(v)
	if len(m.Refs) == 0 {
		return unknown.Symbol{Ref: otherwise, Sensitive: m.Sensitive}
	}
	u := unknown.Join(m.Refs)
	u.Sensitive = u.Sensitive || m.Sensitive
	return u
}

// cloudControlResources is the resource that a resource of Cloud Control makes, where it decides access to keys.
func cloudControlResources(res *tf.Resource) []*tf.Resource {
	typ, _ := unknown.String(res.After, "type_name")
	in := innerOf(typ)
	if in == nil {
		return nil
	}
	var was *cloudformation.Resource
	for _, t := range knownBody(res.Before, "desired_state") {
		if r, err := cloudformation.ReadDesiredState(typ, t, res.Address); err == nil {
			was = &r
		}
	}
	after := bodies(res, "desired_state")
	if v, ok := unknown.Lookup(res.After, "desired_state"); len(after) == 0 && ok {
		after = []unknown.Text{in.unknownState(symbolOf(v, res.Address+".desired_state"))}
	}
	for _, t := range after {
		if r, err := cloudformation.ReadDesiredState(typ, t, res.Address); err == nil {
			return []*tf.Resource{in.resource(res, "desired_state.", r, was)}
		}
	}
	return nil
}

// unknownState is a desired state of which nothing is known: each property may be anything.
func (in *inner) unknownState(u unknown.Symbol) unknown.Text {
	var properties []string
	for _, named := range []map[string]string{in.documents, in.values, in.lists} {
		for _, property := range named {
			properties = append(properties, strconv.Quote(property)+":"+unknown.Hole(0))
		}
	}
	slices.Sort(properties)
	return unknown.Text{S: "{" + strings.Join(properties, ",") + "}", Holes: []unknown.Symbol{u}}
}

// resource is one resource of a template or desired state as the resource that it is.
func (in *inner) resource(res *tf.Resource, prefix string, r cloudformation.Resource, was *cloudformation.Resource) *tf.Resource {
	out := &tf.Resource{
		Address: res.Address, Module: res.Module, Mode: tf.Managed, Type: in.as, Name: cmp.Or(r.Name, res.Name), Index: res.Index, Provider: res.Provider,
		Action: res.Action, Previous: res.Previous, Source: &tf.Source{Attrs: map[string]*tf.SourceAttr{}},
		Spelling: &tf.Spelling{Type: res.Type, Arguments: map[string]string{}, Inside: true},
	}
	if src := res.Source; src != nil {
		out.Source.Block, out.Source.Body, out.Source.Calls, out.Source.Remote = src.Block, src.Body, src.Calls, src.Remote
	}
	if in.policies {
		out.Spelling.Arguments["inline_policy"] = prefix + "Policies"
		out.Spelling.Arguments["inline_policy.policy"] = "PolicyDocument"
	}
	for _, properties := range []map[string]string{in.documents, in.lists, in.values} {
		for name, property := range properties {
			out.Spelling.Arguments[name] = prefix + property
		}
	}
	out.After = in.arguments(r, out.Source)
	out.Before = cty.NilVal
	if was != nil {
		out.Before = in.arguments(*was, nil)
	}
	return out
}

// arguments are the arguments; what they may be is noted in src, where that is given.
func (in *inner) arguments(r cloudformation.Resource, src *tf.Source) cty.Value {
	attrs := map[string]cty.Value{}
	for name, property := range in.documents {
		if v := argumentOf(src, name, r.Outcomes(property)); v != cty.NilVal {
			attrs[name] = v
		}
	}
	for name, property := range in.values {
		if v := argumentOf(nil, name, r.Outcomes(property)); v != cty.NilVal {
			attrs[name] = typedArgument(name, v)
		}
	}
	for name, property := range in.lists {
		if list := elements(r, property); len(list) > 0 {
			attrs[name] = cty.TupleVal(list)
		}
	}
	if in.policies {
		var blocks []cty.Value
		for i := range r.Elements("Policies") {
			at := strconv.Itoa(i)
			policy := argumentOf(src, "inline_policy["+at+"].policy", r.ElementOutcomes("Policies", i, "PolicyDocument"))
			if policy == cty.NilVal {
				continue
			}
			blocks = append(blocks, cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("Policies[" + at + "]"), "policy": policy}))
		}
		if len(blocks) > 0 {
			attrs["inline_policy"] = cty.TupleVal(blocks)
		}
	}
	return cty.ObjectVal(attrs)
}

// argumentOf is an argument that may be any of the texts: known where there is one without holes, cty.NilVal where there
// is none.
func argumentOf(src *tf.Source, path string, texts []unknown.Text) cty.Value {
	if len(texts) == 0 {
		return cty.NilVal
	}
	if src != nil {
		a := &tf.SourceAttr{Texts: texts}
		for _, t := range texts {
			if rng, ok := t.At(0, len(t.S)); ok {
				a.Range = rng
			}
		}
		if _, bare := unknown.OneHole(texts[0].S); bare && len(texts) == 1 {
			a.Texts, a.Unknown = nil, texts[0].Holes
		}
		src.Attrs[path] = a
	}
	t := texts[0]
	if len(texts) == 1 && !unknown.HasHole(t.S) {
		return secretValue(cty.StringVal(t.S), t.SensitiveAt(0, len(t.S)))
	}
	v := cty.UnknownVal(cty.String)
	for _, t := range texts {
		for _, u := range t.Holes {
			v = withRef(v, u)
		}
		v = secretValue(v, t.SensitiveAt(0, len(t.S)))
	}
	return v
}

// typedArgument gives truth values and numbers the type that their argument has.
func typedArgument(name string, v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	ty := cty.String
	switch name {
	case "enable_key_rotation", "multi_region", "bypass_policy_lockout_safety_check":
		ty = cty.Bool
	case "deletion_window_in_days":
		ty = cty.Number
	}
	if !raw.IsKnown() {
		return cty.UnknownVal(ty).WithMarks(marks)
	}
	switch ty {
	case cty.Bool:
		return cty.BoolVal(strings.EqualFold(raw.AsString(), "true")).WithMarks(marks)
	case cty.Number:
		if n, err := cty.ParseNumberVal(raw.AsString()); err == nil {
			return n.WithMarks(marks)
		}
		return cty.UnknownVal(ty).WithMarks(marks)
	}
	return v
}

// elements are the texts that a property lists. One that depends on a condition is not known.
func elements(r cloudformation.Resource, property string) []cty.Value {
	var out []cty.Value
	for i := range r.Elements(property) {
		texts := r.ElementOutcomes(property, i, "")
		v := argumentOf(nil, "", texts)
		if v == cty.NilVal {
			continue
		}
		for _, t := range texts {
			for _, ref := range t.DependsOn {
				_, marks := v.Unmark()
				v = withRef(cty.UnknownVal(cty.String).WithMarks(marks), unknown.Symbol{Ref: ref})
			}
		}
		out = append(out, v)
	}
	return slices.Clip(out)
}
