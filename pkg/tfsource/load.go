package tfsource

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/keyproof/keyproof/pkg/file"
)

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
	l := &loader{Sources: c, early: early{Sources: c}, ctx: ctx, manifest: read.manifest(opts), tried: map[string]*hclsyntax.Body{}}
	if l.load("", read.dir, nil, false); c.Root == nil {
		return nil, c.Take()
	}
	slices.SortFunc(c.Modules, func(a, b *Module) int { return comparePaths(a.path, b.path) })
	l.reportAbsent()
	c.findWriters()
	if ctx.Err() != nil {
		c.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Reading the sources was interrupted", Detail: fmt.Sprintf("Not all modules were read: %v.", context.Cause(ctx))})
	}
	return c, c.Take()
}

func openFiles(opts Options) (*files, error) {
	f := &files{limits: opts.Limits, edited: opts.Edited, read: map[string][]byte{}, names: map[string]string{}, paths: map[string]string{}, extra: map[string][]byte{}, points: map[string][]hcl.Pos{}}
	if opts.FS != nil {
		f.fsys, f.plain = opts.FS, true
		f.dir = path.Clean(filepath.ToSlash(opts.Dir))
		return f, nil
	}
	dir, err := found(opts.Dir)
	if err != nil {
		return nil, err
	}
	root := opts.Root
	if root == "" {
		var ok bool
		if root, ok = file.Repository(dir); !ok {
			root = dir
		}
	}
	if root, err = found(root); err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return nil, fmt.Errorf("the directory %s is not below %s; name a directory that holds it with --root", opts.Dir, root)
	}
	// os.Root follows symbolic links only as long as they stay below it.
	handle, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("open directory %s: %w", root, err)
	}
	f.fsys, f.dir, f.prefix, f.root = handle.FS(), filepath.ToSlash(rel), filepath.Clean(opts.Dir), "the repository"
	if opts.Root != "" {
		f.root = opts.Root
	} else if root == dir {
		f.root = "the directory of the sources"
	}
	return f, nil
}

// found is where a directory really is.
func found(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", fmt.Errorf("find directory %s: %w", dir, err)
	}
	return abs, nil
}

type loader struct {
	*Sources
	ctx      context.Context
	manifest map[string]record // by module path
	absent   []absentModule
	tried    map[string]*hclsyntax.Body // by path, nil for a file that cannot be read
	depth    int
	early    early
}

// More modules, or deeper ones, are a mistake or an attack.
const maxModuleDepth, maxModules = 30, 2000

// load reads the module at path and what it calls. It returns nil only for a root module that cannot be listed.
func (l *loader) load(modPath, dir string, parent *Module, remote bool) *Module {
	m := &Module{path: modPath, Dir: dir, parent: parent,
		Variables: map[string]*Variable{}, Locals: map[string]*hclsyntax.Attribute{}, Outputs: map[string]*hclsyntax.Body{},
		Calls: map[string]*ModuleCall{}, Resources: map[string]*Resource{}, Providers: map[string]*hclsyntax.Body{}, required: map[string]string{}}
	m.Remote = remote || strings.Contains(path.Join("/", dir)+"/", "/.terraform/modules/")
	primary, override, both, err := l.files.sourceFiles(dir, l.Options.Tool)
	if err != nil {
		if parent == nil {
			l.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Sources cannot be read",
				Detail: fmt.Sprintf("The directory %s cannot be listed: %s", l.files.Name(dir), Sentence(err))})
			return nil
		}
		return nil
	}
	l.Ambiguous = l.Ambiguous || both && l.Options.Tool == AnyTool
	l.Modules = append(l.Modules, m)
	for i, p := range append(primary, override...) {
		if l.ctx.Err() != nil {
			break
		}
		body, done := l.tried[p]
		if !done {
			if body = l.parsed[p]; body == nil {
				body = l.parse(p)
			}
			l.tried[p] = body
		}
		if body != nil {
			m.add(body, i >= len(primary), l.notes)
		} else {
			m.Broken = true
		}
	}
	if parent == nil {
		l.Root = m
		l.loadValues()
	}
	for _, n := range slices.Sorted(maps.Keys(m.Calls)) {
		l.call(m, m.Calls[n])
	}
	return m
}

// parse reads one source file; nil means that a diagnostic says why not.
func (l *loader) parse(p string) *hclsyntax.Body {
	name := l.files.Name(p)
	problem := func(detail string) *hclsyntax.Body {
		l.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Source file cannot be read",
			Detail: fmt.Sprintf("The file %s was left out: %s", name, detail)})
		return nil
	}
	src, err := l.files.Open(p)
	if err != nil {
		return problem(Sentence(err))
	}
	if Forged(src) {
		return problem("It holds the character U+E0A0, which keyproof uses for values that are not known.")
	}
	if notText(src) {
		return problem("It is no text; perhaps it is encrypted.")
	}
	if strings.HasSuffix(p, ".json") {
		body, d := parseJSONBody(l.files, src, name)
		if d != nil {
			l.AddNote(d)
			return nil
		}
		dropLongNumbers(src, body, l.AddNote)
		return body
	}
	if _, edited := l.edited[name]; !edited { // an edit is small, and of a file that could be read
		if why := l.files.readable(src); why != "" {
			return problem(why)
		}
	}
	noted := len(l.list)
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	for _, d := range diags {
		l.AddNote(d)
	}
	if diags.HasErrors() {
		return nil
	}
	body, _ := file.Body.(*hclsyntax.Body)
	dropLongNumbers(src, body, l.AddNote)
	if len(l.list) == noted {
		l.parsed[p] = body
	}
	return body
}

// call finds the sources of a module call.
func (l *loader) call(m *Module, c *ModuleCall) {
	modPath := c.Name
	if m.path != "" {
		modPath = m.path + "." + c.Name
	}
	c.source = l.early.source(m, c)
	local := isLocal(c.source)
	record, ok := l.manifest[modPath]
	ok = ok && record.fits(c)
	dir := record.dir
	if !ok && local {
		dir, ok = path.Join(m.Dir, c.source), true
	}
	for up := m; up != nil && ok; up = up.parent {
		if up.Dir == dir {
			l.WarnAt(c.Block.DefRange(), "Module that calls itself", fmt.Sprintf("The module %s is its own caller; it is not read.", modPath))
			return
		}
	}
	if len(l.Modules) >= maxModules {
		l.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Too many modules",
			Detail: fmt.Sprintf("There are more than %d modules. The others are not read; what they hold is unknown.", maxModules)})
		return
	}
	if l.depth >= maxModuleDepth {
		l.AddNote(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Modules are nested too deeply", Subject: c.Block.DefRange().Ptr(),
			Detail: fmt.Sprintf("The module %s is nested in more than %d others. It is not read; what it holds is unknown.", modPath, maxModuleDepth)})
		return
	}
	l.depth++
	if ok {
		c.Module = l.load(modPath, dir, m, m.Remote || !local)
	}
	if source := path.Join(m.Dir, c.source); c.Module == nil && local && source != dir {
		dir = source
		c.Module = l.load(modPath, dir, m, m.Remote) // the manifest is older than the sources
	}
	l.depth--
	switch {
	case c.Module != nil:
	case local:
		l.unreadable(c, modPath, dir)
	case c.source == "":
		said := "says no source"
		if s := l.early.said(c); s != "" {
			said = "takes its source from " + s
		}
		l.WarnAt(c.Block.DefRange(), "Module whose source is not known", fmt.Sprintf("The module %q %s, which is not known here. What it holds is unknown.", modPath, said))
	default:
		l.absent = append(l.absent, absentModule{c, modPath})
	}
}

// unreadable notes that the directory of a local module is not read: a warning where there is none, and else an error,
// because Terraform reads it.
func (l *loader) unreadable(c *ModuleCall, modPath, dir string) {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Module is not read", Subject: c.Block.DefRange().Ptr()}
	_, err := fs.Stat(l.fsys, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fs.ValidPath(dir) && !l.linked(dir):
		d.Severity, d.Summary = hcl.DiagWarning, "Module without sources"
		d.Detail = fmt.Sprintf("There is no directory %s, which module %q calls. What the module holds is unknown.", l.early.said(c), modPath)
	case l.plain:
		d.Detail = fmt.Sprintf("The directory of module %q (%s) is not among these sources. What it holds is unknown.", modPath, l.early.said(c))
		d.Severity = hcl.DiagWarning
	case err != nil:
		d.Detail = fmt.Sprintf("The directory of module %q (%s) lies outside of %s, below which files are read. Name a directory that holds both with --root.", modPath, l.early.said(c), l.root)
	default:
		d.Detail = fmt.Sprintf("The directory of module %q (%s) cannot be listed.", modPath, l.early.said(c))
	}
	l.AddNote(d)
}

// absentModule is a call of a module that is not installed.
type absentModule struct {
	call *ModuleCall
	path string
}

// maxNamed is how many names a message lists.
const maxNamed = 10

// reportAbsent notes all modules that are not installed at once: they have one cause.
func (l *loader) reportAbsent() {
	if len(l.absent) == 0 {
		return
	}
	first := l.absent[0]
	if len(l.absent) == 1 {
		l.WarnAt(first.call.Block.DefRange(), "Module without sources",
			fmt.Sprintf("The sources of module %q (%s) are not in .terraform/modules: run terraform init. What it holds is unknown.", first.path, l.early.said(first.call)))
		return
	}
	var names []string
	for i, a := range l.absent {
		if i == maxNamed {
			names = append(names, fmt.Sprintf("and %d more", len(l.absent)-i))
			break
		}
		names = append(names, fmt.Sprintf("%s (%s)", a.path, l.early.said(a.call)))
	}
	l.WarnAt(first.call.Block.DefRange(), "Modules without sources",
		fmt.Sprintf("The sources of %d modules are not in .terraform/modules: run terraform init. What they hold is unknown: %s.", len(l.absent), strings.Join(names, ", ")))
}
