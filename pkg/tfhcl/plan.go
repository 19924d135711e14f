package tfhcl

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval"
	"github.com/zclconf/go-cty/cty"
)

// Plan evaluates the sources alone. Resources have no Action and no Before; After holds the arguments that are written
// and not null. A resource whose instances are not known is one instance with an unknown Index and ["*"] in its address.
func (c *Config) Plan(ctx context.Context) (*tf.Plan, hcl.Diagnostics) {
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
