package tfeval

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// EachInstance visits the module instances, callers before what they call.
func (e *Evaluator) EachInstance(i *Instance, visit func(*Instance)) {
	e.Begin()
	if !e.Step(1) {
		return
	}
	visit(i)
	for _, name := range slices.Sorted(maps.Keys(i.Module.Calls)) {
		for _, child := range e.children(i, i.Module.Calls[name]).list {
			e.EachInstance(child, visit)
		}
	}
}

// Describe is a resource of the sources alone.
func (e *Evaluator) Describe(r *resourceInstance) *tf.Resource {
	out := &tf.Resource{Address: r.address(), Module: r.inst.address(), Mode: r.res.Mode, Type: r.res.Type, Name: r.res.Name, Index: bare(r.key),
		Provider: r.provider(), Before: cty.NilVal}
	out.Source = e.SourceOf(r, nil)
	vals := map[string]cty.Value{}
	for _, a := range tfsource.SortedAttributes(r.res.Body) {
		if MetaArguments[a.Name] {
			continue
		}
		e.Begin()
		if v, f := r.Attr(a.Name); f == nil && out.Source.Attrs[a.Name] != nil {
			vals[a.Name] = e.Outward(v)
		}
	}
	types, groups := blockGroups(r.res.Body)
	for _, t := range types {
		if !MetaArguments[t] {
			vals[t] = e.Outward(e.blockList(r.scope(), groups[t]))
		}
	}
	out.After = value.Object(vals)
	out.Config = e.config(r, out.Source)
	return out
}

// Address is the address of the instance, and whether all keys in it are known.
func (r *resourceInstance) Address() (address string, known bool) { return r.address(), r.known() }

// Otherwise are the arguments whose number or truth value the sources know and the plan has another one of, be it through
// locals. Texts are left out: providers rewrite them.
func (e *Evaluator) Otherwise(r *resourceInstance, planned *tf.Resource) []string {
	var out []string
	for _, a := range tfsource.SortedAttributes(r.res.Body) {
		was, ok := unknown.Get(planned.After, a.Name)
		if !ok || was.Type() != cty.Number && was.Type() != cty.Bool || MetaArguments[a.Name] || r.res.IgnoresChanges(a.Name) {
			continue
		}
		e.Begin()
		is, f := e.eval(r.scope(), a.Expr)
		if f != nil {
			continue
		}
		is, _ = is.Unmark()
		if is.IsKnown() && !is.IsNull() && is.Type() == was.Type() && !is.RawEquals(was) && !is.Equals(was).True() {
			out = append(out, a.Name)
		}
	}
	return out
}

// bare is an instance key without marks.
func bare(k cty.Value) cty.Value {
	if k == cty.NilVal {
		return k
	}
	raw, _ := k.Unmark()
	return raw
}

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
