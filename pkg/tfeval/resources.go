package tfeval

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// MetaArguments are arguments of every resource that are none of its attributes.
var MetaArguments = map[string]bool{"count": true, "for_each": true, "provider": true, "depends_on": true, "lifecycle": true, "provisioner": true, "connection": true}

const policyDocument = "aws_iam_policy_document"

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
		if value.IsSecret(planned) {
			v = value.Secret(v)
		}
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
	if r.res.Type == "aws_iam_session_context" && name == "issuer_arn" && r.ofOwnPrincipal() {
		u.Kind = unknown.CallerARN
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

// ofOwnPrincipal says whether the ARN that a session context is asked for is one of the own account.
func (r *resourceInstance) ofOwnPrincipal() bool {
	a := r.res.Body.Attributes["arn"]
	if a == nil {
		return false
	}
	v, f := r.e.eval(r.scope(), a.Expr)
	if f != nil {
		r.e.Note(f)
		return false
	}
	_, m := unknown.Unmark(v)
	return len(m.Refs) == 1 && slices.Contains([]unknown.Kind{unknown.CallerARN, unknown.RoleARN, unknown.UserARN}, m.Refs[0].Kind)
}

// block evaluates the arguments and blocks of a body into one object. Null arguments are left out.
func (e *Evaluator) block(s *scope, body *hclsyntax.Body) cty.Value {
	vals := map[string]cty.Value{}
	for _, a := range tfsource.SortedAttributes(body) {
		v, f := e.eval(s, a.Expr)
		if f != nil {
			e.Note(f)
			v = value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(a.Expr.Range())})
		}
		if raw, _ := v.Unmark(); raw.IsKnown() && raw.IsNull() {
			continue
		}
		vals[a.Name] = value.Located(v, a.Expr.Range())
	}
	types, groups := blockGroups(body)
	for _, t := range types {
		vals[t] = e.blockList(s, groups[t])
	}
	return value.Object(vals)
}

// blockList evaluates the blocks of one type, dynamic ones included, into a sequence of objects.
func (e *Evaluator) blockList(s *scope, blocks []*hclsyntax.Block) cty.Value {
	var vals []cty.Value
	isOpen := false
	for _, b := range blocks {
		scopes, body, open := e.blockScopes(s, b)
		isOpen = isOpen || open
		if open && !e.choosing {
			// How many there are is one more thing that is not known.
			vals = append(vals, value.UnknownOf(cty.DynamicPseudoType, e.blockCount(s, b)...))
			continue
		}
		for _, bs := range scopes {
			if !e.Step(1) {
				return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(b.DefRange())})
			}
			vals = append(vals, e.block(bs, body).Mark(unknown.Origin{Range: b.DefRange()}))
		}
	}
	return value.Sequence(vals, isOpen)
}

// blockCount is what decides how many blocks a dynamic block makes.
func (e *Evaluator) blockCount(s *scope, b *hclsyntax.Block) []unknown.Symbol {
	x := b.Body.Attributes["for_each"].Expr
	v, f := e.eval(s, x)
	if f != nil {
		return []unknown.Symbol{{Ref: e.Source(x.Range())}}
	}
	refs := map[unknown.Symbol]bool{}
	e.Gather(refs, e.Derived(cty.DynamicPseudoType, "blocks", v))
	if len(refs) == 0 {
		return []unknown.Symbol{{Ref: e.Source(x.Range())}}
	}
	return value.SortedUnknowns(refs)
}

// blockScopes returns the scopes in which a block is evaluated: the one around it, or one for each element of a dynamic
// block. The last result says that not all of them are known.
func (e *Evaluator) blockScopes(s *scope, b *hclsyntax.Block) ([]*scope, *hclsyntax.Body, bool) {
	if b.Type != "dynamic" || len(b.Labels) != 1 {
		return []*scope{s}, b.Body, false
	}
	var content *hclsyntax.Body
	for _, c := range b.Body.Blocks {
		if c.Type == "content" {
			content = c.Body
		}
	}
	each := b.Body.Attributes["for_each"]
	if content == nil || each == nil {
		return nil, nil, false
	}
	name := b.Labels[0]
	if a := b.Body.Attributes["iterator"]; a != nil {
		if word := hcl.ExprAsKeyword(a.Expr); word != "" {
			name = word
		} else if word := tfsource.LiteralString(a); word != "" {
			name = word
		}
	}
	items, open, secret := e.blockItems(s, each.Expr)
	var out []*scope
	for _, it := range items {
		vars := map[string]cty.Value{name: cty.ObjectVal(map[string]cty.Value{"key": e.iterated(it.Key, secret), "value": it.Value})}
		out = append(out, s.with(vars))
	}
	return out, content, open
}

// blockItems are the elements that a dynamic block iterates over; whether they are not all, and whether the collection is
// sensitive.
func (e *Evaluator) blockItems(s *scope, x hclsyntax.Expression) (items []value.Element, open, secret bool) {
	v, f := e.eval(s, x)
	if f != nil {
		e.Note(f)
		return []value.Element{e.Sample(cty.DynamicVal, unknown.Marks{Refs: []unknown.Symbol{{Ref: e.Source(x.Range())}}})}, true, false
	}
	raw, m := unknown.Unmark(v)
	switch {
	case raw.IsKnown() && raw.IsNull():
		return nil, false, false
	case raw.Type() == value.LazyType:
		return e.Forced(raw), false, m.Sensitive
	case raw.IsKnown() && raw.CanIterateElements():
		return value.Elements(v), value.IsOpen(v), m.Sensitive
	case !raw.IsKnown():
		if e.Decide(*e.anyElement(v, x)) == value.No {
			return nil, false, false
		}
	}
	return []value.Element{e.Sample(raw, m)}, true, m.Sensitive
}

// blockGroups returns the blocks of a body by type, and the types in the order of their first block.
func blockGroups(body *hclsyntax.Body) ([]string, map[string][]*hclsyntax.Block) {
	var types []string
	groups := map[string][]*hclsyntax.Block{}
	for _, b := range body.Blocks {
		t := tfsource.BlockType(b)
		if groups[t] == nil {
			types = append(types, t)
		}
		groups[t] = append(groups[t], b)
	}
	return types, groups
}
