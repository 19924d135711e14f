package tfsource

import (
	"bytes"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// takeOver takes from the same sources as they were read before what is no other now: files, and their syntax trees.
func (c *Sources) takeOver(before *Sources) {
	c.called = before.called
	for p, src := range before.read {
		name := before.names[p]
		now, edited := c.edited[name]
		was, wasEdited := before.edited[name]
		if edited != wasEdited || !bytes.Equal(now, was) {
			continue
		}
		c.read[p], c.names[p], c.paths[name] = src, name, p
		c.total += len(src)
		if body := before.parsed[p]; body != nil {
			c.parsed[p] = body
		}
	}
}

// Affected says which resources may be others than in the same sources before: those whose text changed, and those that
// refer to what changed, directly or through others; providers, whether the configurations of the root's providers may be
// others. ok is false where that cannot be told, so that all may be.
func (c *Sources) Affected(before *Sources) (affected func(*Resource) bool, providers, ok bool) {
	changed, ok := c.changes(before)
	if !ok {
		return nil, true, false
	}
	known := map[named]bool{}
	var depends func(n named) bool
	depends = func(n named) bool {
		if changed[n] {
			return true
		}
		if is, done := known[n]; done {
			return is
		}
		known[n] = false // what refers to itself has no value
		is := false
		n.refersTo(func(to named) { is = is || depends(to) })
		known[n] = is
		return is
	}
	for name := range c.Root.Providers {
		providers = providers || depends(named{c.Root, "provider." + name})
	}
	return func(r *Resource) bool {
		if depends(named{r.module, r.Key()}) {
			return true
		}
		for m := r.module; m.parent != nil; m = m.parent {
			for label, call := range m.parent.Calls {
				if call.Module == m && depends(named{m.parent, "module." + label}) {
					return true
				}
			}
		}
		return false
	}, providers, true
}

// changes are the names whose text is another one; ok is false where more than expressions changed.
func (c *Sources) changes(before *Sources) (changed map[named]bool, ok bool) {
	for name := range c.edited {
		if p := c.paths[name]; c.parsed[p] == nil || before.parsed[p] == nil {
			return nil, false // what reads it is not seen in the references
		}
	}
	if !slices.EqualFunc(c.Modules, before.Modules, func(a, b *Module) bool { return a.path == b.path && a.Dir == b.Dir }) {
		return nil, false
	}
	changed = map[named]bool{}
	for i, m := range c.Modules {
		if !c.moduleChanges(m, before, before.Modules[i], changed) {
			return nil, false
		}
	}
	return changed, true
}

func (c *Sources) moduleChanges(m *Module, before *Sources, old *Module, changed map[named]bool) bool {
	mark := func(name string, same bool) bool {
		if !same {
			changed[named{m, name}] = true
		}
		return true
	}
	same := func(a, b *hclsyntax.Body) bool { return a == b || c.sameText(a, before, b) }
	return m.Backend == old.Backend && m.Broken == old.Broken &&
		maps.EqualFunc(m.Providers, old.Providers, same) &&
		sameKeys(m.Variables, old.Variables, func(name string, a, b *Variable) bool {
			return mark("var."+name, same(a.Block.Body, b.Block.Body) && (a.Fallback == b.Fallback || c.sameExpr(a.Fallback, before, b.Fallback)))
		}) &&
		sameKeys(m.Locals, old.Locals, func(name string, a, b *hclsyntax.Attribute) bool {
			return mark("local."+name, a == b || c.sameExpr(a.Expr, before, b.Expr))
		}) &&
		sameKeys(m.Outputs, old.Outputs, func(name string, a, b *hclsyntax.Body) bool { return mark("output."+name, same(a, b)) }) &&
		sameKeys(m.Calls, old.Calls, func(name string, a, b *ModuleCall) bool {
			if (a.Module == nil) != (b.Module == nil) || a.source != b.source {
				return false
			}
			if same(a.Body, b.Body) {
				return true
			}
			if a.Module == nil {
				return mark("module."+name, false)
			}
			mark("module."+name, false)
			for arg := range a.Module.Variables {
				changed[named{a.Module, "var." + arg}] = true
			}
			return true
		}) &&
		c.resourceChanges(m, before, old, changed)
}

// resourceChanges marks the resources that are written otherwise, and new ones; it is false where one is gone.
func (c *Sources) resourceChanges(m *Module, before *Sources, old *Module, changed map[named]bool) bool {
	for name := range old.Resources {
		if m.Resources[name] == nil {
			return false
		}
	}
	for name, r := range m.Resources {
		if was := old.Resources[name]; was == nil || r.Body != was.Body && !c.sameText(r.Body, before, was.Body) {
			changed[named{m, name}] = true
		}
	}
	return true
}

// sameKeys says whether two maps have the same keys, and the function is true of all pairs.
func sameKeys[V any](a, b map[string]V, same func(name string, a, b V) bool) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if old, ok := b[name]; !ok || !same(name, v, old) {
			return false
		}
	}
	return true
}

// sameText says whether two bodies are written alike, comments and white space between their parts aside.
func (c *Sources) sameText(a *hclsyntax.Body, before *Sources, b *hclsyntax.Body) bool {
	return sameKeys(a.Attributes, b.Attributes, func(_ string, x, y *hclsyntax.Attribute) bool { return x == y || c.sameExpr(x.Expr, before, y.Expr) }) &&
		slices.EqualFunc(a.Blocks, b.Blocks, func(x, y *hclsyntax.Block) bool {
			return x == y || x.Type == y.Type && slices.Equal(x.Labels, y.Labels) && c.sameText(x.Body, before, y.Body)
		})
}

func (c *Sources) sameExpr(a hclsyntax.Expression, before *Sources, b hclsyntax.Expression) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, y := c.SourceText(a.Range()), before.SourceText(b.Range())
	return x != nil && y != nil && bytes.Equal(x, y)
}
