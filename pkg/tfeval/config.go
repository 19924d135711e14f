package tfeval

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/zclconf/go-cty/cty"
)

// config is the resource as the plan's configuration would tell it. Arguments that are null count as not written.
func (e *Evaluator) config(r *resourceInstance, src *tf.Source) *tf.Config {
	out := &tf.Config{Provider: r.provider(), Attrs: map[string]tf.Expr{}, Blocks: map[string][]tf.Config{}}
	for _, a := range tfsource.SortedAttributes(r.res.Body) {
		switch {
		case a.Name == "count":
			x := ConfigExpr(a.Expr)
			out.Count = &x
		case a.Name == "for_each":
			x := ConfigExpr(a.Expr)
			out.ForEach = &x
		case !MetaArguments[a.Name] && src.Attrs[a.Name] != nil:
			out.Attrs[a.Name] = ConfigExpr(a.Expr)
		}
	}
	out.Blocks = configBlocks(r.res.Body)
	return out
}

func configBlocks(body *hclsyntax.Body) map[string][]tf.Config {
	out := map[string][]tf.Config{}
	for _, b := range body.Blocks {
		if b.Type == "dynamic" || MetaArguments[b.Type] && b.Type != "provisioner" {
			continue
		}
		c := tf.Config{Attrs: map[string]tf.Expr{}, Blocks: configBlocks(b.Body)}
		for _, a := range tfsource.SortedAttributes(b.Body) {
			c.Attrs[a.Name] = ConfigExpr(a.Expr)
		}
		out[b.Type] = append(out[b.Type], c)
	}
	return out
}

// ConfigExpr is what a plan's configuration tells of an expression: a constant, or references.
func ConfigExpr(x hclsyntax.Expression) tf.Expr {
	var out tf.Expr
	if v, diags := x.Value(nil); !diags.HasErrors() && v.IsWhollyKnown() {
		out.Constant = v
		return out
	}
	seen := map[string]bool{}
	for _, t := range x.Variables() {
		for _, ref := range referenceNames(t) {
			if !seen[ref] {
				seen[ref] = true
				out.References = append(out.References, ref)
			}
		}
	}
	return out
}

// maxSteps is more than people write.
const maxSteps = 50

// referenceNames are the names by which a plan's configuration lists a traversal, longest first.
func referenceNames(t hcl.Traversal) []string {
	var steps []string
	for _, s := range t[:min(len(t), maxSteps)] {
		switch s := s.(type) {
		case hcl.TraverseRoot:
			steps = append(steps, s.Name)
		case hcl.TraverseAttr:
			steps = append(steps, "."+s.Name)
		case hcl.TraverseIndex:
			if k, _ := s.Key.Unmark(); k.IsKnown() && !k.IsNull() {
				steps = append(steps, keyText(k))
			}
		}
	}
	least := 2
	switch {
	case len(t) > 0 && t.RootName() == "data":
		least = 3
	case len(steps) < 2:
		least = len(steps)
	}
	var out []string
	for n := len(steps); n >= least && n > 0; n-- {
		out = append(out, strings.Join(steps[:n], ""))
	}
	return out
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
