package tfeval

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tfsource"
)

// provider names the provider configuration that manages the instance as a plan does: aws and aws.west of the root module,
// module.kms:aws of a module that has one of its own.
func (r *resourceInstance) provider() string {
	name, _, _ := strings.Cut(r.res.Type, "_")
	if a := r.res.Body.Attributes["provider"]; a != nil {
		name = r.e.providerName(r.scope(), a.Expr)
	}
	for i := r.inst; i.parent != nil; i = i.parent {
		if configures(i.Module.Providers[name]) {
			return ownProvider(i.Module, name)
		}
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
				name = r.e.providerName(i.argScope(), item.ValueExpr)
				break
			}
		}
	}
	return name
}

// providerName is the provider configuration that an expression names, with the key of OpenTofu's instances of one.
// https://opentofu.org/docs/language/providers/configuration/#for_each-multiple-instances-of-a-provider-configuration
func (e *Evaluator) providerName(s *scope, x hclsyntax.Expression) string {
	name := tfsource.ProviderName(x)
	switch x := x.(type) {
	case *hclsyntax.IndexExpr:
		key, f := e.eval(s, x.Key)
		if f != nil {
			key = cty.DynamicVal
		}
		name += keyText(key)
	case *hclsyntax.ScopeTraversalExpr:
		if at, ok := x.Traversal[len(x.Traversal)-1].(hcl.TraverseIndex); ok {
			name += keyText(at.Key)
		}
	}
	return name
}

// configures says whether a provider block of a module says more than that the caller gives the configuration.
// https://developer.hashicorp.com/terraform/language/modules/develop/providers#legacy-shared-modules-with-provider-configurations
func configures(block *hclsyntax.Body) bool {
	if block == nil {
		return false
	}
	for name := range block.Attributes {
		if name != "alias" && name != "version" {
			return true
		}
	}
	return len(block.Blocks) > 0
}

func ownProvider(m *tfsource.Module, name string) string {
	return "module." + strings.ReplaceAll(m.Path(), ".", ".module.") + ":" + name
}
