package tfeval

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
)

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

// managedPolicy is what a policy of AWS's own that a data source looks up by its ARN says of keys and roles, in place of its text,
// which is not known.
func (e *Evaluator) managedPolicy(v cty.Value) cty.Value {
	raw, m := unknown.Unmark(v)
	if raw.IsKnown() || len(m.Refs) != 1 || m.Sensitive || m.Refs[0].Variant != 0 {
		return v
	}
	r := e.instanceAt(m.Refs[0].Of)
	if r == nil || r.res.Mode != tf.Data || r.res.Type != "aws_iam_policy" || r.Ref()+".policy" != m.Refs[0].Ref || !r.res.Genuine() {
		return v
	}
	arn, f := r.Attr("arn")
	s, _, known := value.Text(arn)
	partition, policy, ok := strings.Cut(strings.TrimPrefix(s, "arn:"), ":iam::aws:policy/")
	if f != nil || !known || !ok || value.IsSecret(arn) {
		return v
	}
	says, ok := aws.ManagedPolicy("arn:aws:iam::aws:policy/" + policy)
	if !ok {
		return v
	}
	if says == "" {
		says = `{"Statement":[]}`
	}
	return value.Located(cty.StringVal(strings.ReplaceAll(says, "arn:aws:", "arn:"+partition+":")), r.res.Block.DefRange())
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

// byPlainName says whether the argument by which a data source looks something up is a name, and no ARN.
func (r *resourceInstance) byPlainName(name string) bool {
	a := r.res.Body.Attributes[name]
	if a == nil {
		return false
	}
	v, f := r.e.eval(r.scope(), a.Expr)
	if f != nil {
		return false
	}
	s, _, known := value.Text(v)
	return known && !unknown.HasHole(s) && !strings.Contains(s, ":")
}
