package tfeval

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// provider names the provider configuration that manages the instance as a plan does: aws and aws.west of the root module,
// module.kms:aws of a module that has one of its own.
func (r *resourceInstance) provider() string {
	name, _, _ := strings.Cut(r.res.Type, "_")
	if a := r.res.Body.Attributes["provider"]; a != nil {
		name = tfsource.ProviderName(a.Expr)
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
				name = tfsource.ProviderName(item.ValueExpr)
				break
			}
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
		out[name] = &tf.ProviderConfig{Config: e.providerConfig(e.Root.scope(), e.Root.Module.Providers[name])}
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
				out[ownProvider(i.Module, name)] = &tf.ProviderConfig{Config: e.providerConfig(i.scope(), block)}
			}
		}
	})
	return out
}

func (e *Evaluator) providerConfig(s *scope, body *hclsyntax.Body) tf.Config {
	out := tf.Config{Attrs: map[string]tf.Expr{}, Blocks: map[string][]tf.Config{}}
	for _, a := range tfsource.SortedAttributes(body) {
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
