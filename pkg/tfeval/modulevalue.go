package tfeval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// moduleValue is what module.name stands for.
func (e *Evaluator) moduleValue(i *Instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	c := i.Module.Calls[name]
	if c == nil {
		return e.undeclared(i, "module."+name, at), nil
	}
	if c.Module == nil {
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: "module." + name}), nil
	}
	set := e.children(i, c)
	vals := make([]cty.Value, len(set.List))
	for n, child := range set.List {
		vals[n] = value.LazyValue(e.moduleBox(child))
	}
	return e.blockValue(set.expansion, vals, "module."+name, func(it item, n int) cty.Value {
		return value.LazyValue(e.moduleBox(e.moduleLike(set.List[0], it, n)))
	}), nil
}

func (e *Evaluator) moduleBox(child *Instance) *value.LazyBox {
	r := e.result(memoKey{inst: child, kind: "box"}, func() any { return &value.LazyBox{Lazy: &moduleInstance{e, child}} })
	box, _ := r.(*value.LazyBox)
	return box
}

// moduleLike is the module instance with that key in case n, of the one that stands for all.
func (e *Evaluator) moduleLike(stands *Instance, it item, n int) *Instance {
	if it.each == cty.NilVal && it.key.RawEquals(cty.Zero) {
		return stands
	}
	at := memoKey{inst: stands, kind: fmt.Sprint("module in case ", n), key: keyText(it.key)}
	inst, _ := e.result(at, func() any {
		return &Instance{Module: stands.Module, parent: stands.parent, call: stands.call, key: it.key, each: it.each}
	}).(*Instance)
	return inst
}

// blockValue is the value of a block with these instances in the world that is evaluated; like is the one of a case, of the one that
// stands for all.
func (e *Evaluator) blockValue(exp expansion, vals []cty.Value, name string, like func(it item, n int) cty.Value) cty.Value {
	if n, ok := e.decided(exp); ok && len(vals) == 1 {
		exp, vals = exp.inCase(n), nil
		for _, it := range exp.items {
			vals = append(vals, like(it, n))
		}
	} else if e.empty(exp) {
		exp, vals = expansion{number: exp.number, set: exp.set}, nil
	}
	return e.assemble(exp, vals, name)
}

// assemble makes the value of a block with count or for_each out of its instances.
func (e *Evaluator) assemble(exp expansion, vals []cty.Value, name string) cty.Value {
	switch {
	case len(vals) != len(exp.items) || len(vals) == 0 && exp.open:
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name})
	case exp.single && len(vals) == 0: // switched off
		return cty.NullVal(cty.DynamicPseudoType)
	case exp.single:
		return vals[0]
	case exp.number:
		return value.Sequence(vals, exp.open)
	}
	members := map[string]cty.Value{}
	for n, it := range exp.items {
		key, _ := it.key.Unmark()
		if !key.IsKnown() {
			members[e.Holes.Add(unknown.Symbol{Ref: name + " each.key"})] = vals[n]
			continue
		}
		members[key.AsString()] = vals[n]
	}
	v := value.Object(members)
	if exp.open {
		v = v.Mark(value.Open)
	}
	return v
}

// moduleInstance is a module instance as a value: its outputs.
type moduleInstance struct {
	e    *Evaluator
	inst *Instance
}

// At is the module instance with that key, of one that stands for all.
func (m *moduleInstance) At(key cty.Value) (cty.Value, bool) {
	there := value.OfSameKeys(m.inst.key, key)
	index := indexOf(m.inst.key, key)
	key, each, other := otherKey(m.inst.key, m.inst.each, key)
	if !other && index == "" {
		return value.LazyValue(m.e.moduleBox(m.inst)), there
	}
	at := memoKey{inst: m.inst, kind: "other module", name: index, key: keyText(key)}
	inst, _ := m.e.result(at, func() any {
		return &Instance{Module: m.inst.Module, parent: m.inst.parent, call: m.inst.call, key: key, each: each, index: index}
	}).(*Instance)
	if inst == nil {
		inst = m.inst
	}
	return value.LazyValue(m.e.moduleBox(inst)), there
}

// Key is the key of the module instance.
func (m *moduleInstance) Key() cty.Value { return m.inst.key }

// Ref is how expressions call the module instance.
func (m *moduleInstance) Ref() string { return "module." + m.inst.call.Name + keyText(m.inst.key) }

func (m *moduleInstance) Names() []string {
	var out []string
	for n := range m.inst.Module.Outputs {
		out = append(out, n)
	}
	return out
}

func (m *moduleInstance) Attr(name string) (cty.Value, *hcl.Diagnostic) {
	body := m.inst.Module.Outputs[name]
	if body == nil || body.Attributes["value"] == nil {
		if m.inst.Module.Broken {
			return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: m.Ref() + "." + name}), nil
		}
		return cty.DynamicVal, value.Fault(m.inst.call.Block.DefRange(), "Unsupported attribute", fmt.Sprintf("The module %q has no output %q.", m.inst.call.Name, name))
	}
	x := body.Attributes["value"].Expr
	return m.e.once(memoKey{inst: m.inst, kind: "output", name: "output." + name}, x.Range(), func() (cty.Value, *hcl.Diagnostic) {
		v := m.e.evalOr(m.inst.scope(), x, value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: m.Ref() + "." + name}))
		return value.SecretIf(tfsource.DeclaredSecret(body), v), nil
	})
}
