package tfeval

import (
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// reference resolves a traversal from the names of a module.
func (e *Evaluator) reference(s *scope, t hcl.Traversal) (cty.Value, *hcl.Diagnostic) {
	at := t.SourceRange()
	root := t.RootName()
	name, rest := attrStep(t[1:])
	switch root {
	case "var":
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.Variable(s.inst, name, at) })
	case "local":
		if key, after := memberStep(rest); key != "" {
			if v, f, ok := e.localMember(s.inst, name, key, at); ok {
				return e.follow(after, at, func() (cty.Value, *hcl.Diagnostic) { return v, f })
			}
		}
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.local(s.inst, name, at) })
	case "module":
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.moduleValue(s.inst, name, at) })
	case "path":
		return e.follow(rest, at, func() (cty.Value, *hcl.Diagnostic) { return e.path(s.inst, name, at), nil })
	case "terraform", "tofu":
		if name == "workspace" {
			return e.workspace(at), nil
		}
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: root + "." + name}), nil
	case "each", "count", "self":
		e.Warn(at, "Invalid reference", fmt.Sprintf("There is no %s here; the value is treated as unknown.", root))
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: root + "." + name}), nil
	case "data":
		name, rest2 := attrStep(rest)
		return e.resourceReference(s, tf.Data, "data."+tfsource.AttrName(t, 1)+"."+name, rest2, at)
	case "resource":
		name2, rest2 := attrStep(rest)
		return e.resourceReference(s, tf.Managed, name+"."+name2, rest2, at)
	case "ephemeral":
		return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: e.Source(at)}), nil
	}
	if name == "" {
		return e.undeclared(s.inst, root, at), nil
	}
	return e.resourceReference(s, tf.Managed, root+"."+name, rest, at)
}

// attrStep takes the first step of a traversal if it is a name.
func attrStep(t hcl.Traversal) (string, hcl.Traversal) {
	if n := tfsource.AttrName(t, 0); n != "" {
		return n, t[1:]
	}
	return "", nil
}

func (e *Evaluator) follow(rest hcl.Traversal, at hcl.Range, get func() (cty.Value, *hcl.Diagnostic)) (cty.Value, *hcl.Diagnostic) {
	v, f := get()
	if f != nil {
		// Noted where the value is defined; here it is a value that is not known.
		return v, f
	}
	return e.traverse(v, rest)
}

func (e *Evaluator) local(i *Instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	a := i.Module.Locals[name]
	if a == nil {
		return e.undeclared(i, "local."+name, at), nil
	}
	return e.once(memoKey{inst: i, kind: "local", name: "local." + name}, at, func() (cty.Value, *hcl.Diagnostic) {
		return e.evalOr(i.scope(), a.Expr, value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: "local." + name})), nil
	})
}

// path is one of path.module, path.root and path.cwd, as Terraform gives it when it runs in the root module.
func (e *Evaluator) path(i *Instance, name string, at hcl.Range) cty.Value {
	switch name {
	case "module":
		// The sources inside a binary plan lie elsewhere than they did when the plan was made.
		rel, err := filepath.Rel(filepath.FromSlash(e.Root.Module.Dir), filepath.FromSlash(i.Module.Dir))
		if err == nil && (!e.Options.Snapshot || i.parent == nil) {
			return value.Located(cty.StringVal(filepath.ToSlash(rel)), at)
		}
	case "root":
		return value.Located(cty.StringVal("."), at)
	case "cwd":
		return value.UnknownOf(cty.String, value.WorkingDirectory) // need not be where keyproof runs
	}
	return value.UnknownOf(cty.String, unknown.Symbol{Ref: "path." + name})
}

func (e *Evaluator) workspace(at hcl.Range) cty.Value {
	name := e.WorkspaceName()
	if name == "" || tfsource.Forged([]byte(name)) {
		return value.UnknownOf(cty.String, unknown.Symbol{Ref: "terraform.workspace", Kind: unknown.PathName}) // teams call them by account ids, too
	}
	return value.Located(cty.StringVal(name), at)
}

// resourceReference resolves a reference to a resource or data source.
func (e *Evaluator) resourceReference(s *scope, mode tf.Mode, key string, rest hcl.Traversal, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	r := s.inst.Module.Resources[key]
	if r == nil || r.Mode != mode {
		v := e.undeclared(s.inst, key, at)
		return e.traverse(v, rest)
	}
	set := e.Instances(s.inst, r)
	vals := make([]cty.Value, len(set.List))
	for n, ri := range set.List {
		vals[n] = ri.box
	}
	v := e.blockValue(set.expansion, vals, key, func(it item, n int) cty.Value { return e.resourceLike(set.List[0], it, n).box })
	return e.traverse(v, rest)
}

// resourceLike is the instance with that key in case n, of the one that stands for all.
func (e *Evaluator) resourceLike(stands *resourceInstance, it item, n int) *resourceInstance {
	if it.each == cty.NilVal && it.key.RawEquals(cty.Zero) {
		return stands
	}
	out := e.newResourceInstance(stands.inst, stands.res, it.key, it.each)
	if it.each != cty.NilVal {
		out.inCase = strconv.Itoa(n)
	}
	return out
}

func (e *Evaluator) traverse(v cty.Value, steps hcl.Traversal) (cty.Value, *hcl.Diagnostic) {
	for _, st := range steps {
		if !e.Step(1) {
			return cty.DynamicVal, nil
		}
		var f *hcl.Diagnostic
		switch st := st.(type) {
		case hcl.TraverseAttr:
			v, f = e.GetAttr(v, st.Name, st.SrcRange)
		case hcl.TraverseIndex:
			v, f = e.Index(v, st.Key, st.SrcRange)
		default:
			return e.Derived(cty.DynamicPseudoType, e.Source(st.SourceRange()), v), nil
		}
		if f != nil {
			return v, f
		}
	}
	return v, nil
}
