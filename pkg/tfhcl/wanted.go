package tfhcl

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
)

// References says which resource addresses of a plan the wanted resources refer to, directly or through locals,
// variables, outputs and other resources: with their values known, Join can see through more. The function that it
// returns takes addresses with or without instance keys.
func (c *Config) References() func(address string) bool {
	f := &finder{seen: map[string]bool{}, found: map[string]bool{}}
	for _, m := range c.modules {
		for _, r := range m.order {
			if c.opts.Want(r.mode, r.typ) {
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
	module *module
	expr   hclsyntax.Expression
}

func (f *finder) once(m *module, name string) bool {
	key := m.path + "\x00" + name
	if f.seen[key] {
		return false
	}
	f.seen[key] = true
	return true
}

func (f *finder) add(m *module, x hclsyntax.Expression) { f.pending = append(f.pending, pending{m, x}) }

func (f *finder) resource(r *resource) {
	if f.once(r.module, r.key()) {
		f.body(r.module, r.body)
	}
}

func (f *finder) body(m *module, b *hclsyntax.Body) {
	for _, a := range sortedAttributes(b) {
		f.add(m, a.Expr)
	}
	for _, inner := range b.Blocks {
		f.body(m, inner.Body)
	}
}

func (f *finder) expression(m *module, x hclsyntax.Expression) {
	for _, t := range x.Variables() {
		f.traversal(m, t)
	}
}

func (f *finder) traversal(m *module, t hcl.Traversal) {
	name := attrName(t, 1)
	switch root := t.RootName(); root {
	case "var":
		f.variable(m, name)
	case "local":
		if a := m.locals[name]; a != nil && f.once(m, "local."+name) {
			f.add(m, a.Expr)
		}
	case "module":
		c := m.calls[name]
		if c == nil || c.module == nil {
			return
		}
		f.expansion(m, c)
		// module.x.output, module.x["key"].output; anything else may mean every output.
		i := slices.IndexFunc(t[min(2, len(t)):], func(s hcl.Traverser) bool { _, ok := s.(hcl.TraverseAttr); return ok })
		for _, out := range sortedKeys(c.module.outputs) {
			if (i < 0 || attrName(t, 2+i) == out) && f.once(c.module, "output."+out) {
				f.body(c.module, c.module.outputs[out])
			}
		}
	case "data":
		f.reference(m, "data."+name+"."+attrName(t, 2))
	default:
		f.reference(m, root+"."+name)
	}
}

func (f *finder) reference(m *module, key string) {
	if r := m.resources[key]; r != nil {
		f.found[m.path+"\x00"+key] = true
		f.resource(r)
	}
}

func (f *finder) variable(m *module, name string) {
	v := m.variables[name]
	if v == nil || !f.once(m, "var."+name) || m.parent == nil {
		return
	}
	for _, n := range sortedKeys(m.parent.calls) {
		c := m.parent.calls[n]
		if c.module != m {
			continue
		}
		f.expansion(m.parent, c)
		if a := c.body.Attributes[name]; a != nil {
			f.add(m.parent, a.Expr)
		}
	}
}

func (f *finder) expansion(m *module, c *moduleCall) {
	for _, n := range []string{"count", "for_each"} {
		if a := c.body.Attributes[n]; a != nil {
			f.add(m, a.Expr)
		}
	}
}
