package tfeval

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
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

// undeclared is what a name that nothing declares stands for.
func (e *Evaluator) undeclared(i *Instance, what string, at hcl.Range) cty.Value {
	if !i.Module.Broken && e.Quiet == 0 {
		at := e.Place(at)
		e.AddNote(&hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Reference to something undeclared", Subject: &at, Extra: tfsource.PerModule{},
			Detail: fmt.Sprintf("There is no %s in this module; it is treated as unknown.", what)})
	}
	return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: what})
}

func (e *Evaluator) local(i *Instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	a := i.Module.Locals[name]
	if a == nil {
		return e.undeclared(i, "local."+name, at), nil
	}
	return e.once(memoKey{inst: i, kind: "local", name: "local." + name}, at, func() (cty.Value, *hcl.Diagnostic) {
		v, f := e.eval(i.scope(), a.Expr)
		if f != nil {
			e.Note(f)
			return value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: "local." + name}), nil
		}
		return value.Located(v, a.Expr.Range()), nil
	})
}

// Variable is the value of a variable in a module instance: what the caller gives, or the default.
func (e *Evaluator) Variable(i *Instance, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	decl := i.Module.Variables[name]
	if decl == nil {
		return e.undeclared(i, "var."+name, at), nil
	}
	return e.once(memoKey{inst: i, kind: "var", name: "var." + name}, at, func() (cty.Value, *hcl.Diagnostic) {
		v := e.given(i, decl)
		if raw, _ := v.Unmark(); v == cty.NilVal || raw.IsKnown() && raw.IsNull() && decl.NonNull && decl.Fallback != nil {
			v = e.fallback(i, decl)
		}
		v = e.shape(decl, v)
		if i.parent == nil && e.plan != nil {
			v = e.plan.variable(e, decl, v)
		}
		if decl.NonNull {
			v = value.NotNull(v)
		}
		if decl.Sensitive {
			v = value.Secret(v)
		}
		return v, nil
	})
}

// given is the value that comes from outside of the module, cty.NilVal if there is none.
func (e *Evaluator) given(i *Instance, decl *tfsource.Variable) cty.Value {
	var x hclsyntax.Expression
	var s *scope
	if i.parent == nil {
		x, s = e.Values[decl.Name], &scope{inst: i, only: true}
	} else if a := i.call.Body.Attributes[decl.Name]; a != nil {
		x, s = a.Expr, i.argScope()
	}
	if x == nil {
		return cty.NilVal
	}
	if i.parent == nil {
		e.Outside = decl.Name
		defer func() { e.Outside = "" }()
	}
	v, f := e.eval(s, x)
	if f != nil {
		e.Note(f)
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	}
	if i.parent == nil && strings.HasPrefix(x.Range().Filename, "<") {
		// A value of the command line has no place in a file; the variable that takes it has.
		return replaced(v, decl.Block.DefRange())
	}
	return value.Located(v, x.Range())
}

// replaced says of all parts of a value that they were written at one place.
func replaced(v cty.Value, at hcl.Range) cty.Value {
	raw, marks := v.Unmark()
	switch {
	case raw.IsNull() || !raw.IsKnown() || !raw.CanIterateElements():
		return value.Relocated(v, at)
	case value.IsSequence(raw.Type()):
		var vals []cty.Value
		for _, el := range value.Elements(v) {
			vals = append(vals, replaced(el.Value, at))
		}
		return value.Relocated(value.Sequence(vals, false).WithMarks(marks), at)
	}
	vals := map[string]cty.Value{}
	for _, el := range value.Elements(v) {
		k, _ := el.Key.Unmark()
		vals[k.AsString()] = replaced(el.Value, at)
	}
	return value.Relocated(value.Object(vals).WithMarks(marks), at)
}

func (e *Evaluator) fallback(i *Instance, decl *tfsource.Variable) cty.Value {
	if decl.Fallback == nil || e.noDefaults && i.parent == nil {
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	}
	if decl.Sensitive {
		e.Outside = decl.Name
		defer func() { e.Outside = "" }()
	}
	v, f := e.eval(&scope{inst: i, only: true}, decl.Fallback)
	if f != nil {
		e.Note(f)
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	}
	return value.Located(v, decl.Fallback.Range())
}

// shape gives a value the type of the variable, with the defaults of optional attributes.
func (e *Evaluator) shape(decl *tfsource.Variable, v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	if raw.IsKnown() && raw.IsNull() {
		return cty.NullVal(decl.Type).WithMarks(marks)
	}
	if decl.Type == cty.DynamicPseudoType {
		return v
	}
	out, err := e.shaped(decl, e.Force(v, decl.Type))
	if err != nil { // objects of different types have the attributes in common that are known to exist
		out, err = e.shaped(decl, e.Force(v, cty.DynamicPseudoType))
	}
	if err != nil {
		at, _ := value.Origin(v)
		if e.Quiet == 0 {
			d := value.Fault(e.Place(at), "Invalid value for a variable", fmt.Sprintf("The value of var.%s does not fit its type: %s", decl.Name, tfsource.Sentence(err)))
			if decl.Sensitive || value.HoldsSecret(v) {
				d.Detail = fmt.Sprintf("The value of var.%s does not fit its type. It is sensitive, so the reason is not shown.", decl.Name)
				d.Extra = unknown.HiddenSource{}
			}
			e.AddNote(d)
		}
		return value.UnknownOf(decl.Type, unknown.Symbol{Ref: "var." + decl.Name, Sensitive: decl.Sensitive})
	}
	at, _ := value.Origin(v)
	return e.bounded(out, at)
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
	exp := set.expansion
	if n, ok := e.decided(exp); ok && len(vals) == 1 {
		exp = exp.inCase(n)
		vals = nil
		for _, it := range exp.items {
			vals = append(vals, e.resourceLike(set.List[0], it, n).box)
		}
	} else if e.empty(exp) {
		exp, vals = expansion{number: exp.number, set: exp.set}, nil
	}
	return e.traverse(e.assemble(exp, vals, key), rest)
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

// shaped gives a value that is not null the type of the variable; attributes that it lacks have their defaults.
func (e *Evaluator) shaped(decl *tfsource.Variable, v cty.Value) (cty.Value, error) {
	v = e.Completed(v, decl.Type)
	if raw, _ := v.Unmark(); decl.Optional != nil && raw.IsKnown() && !raw.IsNull() {
		v = e.defaulted(decl, decl.Optional.Apply(v))
	}
	return value.ConvertTo(v, decl.Type)
}

// defaulted says of the texts that come from defaults of optional attributes where these are written.
func (e *Evaluator) defaulted(decl *tfsource.Variable, v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	switch {
	case value.IsString(raw) && len(marks) == 0:
		if at, ok := e.literalIn(decl.TypeRange, raw.AsString()); ok {
			return value.Located(v, at)
		}
		return value.Located(v, decl.TypeRange)
	case !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() || raw.Type().IsSetType():
		return v
	case raw.Type().IsObjectType():
		vals := map[string]cty.Value{}
		for name, el := range raw.AsValueMap() {
			vals[name] = e.defaulted(decl, el)
		}
		return value.Object(vals).WithMarks(marks)
	}
	return v
}

// literalIn is where a quoted text is written in a range, if that is one place.
func (e *Evaluator) literalIn(at hcl.Range, text string) (hcl.Range, bool) {
	src, quoted := string(e.SourceText(at)), strconv.Quote(text)
	i := strings.Index(src, quoted)
	if i < 0 || i != strings.LastIndex(src, quoted) {
		return hcl.Range{}, false
	}
	at.Start.Byte += i
	at.End.Byte = at.Start.Byte + len(quoted)
	return at, true
}
