package tfhcl

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Plan evaluates the sources alone. Resources have no Action and no Before; After holds the arguments that are written
// and not null. A resource whose instances are not known is one instance with an unknown Index and ["*"] in its address.
//
// Where it matters whether Terraform or OpenTofu reads the sources, what an argument may be is what it is for either.
func (c *Config) Plan(ctx context.Context) (*tf.Plan, hcl.Diagnostics) {
	plan, diags := c.plan(ctx)
	if c.other == nil {
		return plan, diags
	}
	other, more := c.other.plan(ctx)
	bothTools(plan, other)
	return plan, append(append(diags, more...), &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Terraform and OpenTofu read different files",
		Detail: "There are .tofu files, which OpenTofu alone reads, beside .tf files. Which of the two tools is used is not known, so both readings are judged."})
}

func (c *Config) plan(ctx context.Context) (*tf.Plan, hcl.Diagnostics) {
	e := tfeval.New(ctx, c.src, tfeval.Options{Budget: c.opts.Budget, WantText: c.opts.WantText})
	plan := &tf.Plan{Variables: map[string]cty.Value{}}
	for _, name := range slices.Sorted(maps.Keys(c.src.Root.Variables)) {
		e.Begin()
		v, _ := e.Variable(e.Root, name, c.src.Root.Variables[name].Block.DefRange())
		plan.Variables[name] = e.Outward(v)
	}
	e.EachInstance(e.Root, func(i *tfeval.Instance) {
		for _, r := range i.Module.Order {
			if !c.opts.Want(r.Mode, r.Type) {
				continue
			}
			e.Begin()
			for _, ri := range e.Instances(i, r).List {
				plan.Resources = append(plan.Resources, e.Describe(ri))
			}
		}
	})
	return plan, c.src.Take()
}

// bothTools puts what Terraform makes of sources into what OpenTofu makes of them.
func bothTools(tofu, terraform *tf.Plan) {
	at := map[string]*tf.Resource{}
	for _, r := range tofu.Resources {
		at[r.Address] = r
	}
	for _, r := range terraform.Resources {
		if o := at[r.Address]; o != nil {
			bothAttributes(o, r)
		} else {
			tofu.Resources = append(tofu.Resources, r)
		}
	}
}

func bothAttributes(o, r *tf.Resource) {
	vals := o.After.AsValueMap()
	if vals == nil {
		vals = map[string]cty.Value{}
	}
	theirs := r.After.AsValueMap()
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		if v, ok := vals[name]; !ok || !v.RawEquals(theirs[name]) {
			vals[name] = value.UnknownOf(cty.DynamicPseudoType, unknown.Symbol{Ref: o.Address + "." + name})
		}
	}
	for name := range vals {
		if _, ok := theirs[name]; !ok {
			vals[name] = value.UnknownOf(vals[name].Type(), unknown.Symbol{Ref: o.Address + "." + name})
		}
	}
	o.After = cty.ObjectVal(vals)
	for _, path := range slices.Sorted(maps.Keys(r.Source.Attrs)) {
		b := r.Source.Attrs[path]
		a := o.Source.Attrs[path]
		switch {
		case a == nil:
			o.Source.Attrs[path] = b
			b.MayBeNull = true
		case len(a.Texts) == 0 || len(b.Texts) == 0:
			if len(a.Texts)+len(b.Texts) > 0 {
				a.Texts, a.Unknown = nil, append(a.Unknown, append(b.Unknown, unknown.Symbol{Ref: o.Address + "." + path})...)
			}
		case !sameTexts(a.Texts, b.Texts):
			a.Texts = append(reading(a.Texts, "OpenTofu"), reading(b.Texts, "Terraform")...)
			a.MayBeNull = a.MayBeNull || b.MayBeNull
		}
	}
	for path, a := range o.Source.Attrs {
		if r.Source.Attrs[path] == nil {
			a.MayBeNull = true
		}
	}
}

func sameTexts(a, b []unknown.Text) bool {
	return slices.EqualFunc(a, b, func(x, y unknown.Text) bool { return x.S == y.S && slices.Equal(x.Holes, y.Holes) })
}

// reading are texts that hold where a tool reads the sources.
func reading(texts []unknown.Text, tool string) []unknown.Text {
	out := slices.Clone(texts)
	for i := range out {
		words := tool + " reads the sources"
		if out[i].Assuming != "" {
			words += " and " + out[i].Assuming
		}
		out[i].Assuming, out[i].DependsOn = words, append(slices.Clone(out[i].DependsOn), "the tool that reads the sources")
	}
	return out
}
