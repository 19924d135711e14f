// Package tfsource reads a directory of Terraform files: modules with their variables, locals, outputs, resources and
// calls as they are written, and the places of everything. It evaluates nothing.
//
// Files are read only below one root, and nothing is downloaded. JSON syntax becomes the syntax tree of the native one.
//
// It is no API: it may change in any version.
package tfsource

import (
	"io/fs"
	"sync"

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
	// Given are values of root variables as on the command line; later ones win.
	Given []Value
	// OfRun are files that the run is about or writes, by their paths in the operating system: plans, states, baselines.
	// Terraform did not read them as they are now.
	OfRun []string
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

// Value is what the command line gives: a value for one root variable (-var), or a file with values (-var-file).
type Value struct {
	// Name and Text are the variable and its value in Terraform's syntax.
	Name, Text string
	// File is the tfvars file, a path of the operating system; "" where there is none.
	File string
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

// Callers remembers which directories call which others as modules, so that a run on many directories of one repository
// searches it once. It is safe for concurrent use; the zero value knows nothing yet.
type Callers struct {
	mu    sync.Mutex
	below map[string]*callers // by the directory that was searched
}

// callers are the directories that call others, by the directory that they call; both as paths below the one that was searched.
type callers struct {
	search sync.Once
	of     map[string][]string
}
