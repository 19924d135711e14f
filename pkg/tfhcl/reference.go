package tfhcl

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// reference resolves a traversal from the names of a module.
func (e *evaluator) reference(s *scope, t hcl.Traversal) (cty.Value, *hcl.Diagnostic) {
	at := t.SourceRange()
	root := t.RootName()
	name, rest := attrStep(t[1:])
	switch root {
	case "var":
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.variable(s.inst, name, at) })
	case "local":
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.local(s.inst, name, at) })
	case "module":
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.moduleValue(s.inst, name, at) })
	case "path":
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.path(s.inst, name, at), nil })
	case "terraform", "tofu":
		if name == "workspace" {
			return e.workspace(at), nil
		}
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: root + "." + name}), nil
	case "each", "count", "self":
		e.warn(at, "Invalid reference", fmt.Sprintf("There is no %s here; the value is treated as unknown.", root))
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: root + "." + name}), nil
	case "data":
		name, rest2 := attrStep(rest)
		return e.resourceReference(s, tf.Data, "data."+attrName(t, 1)+"."+name, rest2, at)
	case "resource":
		name2, rest2 := attrStep(rest)
		return e.resourceReference(s, tf.Managed, name+"."+name2, rest2, at)
	case "ephemeral":
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.source(at)}), nil
	}
	return e.resourceReference(s, tf.Managed, root+"."+name, rest, at)
}

func attrName(t hcl.Traversal, i int) string {
	if i < len(t) {
		if a, ok := t[i].(hcl.TraverseAttr); ok {
			return a.Name
		}
	}
	return ""
}

// attrStep takes the first step of a traversal if it is a name.
func attrStep(t hcl.Traversal) (string, hcl.Traversal) {
	if n := attrName(t, 0); n != "" {
		return n, t[1:]
	}
	return "", nil
}

func (e *evaluator) follow(rest hcl.Traversal, at hcl.Range, get func() (cty.Value, *hcl.Diagnostic)) (cty.Value, *hcl.Diagnostic) {
	v, f := get()
	if f != nil {
		// Noted where the value is defined; here it is a value that is not known.
		return v, f
	}
	return e.traverse(v, rest)
}

// undeclared is what a name that nothing declares stands for.
func (e *evaluator) undeclared(i *instance, what string, at hcl.Range) cty.Value {
	if !i.module.broken {
		e.warn(at, "Reference to something undeclared", fmt.Sprintf("There is no %s in this module; it is treated as unknown.", what))
	}
	return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: what})
}

func (e *evaluator) local(i *instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	a := i.module.locals[name]
	if a == nil {
		return e.undeclared(i, "local."+name, at), nil
	}
	return e.once(memoKey{inst: i, kind: "local", name: "local." + name}, at, func() (cty.Value, *hcl.Diagnostic) {
		v, f := e.eval(i.scope(), a.Expr)
		if f != nil {
			e.note(f)
			return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: "local." + name}), nil
		}
		return located(v, a.Expr.Range()), nil
	})
}

// variable is the value of a variable in a module instance: what the caller gives, or the default.
func (e *evaluator) variable(i *instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	decl := i.module.variables[name]
	if decl == nil {
		return e.undeclared(i, "var."+name, at), nil
	}
	return e.once(memoKey{inst: i, kind: "var", name: "var." + name}, at, func() (cty.Value, *hcl.Diagnostic) {
		v := e.given(i, decl)
		if raw, _ := v.Unmark(); v == cty.NilVal || raw.IsKnown() && raw.IsNull() && decl.nonNull && decl.fallback != nil {
			v = e.fallback(i, decl)
		}
		v = e.shape(decl, v)
		if i.parent == nil && e.plan != nil {
			v = e.plan.variable(e, decl, v)
		}
		if decl.sensitive {
			v = secret(v)
		}
		return v, nil
	})
}

// given is the value that comes from outside of the module, cty.NilVal if there is none.
func (e *evaluator) given(i *instance, decl *variable) cty.Value {
	var x hclsyntax.Expression
	var s *scope
	if i.parent == nil {
		x, s = e.values[decl.name], &scope{inst: i, only: true}
	} else if a := i.call.body.Attributes[decl.name]; a != nil {
		x, s = a.Expr, i.argScope()
	}
	if x == nil {
		return cty.NilVal
	}
	if i.parent == nil {
		e.outside = decl.name
		defer func() { e.outside = "" }()
	}
	v, f := e.eval(s, x)
	if f != nil {
		e.note(f)
		return unknownOf(decl.typ, unknown.Symbol{Ref: "var." + decl.name, Sensitive: decl.sensitive})
	}
	if i.parent == nil && strings.HasPrefix(x.Range().Filename, "<") {
		// A value of the command line has no place in a file; the variable that takes it has.
		return replaced(v, decl.block.DefRange())
	}
	return located(v, x.Range())
}

// replaced says of all parts of a value that they were written at one place.
func replaced(v cty.Value, at hcl.Range) cty.Value {
	raw, marks := v.Unmark()
	switch {
	case raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements():
		return relocated(v, at)
	case isSequence(raw.Type()):
		var vals []cty.Value
		for _, el := range elements(v) {
			vals = append(vals, replaced(el.value, at))
		}
		return relocated(sequence(vals, false).WithMarks(marks), at)
	}
	vals := map[string]cty.Value{}
	for _, el := range elements(v) {
		k, _ := el.key.Unmark()
		vals[k.AsString()] = replaced(el.value, at)
	}
	return relocated(object(vals).WithMarks(marks), at)
}

func (e *evaluator) fallback(i *instance, decl *variable) cty.Value {
	if decl.fallback == nil {
		return unknownOf(decl.typ, unknown.Symbol{Ref: "var." + decl.name, Sensitive: decl.sensitive})
	}
	if decl.sensitive {
		e.outside = decl.name
		defer func() { e.outside = "" }()
	}
	v, f := e.eval(&scope{inst: i, only: true}, decl.fallback)
	if f != nil {
		e.note(f)
		return unknownOf(decl.typ, unknown.Symbol{Ref: "var." + decl.name, Sensitive: decl.sensitive})
	}
	return located(v, decl.fallback.Range())
}

// shape gives a value the type of the variable, with the defaults of optional attributes.
func (e *evaluator) shape(decl *variable, v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return cty.NullVal(decl.typ).WithMarks(marks)
	}
	if decl.typ == cty.DynamicPseudoType {
		return v
	}
	out, err := decl.convert(e.force(v, decl.typ))
	if err != nil {
		at, _ := origin(v)
		if e.quiet == 0 {
			d := fault(e.files.place(at), "Invalid value for a variable", fmt.Sprintf("The value of var.%s does not fit its type: %s", decl.name, sentence(err)))
			if decl.sensitive || holdsSecret(v) {
				d.Detail = fmt.Sprintf("The value of var.%s does not fit its type. It is sensitive, so the reason is not shown.", decl.name)
				d.Extra = unknown.HiddenSource{}
			}
			e.notes.add(d)
		}
		return unknownOf(decl.typ, unknown.Symbol{Ref: "var." + decl.name, Sensitive: decl.sensitive})
	}
	return out
}

// convert gives a value that is not null the type of the variable; attributes that it lacks have their defaults.
func (decl *variable) convert(v cty.Value) (cty.Value, error) {
	if raw, _ := v.Unmark(); decl.optional != nil && raw.IsKnown() && !raw.IsNull() {
		v = decl.optional.Apply(v)
	}
	return convertTo(v, decl.typ)
}

// path is one of path.module, path.root and path.cwd, as Terraform gives it when it runs in the root module.
func (e *evaluator) path(i *instance, name string, at hcl.Range) cty.Value {
	switch name {
	case "module":
		// The sources inside a binary plan lie elsewhere than they did when the plan was made.
		rel, err := filepath.Rel(filepath.FromSlash(e.root.module.dir), filepath.FromSlash(i.module.dir))
		if err == nil && (e.opts.ModuleDirs == nil || i.parent == nil) {
			return located(cty.StringVal(filepath.ToSlash(rel)), at)
		}
	case "root":
		return located(cty.StringVal("."), at)
	case "cwd":
		if abs, err := filepath.Abs(e.opts.Dir); err == nil && e.opts.FS == nil {
			return located(cty.StringVal(filepath.ToSlash(abs)), at)
		}
	}
	return unknownOf(cty.String, unknown.Symbol{Ref: "path." + name})
}

func (e *evaluator) workspace(at hcl.Range) cty.Value {
	name := e.opts.Workspace
	if name == "" {
		name = lookupEnv(e.opts.Env, "TF_WORKSPACE")
	}
	if name == "" && e.opts.FS == nil {
		if b, err := e.files.open(strings.TrimPrefix(e.root.module.dir+"/.terraform/environment", "./")); err == nil {
			name = strings.TrimSpace(string(b))
		}
	}
	if name == "" || forged([]byte(name)) {
		return unknownOf(cty.String, unknown.Symbol{Ref: "terraform.workspace", Kind: unknown.PlainName})
	}
	return located(cty.StringVal(name), at)
}

// moduleValue is what module.name stands for.
func (e *evaluator) moduleValue(i *instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	c := i.module.calls[name]
	if c == nil {
		return e.undeclared(i, "module."+name, at), nil
	}
	if c.module == nil {
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: "module." + name}), nil
	}
	set := e.children(i, c)
	vals := make([]cty.Value, len(set.list))
	for n, child := range set.list {
		vals[n] = lazyValue(e.moduleBox(child))
	}
	return e.assemble(set.expansion, vals, "module."+name), nil
}

func (e *evaluator) moduleBox(child *instance) *lazyBox {
	r := e.result(memoKey{inst: child, kind: "box"}, func() any { return &lazyBox{&moduleInstance{e, child}} })
	box, _ := r.(*lazyBox)
	return box
}

// assemble makes the value of a block with count or for_each out of its instances.
func (e *evaluator) assemble(exp expansion, vals []cty.Value, name string) cty.Value {
	switch {
	case len(vals) != len(exp.items) || len(vals) == 0 && exp.open:
		return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: name})
	case exp.single:
		return vals[0]
	case exp.number:
		return sequence(vals, exp.open)
	}
	members := map[string]cty.Value{}
	for n, it := range exp.items {
		key, _ := it.key.Unmark()
		if !key.IsKnown() {
			members[e.holes.Add(unknown.Symbol{Ref: name + " each.key"})] = vals[n]
			continue
		}
		members[key.AsString()] = vals[n]
	}
	v := object(members)
	if exp.open {
		v = v.Mark(open)
	}
	return v
}

// moduleInstance is a module instance as a value: its outputs.
type moduleInstance struct {
	e    *evaluator
	inst *instance
}

func (m *moduleInstance) ref() string { return "module." + m.inst.call.name + keyText(m.inst.key) }

func (m *moduleInstance) names() []string {
	var out []string
	for n := range m.inst.module.outputs {
		out = append(out, n)
	}
	return out
}

func (m *moduleInstance) attr(name string) (cty.Value, *hcl.Diagnostic) {
	body := m.inst.module.outputs[name]
	if body == nil || body.Attributes["value"] == nil {
		if m.inst.module.broken {
			return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: m.ref() + "." + name}), nil
		}
		return cty.DynamicVal, fault(m.inst.call.block.DefRange(), "Unsupported attribute", fmt.Sprintf("The module %q has no output %q.", m.inst.call.name, name))
	}
	x := body.Attributes["value"].Expr
	return m.e.once(memoKey{inst: m.inst, kind: "output", name: "output." + name}, x.Range(), func() (cty.Value, *hcl.Diagnostic) {
		v, f := m.e.eval(m.inst.scope(), x)
		if f != nil {
			m.e.note(f)
			return unknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: m.ref() + "." + name}), nil
		}
		v = located(v, x.Range())
		if declaredSecret(body) {
			v = secret(v)
		}
		return v, nil
	})
}

// resourceReference resolves a reference to a resource or data source.
func (e *evaluator) resourceReference(s *scope, mode tf.Mode, key string, rest hcl.Traversal, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	r := s.inst.module.resources[key]
	if r == nil || r.mode != mode {
		v := e.undeclared(s.inst, key, at)
		return e.traverse(v, rest)
	}
	set := e.instances(s.inst, r)
	vals := make([]cty.Value, len(set.list))
	for n, ri := range set.list {
		vals[n] = ri.box
	}
	v := e.assemble(set.expansion, vals, key)
	return e.traverse(v, rest)
}
