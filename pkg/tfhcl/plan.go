package tfhcl

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Plan evaluates the sources alone. Resources have no Action and no Before; After holds the arguments that are written
// and not null. A resource whose instances are not known is one instance with an unknown Index and ["*"] in its address.
func (c *Config) Plan(ctx context.Context) (*tf.Plan, hcl.Diagnostics) {
	e := c.evaluator(ctx)
	plan := &tf.Plan{Variables: map[string]cty.Value{}}
	for _, name := range sortedKeys(c.root.variables) {
		e.begin()
		v, _ := e.variable(e.root, name, c.root.variables[name].block.DefRange())
		plan.Variables[name] = e.outward(v)
	}
	e.eachInstance(e.root, func(i *instance) {
		for _, r := range i.module.order {
			if !c.opts.Want(r.mode, r.typ) {
				continue
			}
			e.begin()
			for _, ri := range e.instances(i, r).list {
				plan.Resources = append(plan.Resources, e.described(ri))
			}
		}
	})
	return plan, c.notes.take()
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// eachInstance visits the module instances, callers before what they call.
func (e *evaluator) eachInstance(i *instance, visit func(*instance)) {
	e.begin()
	if !e.step(1) {
		return
	}
	visit(i)
	for _, name := range sortedKeys(i.module.calls) {
		for _, child := range e.children(i, i.module.calls[name]).list {
			e.eachInstance(child, visit)
		}
	}
}

// described is a resource of the sources alone.
func (e *evaluator) described(r *resourceInstance) *tf.Resource {
	out := &tf.Resource{Address: r.address(), Module: r.inst.address(), Mode: r.res.mode, Type: r.res.typ, Name: r.res.name, Index: bare(r.key),
		Provider: r.provider(), Before: cty.NilVal}
	out.Source = e.sourceOf(r, nil)
	vals := map[string]cty.Value{}
	for _, a := range sortedAttributes(r.res.body) {
		if metaArguments[a.Name] {
			continue
		}
		e.begin()
		if v, f := r.attr(a.Name); f == nil && out.Source.Attrs[a.Name] != nil {
			vals[a.Name] = e.outward(v)
		}
	}
	types, groups := blockGroups(r.res.body)
	for _, t := range types {
		if !metaArguments[t] {
			vals[t] = e.outward(e.blockList(r.scope(), groups[t]))
		}
	}
	out.After = object(vals)
	out.Config = e.config(r, out.Source)
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

// outward is a value as it leaves this package: only the marks Sensitive and Ref remain, and texts with tokens are
// unknown.
func (e *evaluator) outward(v cty.Value) cty.Value {
	raw, marks := v.Unmark()
	var out cty.Value
	switch {
	case raw.Type() == lazyType:
		refs := map[unknown.Symbol]bool{}
		e.gather(refs, v)
		out = unknownOf(cty.DynamicPseudoType, sortedUnknowns(refs)...)
	case isString(raw) && unknown.HasHole(raw.AsString()):
		out = e.derived(cty.String, "", v)
	case !raw.IsKnown():
		out = raw
		for m := range marks {
			if r, ok := m.(unknown.Ref); ok {
				out = out.Mark(r)
			}
		}
	case raw.IsNull() || !raw.CanIterateElements():
		out = raw
	case isSequence(raw.Type()):
		if isOpen(v) {
			out = e.derived(cty.DynamicPseudoType, "", v)
			break
		}
		var vals []cty.Value
		for _, el := range elements(v) {
			vals = append(vals, e.outward(el.value))
		}
		out = sequence(vals, false)
	default:
		if isOpen(v) {
			out = e.derived(cty.DynamicPseudoType, "", v)
			break
		}
		vals := map[string]cty.Value{}
		for _, el := range elements(v) {
			k, _ := el.key.Unmark()
			vals[k.AsString()] = e.outward(el.value)
		}
		out = object(vals)
	}
	if isSecret(v) {
		out = out.Mark(unknown.Sensitive)
	}
	return out
}

// config is the resource as the plan's configuration would tell it. Arguments that are null count as not written.
func (e *evaluator) config(r *resourceInstance, src *tf.Source) *tf.Config {
	out := &tf.Config{Provider: r.provider(), Attrs: map[string]tf.Expr{}, Blocks: map[string][]tf.Config{}}
	for _, a := range sortedAttributes(r.res.body) {
		switch {
		case a.Name == "count":
			x := expression(a.Expr)
			out.Count = &x
		case a.Name == "for_each":
			x := expression(a.Expr)
			out.ForEach = &x
		case !metaArguments[a.Name] && src.Attrs[a.Name] != nil:
			out.Attrs[a.Name] = expression(a.Expr)
		}
	}
	out.Blocks = configBlocks(r.res.body)
	return out
}

func configBlocks(body *hclsyntax.Body) map[string][]tf.Config {
	out := map[string][]tf.Config{}
	for _, b := range body.Blocks {
		if b.Type == "dynamic" || metaArguments[b.Type] {
			continue
		}
		c := tf.Config{Attrs: map[string]tf.Expr{}, Blocks: configBlocks(b.Body)}
		for _, a := range sortedAttributes(b.Body) {
			c.Attrs[a.Name] = expression(a.Expr)
		}
		out[b.Type] = append(out[b.Type], c)
	}
	return out
}

// expression is what a plan's configuration tells of an expression: a constant, or references.
func expression(x hclsyntax.Expression) tf.Expr {
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

// referenceNames are the names by which a plan's configuration lists a traversal, longest first.
func referenceNames(t hcl.Traversal) []string {
	var steps []string
	for _, s := range t {
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
