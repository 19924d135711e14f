package tfhcl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// provider names the provider configuration of the root module that manages the instance: aws, aws.west.
func (r *resourceInstance) provider() string {
	name, _, _ := strings.Cut(r.res.typ, "_")
	if a := r.res.body.Attributes["provider"]; a != nil {
		name = providerName(a.Expr)
	}
	for i := r.inst; i.parent != nil; i = i.parent {
		a := i.call.body.Attributes["providers"]
		if a == nil {
			continue
		}
		o, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
		if !ok {
			continue
		}
		for _, item := range o.Items {
			if k, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok && providerName(k.Wrapped) == name {
				name = providerName(item.ValueExpr)
				break
			}
		}
	}
	return name
}

func providerName(x hclsyntax.Expression) string {
	t, diags := hcl.AbsTraversalForExpr(x)
	if diags.HasErrors() {
		v, diags := x.Value(nil)
		if !diags.HasErrors() && isString(v) {
			return v.AsString()
		}
		return ""
	}
	name := t.RootName()
	if alias := attrName(t, 1); alias != "" {
		name += "." + alias
	}
	return name
}

// accountArguments are the arguments of a provider block that decide which account it works in.
var accountArguments = []string{"profile", "access_key", "secret_key", "token", "shared_credentials_files", "shared_config_files", "allowed_account_ids"}

// ownProvider says that nothing in the provider's configuration points to another account than the default one's.
func (r *resourceInstance) ownProvider() bool {
	name := r.provider()
	root := r.e.root.module
	typ, _, aliased := strings.Cut(name, ".")
	if !aliased {
		return true
	}
	return r.e.accountOf(root.providers[name]) == r.e.accountOf(root.providers[typ])
}

// accountOf is the text of what decides the account of a provider block.
func (e *evaluator) accountOf(body *hclsyntax.Body) string {
	if body == nil {
		return ""
	}
	var out strings.Builder
	for _, n := range accountArguments {
		if a := body.Attributes[n]; a != nil {
			out.WriteString(n + "=" + string(e.sourceBytes(a.Expr.Range())) + "\n")
		}
	}
	for _, b := range body.Blocks {
		if strings.HasPrefix(b.Type, "assume_role") {
			out.Write(e.sourceBytes(blockRange(b)))
		}
	}
	return out.String()
}
