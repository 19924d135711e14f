package tfsource

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
)

// Referenced says which resource addresses of a plan the wanted resources refer to, directly or through locals, variables,
// outputs and other resources. The function that it returns takes addresses with or without instance keys.
func (c *Sources) Referenced(want func(mode tf.Mode, typ string) bool) func(address string) bool {
	f := &finder{seen: map[string]bool{}, found: map[string]bool{}}
	for _, m := range c.Modules {
		for _, r := range m.Order {
			if want(r.Mode, r.Type) {
				f.resource(r)
			}
		}
	}
	for len(f.pending) > 0 {
		next := f.pending[len(f.pending)-1]
		f.pending = f.pending[:len(f.pending)-1]
		f.expression(next.module, next.expr)
	}
	// Most addresses of a large plan are of types that nothing refers to: those need no parsing.
	var types []string
	for name := range f.found {
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
		return f.found[strings.Join(tf.ModulePath(address), ".")+"\x00"+a.ConfigKey()]
	}
}

// finder follows references without evaluating anything.
type finder struct {
	seen    map[string]bool
	found   map[string]bool // module path and key of resources
	pending []pending
}

type pending struct {
	module *Module
	expr   hclsyntax.Expression
}

func (f *finder) once(m *Module, name string) bool {
	key := m.path + "\x00" + name
	if f.seen[key] {
		return false
	}
	f.seen[key] = true
	return true
}

func (f *finder) add(m *Module, x hclsyntax.Expression) { f.pending = append(f.pending, pending{m, x}) }

func (f *finder) resource(r *Resource) {
	if f.once(r.module, r.Key()) {
		f.body(r.module, r.Body)
	}
}

func (f *finder) body(m *Module, b *hclsyntax.Body) {
	for _, a := range SortedAttributes(b) {
		f.add(m, a.Expr)
	}
	for _, inner := range b.Blocks {
		f.body(m, inner.Body)
	}
}

func (f *finder) expression(m *Module, x hclsyntax.Expression) {
	for _, t := range x.Variables() {
		f.traversal(m, t)
	}
}

func (f *finder) traversal(m *Module, t hcl.Traversal) {
	name := AttrName(t, 1)
	switch root := t.RootName(); root {
	case "var":
		f.variable(m, name)
	case "local":
		if a := m.Locals[name]; a != nil && f.once(m, "local."+name) {
			f.add(m, a.Expr)
		}
	case "module":
		c := m.Calls[name]
		if c == nil || c.Module == nil {
			return
		}
		f.expansion(m, c)
		// module.x.output, module.x["key"].output; anything else may mean every output.
		i := slices.IndexFunc(t[min(2, len(t)):], func(s hcl.Traverser) bool { _, ok := s.(hcl.TraverseAttr); return ok })
		for _, out := range slices.Sorted(maps.Keys(c.Module.Outputs)) {
			if (i < 0 || AttrName(t, 2+i) == out) && f.once(c.Module, "output."+out) {
				f.body(c.Module, c.Module.Outputs[out])
			}
		}
	case "data":
		f.reference(m, "data."+name+"."+AttrName(t, 2))
	default:
		f.reference(m, root+"."+name)
	}
}

func (f *finder) reference(m *Module, key string) {
	if r := m.Resources[key]; r != nil {
		f.found[m.path+"\x00"+key] = true
		f.resource(r)
	}
}

func (f *finder) variable(m *Module, name string) {
	v := m.Variables[name]
	if v == nil || !f.once(m, "var."+name) || m.parent == nil {
		return
	}
	for _, n := range slices.Sorted(maps.Keys(m.parent.Calls)) {
		c := m.parent.Calls[n]
		if c.Module != m {
			continue
		}
		f.expansion(m.parent, c)
		if a := c.Body.Attributes[name]; a != nil {
			f.add(m.parent, a.Expr)
		}
	}
}

func (f *finder) expansion(m *Module, c *ModuleCall) {
	for _, n := range []string{"count", "for_each"} {
		if a := c.Body.Attributes[n]; a != nil {
			f.add(m, a.Expr)
		}
	}
}

// AttrName is step i of a traversal if it is a name, "" otherwise.
func AttrName(t hcl.Traversal, i int) string {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}

// ProviderName is the provider configuration that an expression names (aws.west), "" if it names none.
func ProviderName(x hclsyntax.Expression) string {
	t, diags := hcl.AbsTraversalForExpr(x)
	if diags.HasErrors() {
		v, diags := x.Value(nil)
		if !diags.HasErrors() && v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
			return v.AsString()
		}
		return ""
	}
	name := t.RootName()
	if alias := AttrName(t, 1); alias != "" {
		name += "." + alias
	}
	return name
}
