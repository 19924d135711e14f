// Package tfhcl reads a directory of Terraform sources into the resource model of pkg/tf.
//
// Expressions are evaluated without running anything: a value that is not known before apply stays a cty unknown that
// says what decides it (the mark [unknown.Ref]), until it is put into a string. There it becomes a token (see [unknown.Hole]), so
// that the structure around it survives: jsonencode, templates, heredocs and policy documents keep all that is known.
// Values remember where they were written through the marks [unknown.Origin] and [unknown.Built].
//
// Nothing is executed, nothing is downloaded, and files are read only below one root.
package tfhcl

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/keyproof/keyproof/pkg/tf"
)

// Options say what to load and how. The zero value loads the current directory.
type Options struct {
	// Dir is the directory of the root module, "." if empty. With FS it is a path inside FS.
	Dir string
	// Root is the directory below which files may be read; empty means the repository that Dir lies in, or Dir itself.
	Root string
	// FS replaces the file system: the sources inside a binary plan. Root then has no meaning.
	FS fs.FS
	// ModuleDirs are the directories of modules by their path ("kms.inner"; "" is the root module), where they are known.
	// Without it .terraform/modules/modules.json and local sources tell.
	ModuleDirs map[string]string
	// Vars are values for root variables as on the command line (-var), in Terraform's syntax. They beat VarFiles.
	Vars map[string]string
	// VarFiles are tfvars files as on the command line (-var-file), later ones win; paths of the operating system.
	VarFiles []string
	// Env is the environment as os.Environ gives it, for TF_VAR_…, TF_WORKSPACE and TF_DATA_DIR. Nil is empty.
	Env []string
	// Workspace is terraform.workspace. If empty, TF_WORKSPACE and .terraform/environment tell; else it is unknown.
	Workspace string
	// Want says which resources become part of the result. Nil wants all of them.
	Want func(mode tf.Mode, typ string) bool
	// WantText says of which arguments of a resource type the text is of interest even where a plan knows it, because of
	// the places that its parts come from. Of the others Join tells no more than their range. Nil wants all of them.
	WantText func(typ, argument string) bool
	// Limits bound the work; zero fields have defaults that ordinary sources do not reach.
	Limits Limits
}

// Limits bound the work of loading and evaluating. A zero field means its default.
type Limits struct {
	File    int // bytes of one source file or of one file that a function reads
	Total   int // bytes of all files together
	Steps   int // work of evaluating everything, about one for each expression
	Each    int // the same for one argument of a resource
	Text    int // bytes of a string that is put together
	Modules int // module instances
	Choices int // outcomes of unknown conditions that are told apart for one argument
}

// DefaultLimits are what the zero value stands for.
func DefaultLimits() Limits { return Limits{}.withDefaults() }

func (l Limits) withDefaults() Limits {
	def := func(p *int, d int) {
		if *p <= 0 {
			*p = d
		}
	}
	def(&l.File, 4<<20)
	def(&l.Total, 24<<20)
	def(&l.Steps, 20_000_000)
	def(&l.Each, 500_000)
	def(&l.Text, 4<<20)
	def(&l.Modules, 20_000)
	def(&l.Choices, 16)
	return l
}

// Config is a loaded configuration: the root module and every module below it that could be found.
// Its methods may be called one after the other, not at the same time.
type Config struct {
	opts    Options
	files   *files
	root    *module
	modules []*module // in the order of their paths
	values  rootValues
	notes   *notes
}

// Load reads the root module in opts.Dir and all modules that it calls. What cannot be read becomes a diagnostic, an
// error where text is broken or missing and a warning where a module is not there; everything else is still used.
// The result is nil only if the directory itself cannot be read.
func Load(ctx context.Context, opts Options) (*Config, hcl.Diagnostics) {
	if opts.Dir == "" {
		opts.Dir = "."
	}
	opts.Limits = opts.Limits.withDefaults()
	if opts.Want == nil {
		opts.Want = func(tf.Mode, string) bool { return true }
	}
	if opts.WantText == nil {
		opts.WantText = func(string, string) bool { return true }
	}
	src, err := openFiles(opts)
	if err != nil {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Sources cannot be read", Detail: sentence(err)}}
	}
	c := &Config{opts: opts, files: src, notes: &notes{}}
	l := &loader{Config: c, ctx: ctx, manifest: src.manifest(opts), parsed: map[string]*hclsyntax.Body{}}
	if c.root = l.load("", src.dir, nil, false); c.root == nil {
		return nil, c.notes.take()
	}
	slices.SortFunc(c.modules, func(a, b *module) int { return comparePaths(a.path, b.path) })
	c.loadValues()
	if ctx.Err() != nil {
		c.notes.add(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Reading the sources was interrupted", Detail: fmt.Sprintf("Not all modules were read: %v.", context.Cause(ctx))})
	}
	return c, c.notes.take()
}

// Files returns the bytes of every file that positions may point into, by the file names in those positions: sources,
// templates, JSON files and tfvars. Files that evaluation reads are there after Plan or Join.
func (c *Config) Files() map[string][]byte {
	return c.files.contents()
}
