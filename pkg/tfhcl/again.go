package tfhcl

import (
	"context"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
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
