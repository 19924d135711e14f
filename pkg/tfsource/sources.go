// Package tfsource reads a directory of Terraform files: modules with their variables, locals, outputs, resources and
// calls as they are written, and the places of everything. It evaluates nothing.
//
// Files are read only below one root, and nothing is downloaded. JSON syntax becomes the syntax tree of the native one.
//
// It is no API: it may change in any version.
package tfsource

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Options say what to load. The zero value loads the current directory.
type Options struct {
	// Dir is the directory of the root module, "." if empty. With FS it is a path inside FS.
	Dir string
	// Root is the directory below which files may be read; empty means the repository that Dir lies in, or Dir itself.
	Root string
	// FS replaces the file system. Root then has no meaning.
	FS fs.FS
	// Snapshot says that FS is the copy of the sources inside of a binary plan: modules lie elsewhere than they did, and
	// files that functions read are missing.
	Snapshot bool
	// ModuleDirs are the directories of modules by their path ("kms.inner"; "" is the root module), where they are known.
	// Without it .terraform/modules/modules.json and local sources tell.
	ModuleDirs map[string]string
	// Vars are values for root variables as on the command line (-var), in Terraform's syntax. They beat VarFiles.
	Vars map[string]string
	// VarFiles are tfvars files as on the command line (-var-file), later ones win; paths of the operating system.
	VarFiles []string
	// Env is the environment as os.Environ gives it, for TF_VAR_…, TF_WORKSPACE and TF_DATA_DIR. Nil is empty.
	Env []string
	// Tool is the program that reads the sources, AnyTool where that is not known.
	Tool Tool
	// Edited are files as they would be, by their names in positions: they take the place of what is there.
	Edited map[string][]byte
	// Before are the same sources as they were read before: files that are not edited are taken over from them.
	Before *Sources
	// Callers is shared by all that is read below one directory in one run; nil is one of its own.
	Callers *Callers
	// Limits bound what is read; zero fields have defaults that ordinary sources do not reach.
	Limits Limits
}

// Tool is a program that reads Terraform sources. Files with the ending .tofu are OpenTofu's: it reads them instead of the
// .tf files of the same name, and Terraform does not read them at all.
type Tool int

// The tools. The zero value reads as OpenTofu does.
const (
	AnyTool Tool = iota
	Terraform
	OpenTofu
)

// Limits bound what is read. A zero field means its default.
type Limits struct {
	File  int // bytes of one source file or of one file that a function reads
	Total int // bytes of all files together
	Words int // words and signs of all that is parsed: one costs about as much as another
}

// WithDefaults are the limits with the default in place of each zero.
func (l Limits) WithDefaults() Limits {
	if l.File <= 0 {
		l.File = 4 << 20
	}
	if l.Total <= 0 {
		l.Total = 24 << 20
	}
	if l.Words <= 0 {
		l.Words = 1_000_000
	}
	return l
}

// Sources are a root module and every module below it that could be found.
type Sources struct {
	// Options are what it was loaded with.
	Options Options
	// Root is the root module.
	Root *Module
	// Ambiguous says that the tool is not known and matters: there are files for OpenTofu beside files for both.
	Ambiguous bool
	// Modules are all modules, in the order of their paths.
	Modules []*Module
	// Values are the values of root variables that come from outside of the sources, as expressions with positions.
	Values  map[string]hclsyntax.Expression
	writers []*Resource // what may write files
	// parsed are the files in native syntax that were read without a note, by their paths inside.
	parsed map[string]*hclsyntax.Body
	// called says whether another directory calls the root module, nil where nobody asked yet.
	called *bool
	*files
	*notes
}

// Load reads the root module in opts.Dir and all modules that it calls. What cannot be read becomes a diagnostic, an
// error where text is broken or missing and a warning where a module is not there; everything else is still used.
// The result is nil only if the directory itself cannot be read.
func Load(ctx context.Context, opts Options) (*Sources, hcl.Diagnostics) {
	if opts.Dir == "" {
		opts.Dir = "."
	}
	opts.Limits = opts.Limits.WithDefaults()
	read, err := openFiles(opts)
	if err != nil {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Sources cannot be read", Detail: Sentence(err)}}
	}
	c := &Sources{Options: opts, files: read, notes: &notes{}, parsed: map[string]*hclsyntax.Body{}}
	if opts.Before != nil {
		c.takeOver(opts.Before)
		c.Options.Before = nil
	}
	l := &loader{Sources: c, ctx: ctx, manifest: read.manifest(opts), tried: map[string]*hclsyntax.Body{}}
	if c.Root = l.load("", read.dir, nil, false); c.Root == nil {
		return nil, c.Take()
	}
	slices.SortFunc(c.Modules, func(a, b *Module) int { return comparePaths(a.path, b.path) })
	l.reportAbsent()
	c.findWriters()
	c.loadValues()
	if ctx.Err() != nil {
		c.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Reading the sources was interrupted", Detail: fmt.Sprintf("Not all modules were read: %v.", context.Cause(ctx))})
	}
	return c, c.Take()
}

// IsModule says whether the root module is one that others call, and is not applied as it is: it has neither a backend nor a
// provider block, or another directory below the root calls it.
func (c *Sources) IsModule() bool {
	if len(c.Root.Providers) == 0 {
		return !c.Root.Backend
	}
	return c.Called()
}

// Called says whether other directories call this one as a module.
func (c *Sources) Called() bool {
	if c.called == nil {
		called := c.calledFromElsewhere()
		c.called = &called
	}
	return *c.called
}

// Fork is a copy for work of its own: what it reads and notes is taken back by absorb.
func (c *Sources) Fork() *Sources {
	own := *c
	own.files, own.notes = c.files.fork(), &notes{}
	return &own
}

// Absorb takes over what a fork has read and noted.
func (c *Sources) Absorb(own *Sources) {
	c.files.absorb(own.files)
	for _, d := range own.Take() {
		c.AddNote(d)
	}
}
