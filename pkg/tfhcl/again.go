package tfhcl

import (
	"context"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// Edited is the configuration with other files in place of those that have their names in positions. Of the others nothing
// is read again.
func (c *Config) Edited(ctx context.Context, files map[string][]byte) (*Config, hcl.Diagnostics) {
	opts := c.opts
	opts.Edited, opts.Before = files, c.src
	out, diags := Load(ctx, opts)
	if out != nil {
		out.opts.Before = nil
		if out.other != nil {
			out.other.opts.Before = nil
		}
	}
	return out, diags
}

// affected are the wanted resources that sources may make otherwise than those before, by module and name; ok is false where all
// may be, and providers says whether the configurations of providers may be others.
func (c *Config) affected(before *Config) (again map[string]bool, providers, ok bool) {
	if c.other != nil || before.other != nil {
		return nil, true, false
	}
	affected, providers, ok := c.src.Affected(before.src)
	if !ok {
		return nil, true, false
	}
	again = map[string]bool{}
	for _, m := range c.src.Modules {
		for _, r := range m.Order {
			if c.opts.Want(r.Mode, r.Type) && affected(r) {
				again[m.Path()+"\x00"+r.Key()] = true
			}
		}
	}
	return again, providers, true
}

// among says of a resource whether it is one of some.
func (c *Config) among(some map[string]bool) func(*tfsource.Resource) bool {
	own := map[*tfsource.Resource]bool{}
	for _, m := range c.src.Modules {
		for _, r := range m.Order {
			own[r] = some[m.Path()+"\x00"+r.Key()]
		}
	}
	return func(r *tfsource.Resource) bool { return own[r] }
}

// Changed are resources as edited sources make them, and as those before do: at least those that are not the same.
func (c *Config) Changed(ctx context.Context, before *Config) (is, was *tf.Plan) {
	again, _, ok := c.affected(before)
	if !ok {
		is, _ = c.Plan(ctx)
		was, _ = before.Plan(ctx)
		return is, was
	}
	is, was = c.evaluated(ctx, nil, c.among(again)), before.evaluated(ctx, nil, before.among(again))
	before.src.Take() // what was noted has been told
	return is, was
}

// PlanAgain is what Plan makes of edited sources, given what it made of those before. Only what the edit may change is
// evaluated; the other resources are those of before, with the places that they had there.
func (c *Config) PlanAgain(ctx context.Context, before *Config, old *tf.Plan) (*tf.Plan, hcl.Diagnostics) {
	again, providers, ok := c.affected(before)
	if !ok {
		return c.Plan(ctx)
	}
	known := old.Providers
	if providers {
		known = nil
	}
	plan := c.evaluated(ctx, known, c.among(again))
	for _, r := range old.Resources {
		switch key := configKey(r); {
		case key == "":
			return c.Plan(ctx)
		case !again[key]:
			plan.Resources = append(plan.Resources, r)
		}
	}
	return plan, c.src.Take()
}

// JoinAgain is Join of edited sources with a plan that was joined with those before. Resources that the edit cannot change have
// the Source, with its places, that they have there; so have those that are not evaluated.
func (c *Config) JoinAgain(ctx context.Context, plan *tf.Plan, before *Config, joined *tf.Plan) hcl.Diagnostics {
	again, _, ok := c.affected(before)
	if !ok {
		_, diags := c.Join(ctx, plan)
		return diags
	}
	var list []*tf.Resource
	for i, res := range plan.Resources {
		if again[configKey(res)] {
			list = append(list, res)
		} else {
			res.Source = joined.Resources[i].Source
		}
	}
	values := tfeval.NewPlanValues(plan)
	for _, j := range c.joinShares(ctx, values, list, plan.RefreshOnly) {
		c.src.Absorb(j.e.Sources)
	}
	c.providers(ctx, plan, values)
	return c.src.Take()
}

// configKey is a resource as affected names it, "" for one without an address.
func configKey(res *tf.Resource) string {
	a, err := tf.ParseAddress(res.Address)
	if err != nil {
		return ""
	}
	return strings.Join(tf.ModulePath(res.Address), ".") + "\x00" + a.ConfigKey()
}
