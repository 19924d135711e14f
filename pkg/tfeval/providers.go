package tfeval

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// provider names the provider configuration of the root module that manages the instance: aws, aws.west.
func (r *resourceInstance) provider() string {
	name, _, _ := strings.Cut(r.res.Type, "_")
	if a := r.res.Body.Attributes["provider"]; a != nil {
		name = tfsource.ProviderName(a.Expr)
	}
	for i := r.inst; i.parent != nil; i = i.parent {
		a := i.call.Body.Attributes["providers"]
		if a == nil {
			continue
		}
		o, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
		if !ok {
			continue
		}
		for _, item := range o.Items {
			if k, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok && tfsource.ProviderName(k.Wrapped) == name {
				name = tfsource.ProviderName(item.ValueExpr)
				break
			}
		}
	}
	return name
}

// accountArguments are the arguments of a provider block that decide which account it works in.
var accountArguments = []string{"profile", "access_key", "secret_key", "token", "shared_credentials_files", "shared_config_files", "allowed_account_ids"}

// ownProvider says that nothing in the provider's configuration points to another account than the default one's.
func (r *resourceInstance) ownProvider() bool {
	name := r.provider()
	root := r.e.Root.Module
	typ, _, aliased := strings.Cut(name, ".")
	if !aliased {
		return true
	}
	return r.e.accountOf(root.Providers[name]) == r.e.accountOf(root.Providers[typ])
}

// accountOf is the text of what decides the account of a provider block.
func (e *Evaluator) accountOf(body *hclsyntax.Body) string {
	if body == nil {
		return ""
	}
	var out strings.Builder
	for _, n := range accountArguments {
		if a := body.Attributes[n]; a != nil {
			out.WriteString(n + "=" + string(e.SourceText(a.Expr.Range())) + "\n")
		}
	}
	for _, b := range body.Blocks {
		if strings.HasPrefix(b.Type, "assume_role") {
			out.Write(e.SourceText(tfsource.BlockRange(b)))
		}
	}
	return out.String()
}
