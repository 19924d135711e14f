package tfeval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/zclconf/go-cty/cty"
)

const policyDocument = "aws_iam_policy_document"

// Attr is an attribute of the instance: what the plan knows of it, else what the sources write, else unknown.
func (r *resourceInstance) Attr(name string) (cty.Value, *hcl.Diagnostic) {
	e := r.e
	key := memoKey{inst: r.inst, kind: "attr", name: r.res.Key() + "." + name, key: keyText(r.key) + r.inCase + r.index}
	return e.once(key, r.res.Block.DefRange(), func() (cty.Value, *hcl.Diagnostic) {
		v := r.value(name)
		if v.CanIterateElements() {
			v = v.Mark(value.Typeless) // the provider's schema has the type
		}
		return v, nil
	})
}

func (r *resourceInstance) value(name string) cty.Value {
	if v, ok := r.rendered(name); ok {
		return v
	}
	if r.e.plan != nil && r.known() {
		if v, ok := r.e.plan.attribute(r, name); ok {
			return r.rewritten(name, v) // by the time that something else is made of it
		}
	}
	return r.written(name)
}

// rendered is an attribute that is computed from the other ones in a way that is known: the text of a policy document,
// or of a template.
func (r *resourceInstance) rendered(name string) (cty.Value, bool) {
	if !r.res.Genuine() {
		return cty.NilVal, false
	}
	var v cty.Value
	switch {
	case r.res.Mode == tf.Data && r.res.Type == policyDocument && (name == "json" || name == "minified_json"):
		v = r.e.documentJSON(r, name)
	case r.res.Mode == tf.Data && r.res.Type == "template_file" && name == "rendered":
		v = r.e.templateData(r)
	case r.res.Mode == tf.Managed && r.res.Type == "terraform_data" && name == "output":
		// https://developer.hashicorp.com/terraform/language/resources/terraform-data: the output is the input.
		if v, f := r.Attr("input"); f == nil {
			return v, true
		}
		return cty.NilVal, false
	case r.res.Mode == tf.Data && r.res.Type == "local_file" && name == "content":
		return r.fileContent()
	case r.res.Mode == tf.Data && r.res.Type == "aws_iam_openid_connect_provider" && name == "url" && r.res.Body.Attributes["url"] == nil:
		return r.urlInARN()
	case r.res.Mode == tf.Data && r.res.Type == "aws_arn" && name != "arn":
		return r.partOfARN(name)
	case r.res.Mode == tf.Data && r.res.Type == "aws_region" && (name == "name" || name == "region" || name == "id"):
		for _, asked := range []string{"region", "name"} {
			if r.res.Body.Attributes[asked] != nil {
				return r.written(asked), true
			}
		}
		return cty.NilVal, false
	default:
		return cty.NilVal, false
	}
	if r.e.plan == nil || !r.known() {
		return v, true
	}
	planned, ok := r.e.plan.value(r, name)
	if !ok {
		return v, true
	}
	// The plan has read it. The own text says where it was written, if it is the same.
	raw, _ := planned.Unmark()
	if s, _, isText := value.Text(v); isText && SameDocument(s, raw.AsString()) {
		v = value.SecretIf(value.IsSecret(planned), v)
		return v, true
	}
	return planned, true
}

// fileContent is what a data source reads from a file. A plan has it.
func (r *resourceInstance) fileContent() (cty.Value, bool) {
	a := r.res.Body.Attributes["filename"]
	if a == nil || r.e.plan != nil {
		return cty.NilVal, false
	}
	name, f := r.Attr("filename")
	if f != nil {
		return cty.NilVal, false
	}
	v, f := r.e.lib.Call("file", a.Expr.Range(), a.Expr.Range(), []cty.Value{name}, false)
	return v, f == nil
}

// partOfARN is a part of the ARN that a data source takes apart. A plan has what it read.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/arn
func (r *resourceInstance) partOfARN(name string) (cty.Value, bool) {
	if r.e.plan != nil && r.known() {
		if planned, ok := r.e.plan.attribute(r, name); ok && planned.IsKnown() {
			return planned, true
		}
	}
	arn, f := r.Attr("arn")
	if f != nil || name == "id" {
		return arn, f == nil
	}
	if name == "account" {
		name = "account_id"
	}
	at := r.res.Block.DefRange()
	parts, f := r.e.lib.Call("provider::aws::arn_parse", at, at, []cty.Value{arn}, false)
	if f != nil {
		return cty.NilVal, false
	}
	raw, marks := parts.Unmark()
	if !raw.Type().IsObjectType() || !raw.Type().HasAttribute(name) {
		return cty.NilVal, false
	}
	return raw.GetAttr(name).WithMarks(marks), true
}

// urlInARN is the url of an identity provider that a data source looks up by its ARN, which ends with it. A plan has what it read.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func (r *resourceInstance) urlInARN() (cty.Value, bool) {
	arn, f := r.Attr("arn")
	if f != nil || r.e.plan != nil {
		return cty.NilVal, false
	}
	at := r.res.Block.DefRange()
	found, f := r.e.lib.Call("regex", at, at, []cty.Value{cty.StringVal("^arn:[^:]*:iam::[^:]*:oidc-provider/(.+)$"), arn}, false)
	if raw, marks := found.Unmark(); f == nil && raw.Type().IsTupleType() && raw.LengthInt() == 1 {
		return raw.Index(cty.Zero).WithMarks(marks), true
	}
	return cty.NilVal, false
}
