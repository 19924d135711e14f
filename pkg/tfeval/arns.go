package tfeval

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// arns are the ARNs of what the sources declare.
type arns struct{ e *Evaluator }

// Form is that of the type of the resource, where the symbol is its ARN.
func (a arns) Form(u unknown.Symbol) []any {
	r := a.e.instanceAt(u.Of)
	if r == nil || r.res.Mode != tf.Managed || u.Variant != 0 || r.Ref()+".arn" != u.Ref && r.Ref()+".id" != u.Ref {
		return nil // what a data source finds may be of another account
	}
	return tf.ARNForm(r.res.Type)
}

// Part is what the sources tell: the provider configuration has the partition and the region, also those that data sources tell.
func (a arns) Part(part unknown.Kind, u unknown.Symbol) (cty.Value, bool) {
	e := a.e
	if part == unknown.PathName {
		return e.nameInARN(u)
	}
	r := e.instanceAt(u.Of)
	if r == nil {
		return cty.NilVal, false
	}
	region, ok := e.configuredRegion(r.provider())
	switch part {
	case unknown.OwnAccount:
		return r.accountAskedFor(u)
	case unknown.PartitionID:
		return cty.StringVal(aws.PartitionOf(region)), ok
	case unknown.DNSSuffix:
		return cty.StringVal(aws.DNSSuffixOf(aws.PartitionOf(region))), ok
	case unknown.RegionName:
		told := r.res.Type == "aws_region" && !slices.ContainsFunc([]string{"region", "name", "endpoint"}, func(a string) bool { return r.res.Body.Attributes[a] != nil })
		found := told || r.res.Mode == tf.Managed && r.Ref()+".arn" == u.Ref && r.res.Body.Attributes["region"] == nil
		return cty.StringVal(region), ok && found
	}
	return cty.NilVal, false
}

// accountAskedFor is the account of a key that a data source looks up by an ARN, which may be one of another account.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
func (r *resourceInstance) accountAskedFor(u unknown.Symbol) (cty.Value, bool) {
	a := r.res.Body.Attributes["key_id"]
	if r.res.Mode != tf.Data || a == nil || r.res.Type != "aws_kms_key" && r.res.Type != "aws_kms_public_key" || r.byPlainName("key_id") {
		return cty.NilVal, false
	}
	v, f := r.e.eval(r.scope(), a.Expr)
	if s, _, known := value.Text(v); f == nil && known && !unknown.HasHole(s) && !value.IsSecret(v) {
		arn, ok := aws.ParseARN(s)
		return cty.StringVal(arn.Account), ok
	}
	sign := value.NewSigner("account")
	sign.Unknown(u)
	return value.UnknownOf(cty.String, unknown.Symbol{Ref: u.Ref, Kind: unknown.AccountID, Variant: sign.Variant(), Sensitive: value.IsSecret(v)}), true
}

// configuredRegion is the region that a provider block of the root module says, false where it says none that is known.
func (e *Evaluator) configuredRegion(provider string) (string, bool) {
	block := e.Root.Module.Providers[provider]
	if block == nil || block.Attributes["region"] == nil {
		return "", false
	}
	x := block.Attributes["region"].Expr
	v, f := e.once(memoKey{kind: "region", name: provider}, x.Range(), func() (cty.Value, *hcl.Diagnostic) { return e.eval(e.Root.scope(), x) })
	s, _, known := value.Text(v)
	return s, f == nil && known && s != "" && !unknown.HasHole(s) && !value.IsSecret(v)
}

// nameInARN is how the ARN of a managed role, user or identity provider ends, which its arguments tell
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns).
func (e *Evaluator) nameInARN(u unknown.Symbol) (cty.Value, bool) {
	r := e.instanceAt(u.Of)
	if r == nil || r.res.Mode != tf.Managed || r.Ref()+".arn" != u.Ref {
		return cty.NilVal, false
	}
	switch r.res.Type {
	case "aws_iam_openid_connect_provider":
		v, f := r.Attr("url")
		return v, f == nil && v.Type() == cty.String
	case "aws_iam_role", "aws_iam_user":
	default:
		return cty.NilVal, false
	}
	path := cty.StringVal("/")
	if r.res.Body.Attributes["path"] != nil || e.plan != nil {
		v, f := r.Attr("path")
		if f != nil {
			return cty.NilVal, false
		}
		path = v
	}
	name, f := r.Attr("name")
	if raw, _ := path.Unmark(); f != nil || value.IsSecret(path) || !value.IsString(raw) || !strings.HasPrefix(raw.AsString(), "/") {
		return cty.NilVal, false
	}
	b := e.NewBuilder(r.res.Block.DefRange())
	path, _ = path.Unmark()
	b.Raw(path.AsString()[1:])
	if prefix, ok := r.beginning(name); ok {
		b.Raw(prefix) // and the name that is not known, as the rest of it
		name = e.Derived(cty.String, "behind the prefix", name)
		name = value.UnknownOf(cty.String, plain(name))
	}
	if f := b.Value(name, r.res.Block.DefRange()); f != nil {
		return cty.NilVal, false
	}
	return b.Result(), true
}

// beginning is how the name begins that the provider makes of a prefix.
func (r *resourceInstance) beginning(name cty.Value) (string, bool) {
	if name.IsKnown() || r.res.Body.Attributes["name_prefix"] == nil || r.res.Body.Attributes["name"] != nil {
		return "", false
	}
	v, f := r.Attr("name_prefix")
	s, _, known := value.Text(v)
	return s, f == nil && known && !unknown.HasHole(s) && !value.IsSecret(v)
}

// plain is the symbol of an unknown value that is a name.
func plain(v cty.Value) unknown.Symbol {
	_, m := unknown.Unmark(v)
	u := unknown.Join(m.Refs)
	u.Kind = unknown.PlainName
	return u
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
