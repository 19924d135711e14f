package tfeval

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
)

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
