package tfsource

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Questions of functions about files: is it there, which are there. What lies in a directory now need not be what Terraform
// saw, and a link may lead elsewhere on another machine.

// ErrPattern says that a pattern of file names is malformed.
var ErrPattern = errors.New("syntax error in pattern")

// Presence says whether a file that a function asks for, a path inside, is a regular file. sure is false where another
// answer was, or will be, given to Terraform.
func (c *Sources) Presence(p string) (info fs.FileInfo, sure bool) {
	if c.Options.Snapshot || c.linked(p) || c.made(p) {
		return nil, false
	}
	info, err := fs.Stat(c.fsys, p)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, syscall.ENOTDIR) {
		return nil, false
	}
	return info, true
}

// maxListed bounds how many files Glob looks at.
const maxListed = 20_000

// Glob lists the files that Terraform's fileset finds with a pattern, a path inside: names relative to dir, sorted. sure
// is false where that cannot be said.
func (c *Sources) Glob(dir, pattern string) (names []string, sure bool, err error) {
	if c.Options.Snapshot || strings.ContainsAny(dir, `*?[{\`) {
		return nil, false, nil
	}
	full := path.Join(dir, pattern)
	if !fs.ValidPath(full) {
		return nil, false, nil
	}
	g := glob{c: c, found: map[string]bool{}, sure: true}
	parts := strings.Split(full, "/")
	for _, p := range parts {
		if _, err := matchName(p, "x"); err != nil {
			return nil, true, err
		}
	}
	g.walk(".", parts)
	for p := range g.found {
		names = append(names, relative(dir, p))
	}
	slices.Sort(names)
	return names, g.sure, nil
}

// relative is the path p as seen from a directory, both inside.
func relative(dir, p string) string {
	up := ""
	for dir != "." {
		if rest, ok := strings.CutPrefix(p, dir+"/"); ok {
			return up + rest
		}
		dir, up = path.Dir(dir), up+"../"
	}
	return up + p
}

type glob struct {
	c     *Sources
	found map[string]bool
	seen  int
	sure  bool
}

// walk takes the files below a directory that the rest of a pattern fits.
func (g *glob) walk(dir string, parts []string) {
	if len(parts) > 1 && !strings.ContainsAny(parts[0], `*?[{\`) {
		next := path.Join(dir, parts[0])
		info, err := fs.Stat(g.c.fsys, next)
		switch {
		case g.c.linked(next) || g.c.made(next):
			g.sure = false
		case err == nil && info.IsDir():
			g.walk(next, parts[1:])
		}
		return
	}
	deep := parts[0] == "**"
	if deep && len(parts) > 1 {
		g.walk(dir, parts[1:])
	}
	for _, e := range g.c.entries(dir) {
		if g.seen++; g.seen > maxListed {
			g.sure = false
			return
		}
		p := path.Join(dir, e.Name())
		fits, _ := matchName(parts[0], e.Name())
		fits = fits || deep
		last := len(parts) == 1
		switch {
		case !fits, e.Type().IsRegular() && !last:
		case e.Type()&fs.ModeSymlink != 0, g.c.made(p):
			g.sure = false
		case e.IsDir() && deep:
			g.walk(p, parts)
		case e.IsDir() && !last:
			g.walk(p, parts[1:])
		case e.Type().IsRegular() && last:
			g.found[p] = true
		}
	}
}

// matchName matches one name with *, ?, classes, escapes and {a,b}, which may not be nested.
func matchName(pattern, name string) (bool, error) {
	open := strings.IndexByte(pattern, '{')
	if open < 0 || open > 0 && pattern[open-1] == '\\' {
		if strings.IndexByte(pattern, '}') >= 0 && open < 0 {
			return false, ErrPattern
		}
		ok, err := path.Match(pattern, name)
		if err != nil {
			return false, ErrPattern
		}
		return ok, nil
	}
	end := strings.IndexByte(pattern[open:], '}')
	if end < 0 || strings.IndexByte(pattern[open+1:open+end], '{') >= 0 {
		return false, ErrPattern
	}
	for _, alt := range strings.Split(pattern[open+1:open+end], ",") {
		if ok, err := matchName(pattern[:open]+alt+pattern[open+end+1:], name); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// linked says whether a path inside goes through a symbolic link.
func (f *files) linked(p string) bool {
	at := ""
	for _, step := range strings.Split(p, "/") {
		at = path.Join(at, step)
		if info, err := fs.Lstat(f.fsys, at); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

// made says whether a run of Terraform itself may make the file: plans, states, logs, its own directory, and what objects
// of these sources write.
func (c *Sources) made(p string) bool {
	base := path.Base(p)
	if p == "." {
		return false
	}
	for _, step := range strings.Split(p, "/") {
		if strings.HasPrefix(step, ".terraform") || strings.HasPrefix(step, ".terragrunt") {
			return true
		}
	}
	return strings.Contains(strings.ToLower(base), "plan.") || c.Rewritten(p) || slices.ContainsFunc(c.writers, func(r *Resource) bool { return c.writes(r, base) })
}

// Rewritten says whether the text of a file, a path inside, need not be what Terraform read: what a run of Terraform or of
// keyproof leaves behind. A link is what it leads to.
func (c *Sources) Rewritten(p string) bool {
	for range 8 {
		target, err := fs.ReadLink(c.fsys, p)
		if err != nil {
			break
		}
		p = path.Join(path.Dir(p), target)
	}
	inner := strings.Contains("/"+p, "/.terraform/") && !strings.Contains("/"+p, "/.terraform/modules/")
	return inner || leftBehind(strings.ToLower(path.Base(p))) || c.isOfRun(p) || c.holdsRun(p)
}

// leftBehind says whether a file of that name is a plan, a state, a log or a report, whatever it holds. What else is called a
// plan may be the policy of one, and tells by what it holds.
func leftBehind(name string) bool {
	for _, part := range []string{"tfplan", "tfstate", "crash.log", "plan.txt"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return name == "plan" || slices.Contains([]string{".log", ".out", ".plan", ".sarif"}, path.Ext(name))
}

// isOfRun says whether the file is one of those that this run is about.
func (c *Sources) isOfRun(p string) bool {
	info, err := fs.Stat(c.fsys, p)
	return err == nil && slices.ContainsFunc(c.Options.OfRun, func(name string) bool {
		other, err := os.Stat(name)
		return err == nil && os.SameFile(info, other)
	})
}

// findWriters collects the resources that may write files.
func (c *Sources) findWriters() {
	for _, m := range c.Modules {
		for _, r := range m.Order {
			switch {
			case r.Type == "local_file", r.Type == "local_sensitive_file", r.Type == "archive_file", r.Type == "external",
				slices.ContainsFunc(r.Body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == "provisioner" }):
				c.writers = append(c.writers, r)
			}
		}
	}
}

// holdsRun says whether the content of a file is a plan, a state, or a report of keyproof or, as SARIF, of another program.
func (c *Sources) holdsRun(p string) bool {
	if info, err := fs.Stat(c.fsys, p); err != nil || !info.Mode().IsRegular() {
		return false
	}
	file, err := c.fsys.Open(p)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 4096)
	n, err := file.Read(head)
	if err != nil {
		return false
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return true
	}
	for _, word := range []string{`"format_version"`, `"terraform_version"`, `"applyable"`, `"planned_values"`, `"resource_changes"`, `"lineage"`, `"@message"`, `"keyproof"`} {
		if bytes.Contains(head, []byte(word)) {
			return true
		}
	}
	return otherReport().Match(head)
}

// otherReport is how reports begin that do not name keyproof in quotes: SARIF of any program, and keyproof's for GitLab, Markdown
// and HTML.
var otherReport = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^\s*(?:\{\s*"\$schema":\s*"[^"]*sarif|\[\s*\{\s*"description":\s*"(?:[^"\\]|\\.)*",\s*"check_name":|<!-- keyproof\b|<!doctype html>.*<title>[^<]* - keyproof )`)
})

// writes says whether an object of the sources may write a file of that name: one of the providers local and archive, or
// a program that it runs.
func (c *Sources) writes(r *Resource, base string) bool {
	switch r.Type {
	case "local_file", "local_sensitive_file", "archive_file":
		for _, name := range []string{"filename", "output_path"} {
			if a := r.Body.Attributes[name]; a != nil {
				return !fixedName(a.Expr) || path.Base(strings.Trim(string(c.SourceText(a.Expr.Range())), `"`)) == base
			}
		}
		return false
	case "external":
		return names(c.SourceText(BlockRange(r.Block)), base)
	}
	return slices.ContainsFunc(r.Body.Blocks, func(b *hclsyntax.Block) bool {
		return b.Type == "provisioner" && names(c.SourceText(BlockRange(b)), base)
	})
}

// names says whether a text holds a file's name as a word.
func names(text []byte, base string) bool {
	return slices.Contains(strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" \t\n\"'/\\=<>|&;()${},", r) }), base)
}

// fixedName says whether the end of a file name is written, whatever directory it is in.
func fixedName(x hclsyntax.Expression) bool {
	for _, t := range x.Variables() {
		if t.RootName() != "path" {
			return false
		}
	}
	return true
}

// Inside turns a path as sources write it (relative to the root module) into a path inside the files.
func (c *Sources) Inside(p string) (string, bool) {
	p = filepath.ToSlash(p)
	if strings.HasPrefix(p, "~") {
		return p, false // a home directory
	}
	if !path.IsAbs(p) {
		p = path.Join(c.Root.Dir, p)
		return p, fs.ValidPath(p)
	}
	abs, err := filepath.Abs(c.Options.Dir)
	if err != nil || c.Options.FS != nil {
		return p, false
	}
	rel, err := filepath.Rel(abs, filepath.FromSlash(p))
	if err != nil {
		return p, false
	}
	p = path.Join(c.Root.Dir, filepath.ToSlash(rel))
	return p, fs.ValidPath(p)
}
