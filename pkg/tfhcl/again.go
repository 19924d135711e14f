package tfhcl

import (
	"context"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
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

// Body is the syntax tree of a file in native syntax, by its name in positions; nil where there is none without a fault.
func (c *Config) Body(name string) *hclsyntax.Body { return c.src.Body(name) }

// PlanAgain is what Plan makes of edited sources, given what it made of those before. Only what the edit may change is
// evaluated; the other resources are those of before, with the places that they had there.
func (c *Config) PlanAgain(ctx context.Context, before *Config, old *tf.Plan) (*tf.Plan, hcl.Diagnostics) {
	if c.other != nil || before.other != nil {
		return c.Plan(ctx)
	}
	affected, providers, ok := c.src.Affected(before.src)
	if !ok {
		return c.Plan(ctx)
	}
	again := map[string]bool{}
	some := map[*tfsource.Resource]bool{}
	for _, m := range c.src.Modules {
		for _, r := range m.Order {
			if c.opts.Want(r.Mode, r.Type) && affected(r) {
				some[r], again[m.Path()+"\x00"+r.Key()] = true, true
			}
		}
	}
	known := old.Providers
	if providers {
		known = nil
	}
	plan := c.evaluated(ctx, known, func(r *tfsource.Resource) bool { return some[r] })
	for _, r := range old.Resources {
		a, err := tf.ParseAddress(r.Address)
		if err != nil {
			return c.Plan(ctx)
		}
		if !again[strings.Join(tf.ModulePath(r.Address), ".")+"\x00"+a.ConfigKey()] {
			plan.Resources = append(plan.Resources, r)
		}
	}
	return plan, c.src.Take()
}
