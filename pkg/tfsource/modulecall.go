package tfsource

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// call finds the sources of a module call.
func (l *loader) call(m *Module, c *ModuleCall) {
	modPath := c.Name
	if m.path != "" {
		modPath = m.path + "." + c.Name
	}
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
		l.WarnAt(c.Block.DefRange(), "Modules are nested too deeply", fmt.Sprintf("The module %s is not read; what it holds is unknown.", modPath))
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
	default:
		l.absent = append(l.absent, absentModule{c, modPath})
	}
}

// isLocal says whether the source of a module call is a directory beside it.
func isLocal(source string) bool {
	return strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".."
}

// unreadable notes that the directory of a local module is not read: a warning where there is none, and else an error,
// because Terraform reads it.
func (l *loader) unreadable(c *ModuleCall, modPath, dir string) {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Module is not read", Subject: c.Block.DefRange().Ptr()}
	_, err := fs.Stat(l.fsys, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && fs.ValidPath(dir) && !l.linked(dir):
		d.Severity, d.Summary = hcl.DiagWarning, "Module without sources"
		d.Detail = fmt.Sprintf("There is no directory %s, which module %q calls. What the module holds is unknown.", c.source, modPath)
	case l.plain:
		d.Detail = fmt.Sprintf("The directory of module %q (%s) is not among these sources. What it holds is unknown.", modPath, c.source)
		d.Severity = hcl.DiagWarning
	case err != nil:
		d.Detail = fmt.Sprintf("The directory of module %q (%s) lies outside of %s, below which files are read. Name a directory that holds both with --root.", modPath, c.source, l.root)
	default:
		d.Detail = fmt.Sprintf("The directory of module %q (%s) cannot be listed.", modPath, c.source)
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
			fmt.Sprintf("The sources of module %q (%s) are not in .terraform/modules: run terraform init. What it holds is unknown.", first.path, first.call.source))
		return
	}
	var names []string
	for i, a := range l.absent {
		if i == maxNamed {
			names = append(names, fmt.Sprintf("and %d more", len(l.absent)-i))
			break
		}
		names = append(names, fmt.Sprintf("%s (%s)", a.path, a.call.source))
	}
	l.WarnAt(first.call.Block.DefRange(), "Modules without sources",
		fmt.Sprintf("The sources of %d modules are not in .terraform/modules: run terraform init. What they hold is unknown: %s.", len(l.absent), strings.Join(names, ", ")))
}
