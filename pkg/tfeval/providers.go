package tfeval

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
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

// ProviderConfigs are the provider blocks with the values of their arguments, as far as they are known, by the names that a plan
// gives them.
func (e *Evaluator) ProviderConfigs() map[string]*tf.ProviderConfig {
	out := map[string]*tf.ProviderConfig{}
	for _, name := range slices.Sorted(maps.Keys(e.Root.Module.Providers)) {
		e.addProviders(out, name, e.Root.scope(), e.Root.Module.Providers[name])
	}
	own := func(m *tfsource.Module) bool {
		return m != e.Root.Module && slices.ContainsFunc(slices.Collect(maps.Values(m.Providers)), configures)
	}
	if !slices.ContainsFunc(e.Modules, own) {
		return out
	}
	e.EachInstance(e.Root, func(i *Instance) {
		for _, name := range slices.Sorted(maps.Keys(i.Module.Providers)) {
			if block := i.Module.Providers[name]; own(i.Module) && configures(block) {
				e.addProviders(out, ownProvider(i.Module, name), i.scope(), block)
			}
		}
	})
	return out
}

// addProviders adds the configuration of a provider block, or of each of its instances and of one whose key is not known.
func (e *Evaluator) addProviders(out map[string]*tf.ProviderConfig, name string, s *scope, block *hclsyntax.Body) {
	each := block.Attributes["for_each"]
	if each == nil {
		out[name] = &tf.ProviderConfig{Config: e.providerConfig(s, block)}
		return
	}
	e.Begin()
	items := append(e.expandEach(s, each.Expr, name).items, item{cty.UnknownVal(cty.String), cty.DynamicVal})
	for _, it := range items {
		out[name+keyText(it.key)] = &tf.ProviderConfig{Config: e.providerConfig(keyScope(s, it.key, it.each), block)}
	}
}

func (e *Evaluator) providerConfig(s *scope, body *hclsyntax.Body) tf.Config {
	out := tf.Config{Attrs: map[string]tf.Expr{}, Blocks: map[string][]tf.Config{}}
	for _, a := range tfsource.SortedAttributes(body) {
		if a.Name == "for_each" {
			continue
		}
		e.Begin()
		x := ConfigExpr(a.Expr)
		x.Template = string(e.SourceText(a.Expr.Range()))
		if v, f := e.eval(s, a.Expr); f == nil {
			if v = e.Outward(v); v.IsKnown() { // of what it holds, as of tags, some may not be
				x.Constant = v
			}
		}
		out.Attrs[a.Name] = x
	}
	for _, b := range body.Blocks {
		t := tfsource.BlockType(b)
		e.Begin()
		scopes, content, open := e.blockScopes(s, b)
		if open {
			out.Blocks[t] = append(out.Blocks[t], perhaps(b.Body))
			continue
		}
		for _, inner := range scopes {
			out.Blocks[t] = append(out.Blocks[t], e.providerConfig(inner, content))
		}
	}
	return out
}

// perhaps is a dynamic block of which the number is not known: which arguments it has, and none of their values.
func perhaps(dynamic *hclsyntax.Body) tf.Config {
	out := tf.Config{Attrs: map[string]tf.Expr{}, Blocks: map[string][]tf.Config{}}
	for _, content := range dynamic.Blocks {
		for name := range content.Body.Attributes {
			out.Attrs[name] = tf.Expr{}
		}
	}
	return out
}
