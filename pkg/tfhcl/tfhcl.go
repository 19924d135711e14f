// Package tfhcl reads a directory of Terraform sources into the resource model of pkg/tf: alone, or joined with a plan.
//
// pkg/tfsource reads the files, pkg/tfeval computes the values; this is the façade over both. Nothing is executed, nothing
// is downloaded, and files are read only below one root.
//
// It is no API: it may change in any version.
package tfhcl

import (
	"context"
	"maps"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// Options say what to load and how. The zero value loads the current directory.
type Options struct {
	tfsource.Options
	// Want says which resources become part of the result. Nil wants all of them.
	Want func(mode tf.Mode, typ string) bool
	// WantText says of which arguments of a resource type the text is of interest even where a plan knows it, because of
	// the places that its parts come from. Of the others Join tells no more than their range. Nil wants all of them.
	WantText func(typ, argument string) bool
	// Budget bounds the work of evaluating; zero fields have defaults that ordinary sources do not reach.
	Budget Budget
}

// Budget bounds the work of evaluating. A zero field means its default.
type Budget = value.Budget

// Config is a loaded configuration: the root module and every module below it that could be found.
// Its methods may be called one after the other, not at the same time.
type Config struct {
	src  *tfsource.Sources
	opts Options
	// other is what Terraform reads where src is what OpenTofu reads, nil where both read the same.
	other *Config
}

// Load reads the root module in opts.Dir and all modules that it calls. What cannot be read becomes a diagnostic, an
// error where text is broken or missing and a warning where a module is not there; everything else is still used.
// The result is nil only if the directory itself cannot be read.
func Load(ctx context.Context, opts Options) (*Config, hcl.Diagnostics) {
	if opts.Want == nil {
		opts.Want = func(tf.Mode, string) bool { return true }
	}
	src, diags := tfsource.Load(ctx, opts.Options)
	if src == nil {
		return nil, diags
	}
	c := &Config{src: src, opts: opts}
	if src.Ambiguous {
		again := opts
		again.Tool = tfsource.Terraform
		other, more := tfsource.Load(ctx, again.Options)
		diags = append(diags, more...)
		c.other = &Config{src: other, opts: again}
	}
	return c, diags
}

// Options are what the configuration was loaded with.
func (c *Config) Options() Options { return c.opts }

// Files returns the bytes of every file that positions may point into, by the file names in those positions: sources,
// templates, JSON files and tfvars. Files that evaluation reads are there after Plan or Join.
func (c *Config) Files() map[string][]byte {
	files := c.src.Contents()
	if c.other != nil {
		maps.Copy(files, c.other.Files())
	}
	return files
}

// References says which resource addresses of a plan the wanted resources refer to, directly or through locals,
// variables, outputs and other resources: with their values known, Join can see through more. The function that it
// returns takes addresses with or without instance keys.
func (c *Config) References() func(address string) bool {
	one := c.src.Referenced(c.opts.Want)
	if c.other == nil {
		return one
	}
	two := c.other.References()
	return func(address string) bool { return one(address) || two(address) }
}
