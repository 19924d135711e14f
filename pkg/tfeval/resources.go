package tfeval

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func (r *resourceInstance) Ref() string { return r.res.Key() + keyText(r.key) }

// Names are the attributes that the sources write and the ones that every reader asks for.
func (r *resourceInstance) Names() []string {
	out := []string{"id"}
	if r.res.Mode == tf.Managed {
		out = append(out, "arn")
	}
	for n := range r.res.Body.Attributes {
		if !MetaArguments[n] {
			out = append(out, n)
		}
	}
	for _, b := range r.res.Body.Blocks {
		if t := tfsource.BlockType(b); !MetaArguments[t] {
			out = append(out, t)
		}
	}
	return out
}

// written is the attribute as the sources write it. An argument that is not written, or is null, is left to the provider.
func (r *resourceInstance) written(name string) cty.Value {
	if a := r.res.Body.Attributes[name]; a != nil && !MetaArguments[name] && !r.leftToOthers(name) && !r.writeOnly(name) {
		if r.e.gaveUp[memoKey{inst: r.inst, name: a.Expr.Range().String()}] {
			return r.unknown(name)
		}
		v, f := r.e.eval(r.scope(), a.Expr)
		if f != nil {
			r.e.Note(f)
			return r.unknown(name)
		}
		if raw, _ := v.Unmark(); !raw.IsKnown() || !raw.IsNull() {
			return r.rewritten(name, value.Located(v, a.Expr.Range()))
		}
	}
	var blocks []*hclsyntax.Block
	for _, b := range r.res.Body.Blocks {
		if tfsource.BlockType(b) == name && !MetaArguments[name] {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) > 0 {
		return r.e.blockList(r.scope(), blocks)
	}
	return r.unknown(name)
}

// writeOnly says whether an argument is null to whoever reads it: those that the AWS provider does not keep end in _wo.
// https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only
func (r *resourceInstance) writeOnly(name string) bool {
	return r.res.Mode == tf.Managed && strings.HasPrefix(r.res.Type, "aws_") && strings.HasSuffix(name, "_wo")
}

// leftToOthers says that what the sources write need not be what is there: Terraform ignores changes of it, and no plan says
// what it is.
func (r *resourceInstance) leftToOthers(name string) bool {
	return r.e.plan == nil && r.res.Mode == tf.Managed && r.res.IgnoresChanges(name)
}

// rewritten is an argument as the provider reads it back: the url of an identity provider loses its scheme
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html, Url).
func (r *resourceInstance) rewritten(name string, v cty.Value) cty.Value {
	if r.res.Type != "aws_iam_openid_connect_provider" || name != "url" || !v.IsKnown() {
		return v
	}
	at := r.res.Block.DefRange()
	out, f := r.e.lib.Call("trimprefix", at, at, []cty.Value{v, cty.StringVal("https://")}, false)
	if f != nil {
		return v
	}
	return out
}

// unknown is an attribute that only apply tells.
func (r *resourceInstance) unknown(name string) cty.Value {
	switch {
	case !r.res.Genuine():
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: r.Ref() + "." + name})
	case r.writeOnly(name):
		return cty.NullVal(cty.DynamicPseudoType)
	}
	u := tf.Typed(r.res.Key()+"."+name, r.address())
	u.Ref, u.Index = r.Ref()+"."+name, r.instance()
	ty := attributeType(u.Kind, name)
	if by := tf.FoundByARN(r.res.Type); name == "arn" && r.res.Mode == tf.Data && by != "" && r.res.Body.Attributes[by] == nil {
		u.Kind, ty = unknown.OwnARN, cty.String // it is found by another argument, and is one ARN
	}
	if k := tf.ElementKind(r.res.Mode, r.res.Type, name); k != unknown.AnyText {
		u.Kind, ty = k, cty.List(cty.String)
	}
	if r.res.Type == "aws_iam_session_context" && name == "issuer_arn" {
		var own bool
		if own, u.Account = r.principalAskedFor(); own {
			u.Kind = unknown.CallerARN
		}
	}
	if r.res.Mode == tf.Data && r.res.Type == "aws_lambda_function" && u.Kind == unknown.RoleARN && !r.byPlainName("function_name") {
		u.Kind = u.Kind.Foreign() // an ARN may name a function of another account
	}
	if r.res.Mode == tf.Data && r.res.Type == "aws_kms_key" && (name == "arn" || name == "id") {
		if of := r.keyAskedFor(); of != "" {
			u.Of, u.Index = of, ""
		}
	}
	if r.res.Type == "aws_region" && u.Kind == unknown.RegionName && r.res.Body.Attributes["endpoint"] != nil {
		u.Kind = unknown.PlainName // of another region
	}
	if u.Kind.OfAccount() || u.Kind == unknown.RegionName || u.Kind == unknown.DNSSuffix {
		u.Provider = r.provider()
	}
	return value.UnknownOf(ty, u)
}

// keyAskedFor is the address of the key, or of the alias of one, that a data source is asked for by reference, "" where it is none.
func (r *resourceInstance) keyAskedFor() string {
	a := r.res.Body.Attributes["key_id"]
	if a == nil {
		return ""
	}
	v, f := r.e.eval(r.scope(), a.Expr)
	_, m := unknown.Unmark(v)
	if f != nil || v.IsKnown() || len(m.Refs) != 1 || m.Refs[0].Variant != 0 || m.Refs[0].Index != "" {
		return ""
	}
	u := m.Refs[0]
	at, err := tf.ParseAddress(u.Of)
	if err != nil || at.Mode != tf.Managed || u.Kind != unknown.KeyARN && u.Kind != unknown.KeyID && at.Type != "aws_kms_alias" {
		return ""
	}
	// Another provider configuration may look elsewhere, where a key of that id is another one.
	inst, _ := r.e.Locate(at)
	if inst == nil || inst.Module.Resources[at.ConfigKey()] == nil {
		return ""
	}
	if of := (&resourceInstance{e: r.e, inst: inst, res: inst.Module.Resources[at.ConfigKey()]}); of.provider() != r.provider() {
		return ""
	}
	return u.Of
}

// principalAskedFor says whether the ARN that a session context is asked for is one of the own account, and names the account that it
// is of where that is written.
func (r *resourceInstance) principalAskedFor() (own bool, account string) {
	a := r.res.Body.Attributes["arn"]
	if a == nil {
		return false, ""
	}
	v, f := r.e.eval(r.scope(), a.Expr)
	if f != nil {
		r.e.Note(f)
		return false, ""
	}
	raw, m := unknown.Unmark(v)
	if value.IsString(raw) && !value.IsSecret(v) {
		return false, aws.AccountOf(raw.AsString())
	}
	return len(m.Refs) == 1 && slices.Contains([]unknown.Kind{unknown.CallerARN, unknown.RoleARN, unknown.UserARN}, m.Refs[0].Kind), ""
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

// attribute is what the plan knows of an attribute; false if it says nothing about it.
func (k *PlanValues) attribute(r *resourceInstance, name string) (cty.Value, bool) {
	v, ok := k.lookup(r, name)
	if !ok {
		return cty.NilVal, false
	}
	raw, _ := v.Unmark()
	body := r.res.Body
	writes := body.Attributes[name] != nil
	for _, b := range body.Blocks {
		writes = writes || tfsource.BlockType(b) == name
	}
	switch {
	case !raw.IsKnown() && writes && r.res.Mode == tf.Managed:
		// The structure around what is unknown is in the sources.
		return value.SecretIf(v.HasMark(unknown.Sensitive), r.written(name)), true
	case !raw.IsKnown():
		return value.SecretIf(v.HasMark(unknown.Sensitive), r.unknown(name)), true
	case raw.IsNull() || !writes:
		return named(v, r.Ref()+"."+name), true
	}
	return agree(named(v, r.Ref()+"."+name), r.written(name), true), true
}

// value is a string that the plan knows of an instance.
func (k *PlanValues) value(r *resourceInstance, name string) (cty.Value, bool) {
	v, ok := k.lookup(r, name)
	s, _, isText := value.Text(v)
	return v, ok && isText && !unknown.HasHole(s)
}

func (k *PlanValues) lookup(r *resourceInstance, name string) (cty.Value, bool) {
	res := k.resources[r.address()]
	if res == nil {
		return cty.NilVal, false
	}
	return unknown.Lookup(res.After, name)
}
