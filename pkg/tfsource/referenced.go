package tfsource

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
)

// Referenced says which resource addresses of a plan the wanted resources refer to, directly or through locals, variables,
// outputs and other resources. The function that it returns takes addresses with or without instance keys.
func (c *Sources) Referenced(want func(mode tf.Mode, typ string) bool) func(address string) bool {
	seen, found := map[named]bool{}, map[string]bool{}
	var pending []named
	for _, m := range c.Modules {
		for _, r := range m.Order {
			if n := (named{m, r.Key()}); want(r.Mode, r.Type) {
				seen[n], pending = true, append(pending, n)
			}
		}
	}
	for len(pending) > 0 {
		last := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		last.refersTo(func(n named) {
			if n.resource() != nil {
				found[n.module.path+"\x00"+n.name] = true
			}
			if !seen[n] {
				seen[n], pending = true, append(pending, n)
			}
		})
	}
	// Most addresses of a large plan are of types that nothing refers to: those need no parsing.
	var types []string
	for name := range found {
		_, key, _ := strings.Cut(name, "\x00")
		typ, _, _ := strings.Cut(strings.TrimPrefix(key, "data."), ".")
		types = append(types, typ+".")
	}
	slices.Sort(types)
	types = slices.Compact(types)
	return func(address string) bool {
		if !slices.ContainsFunc(types, func(t string) bool { return strings.Contains(address, t) }) {
			return false
		}
		a, err := tf.ParseAddress(address)
		if err != nil {
			return false
		}
		return found[strings.Join(tf.ModulePath(address), ".")+"\x00"+a.ConfigKey()]
	}
}

// named is what a reference may name in a module: a resource by its key, or local.x, var.x, output.x, or module.x for how
// often that module is there.
type named struct {
	module *Module
	name   string
}

func (n named) resource() *Resource { return n.module.Resources[n.name] }

// refersTo visits what the expressions behind a name refer to, without evaluating anything.
func (n named) refersTo(visit func(named)) {
	m := n.module
	kind, name, _ := strings.Cut(n.name, ".")
	switch r := n.resource(); {
	case r != nil:
		m.bodyRefers(r.Body, visit)
	case kind == "local":
		if a := m.Locals[name]; a != nil {
			m.refers(a.Expr, visit)
		}
	case kind == "output":
		if b := m.Outputs[name]; b != nil {
			m.bodyRefers(b, visit)
		}
	case kind == "var" && m.parent != nil:
		for _, label := range slices.Sorted(maps.Keys(m.parent.Calls)) {
			c := m.parent.Calls[label]
			if c.Module != m {
				continue
			}
			visit(named{m.parent, "module." + label})
			if a := c.Body.Attributes[name]; a != nil {
				m.parent.refers(a.Expr, visit)
			}
		}
	case kind == "module":
		if c := m.Calls[name]; c != nil {
			for _, meta := range []string{"count", "for_each"} {
				if a := c.Body.Attributes[meta]; a != nil {
					m.refers(a.Expr, visit)
				}
			}
		}
	}
}

func (m *Module) bodyRefers(b *hclsyntax.Body, visit func(named)) {
	for _, a := range SortedAttributes(b) {
		m.refers(a.Expr, visit)
	}
	for _, inner := range b.Blocks {
		m.bodyRefers(inner.Body, visit)
	}
}

func (m *Module) refers(x hclsyntax.Expression, visit func(named)) {
	for _, t := range x.Variables() {
		m.names(t, visit)
	}
}

func (m *Module) names(t hcl.Traversal, visit func(named)) {
	name := AttrName(t, 1)
	switch root := t.RootName(); root {
	case "var", "local":
		visit(named{m, root + "." + name})
	case "module":
		c := m.Calls[name]
		if c == nil || c.Module == nil {
			return
		}
		visit(named{m, "module." + name})
		// module.x.output, module.x["key"].output; anything else may mean every output.
		i := slices.IndexFunc(t[min(2, len(t)):], func(s hcl.Traverser) bool { _, ok := s.(hcl.TraverseAttr); return ok })
		for _, out := range slices.Sorted(maps.Keys(c.Module.Outputs)) {
			if i < 0 || AttrName(t, 2+i) == out {
				visit(named{c.Module, "output." + out})
			}
		}
	case "data":
		m.namesResource("data."+name+"."+AttrName(t, 2), visit)
	default:
		m.namesResource(root+"."+name, visit)
	}
}

func (m *Module) namesResource(key string, visit func(named)) {
	if m.Resources[key] != nil {
		visit(named{m, key})
	}
}
