package scan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/file"
)

// inputs are what the paths stand for: a source file for its directory, a directory for the plans in it, else for its
// sources. The second result are the sources beside plans.
func (r *run) inputs() (list, beside []input) {
	c := &collector{run: r, seen: map[input]bool{}, holds: map[string]bool{}, looked: map[string]bool{}}
	for _, p := range r.Paths {
		switch {
		case p == "-":
			c.add(input{path: p})
		case strings.TrimSpace(p) == "":
			r.errorf("An empty path", "One of the paths is empty (%q), perhaps a shell variable that is not set. "+
				"Give a plan JSON, a directory of Terraform sources, or - for the standard input.", p)
		default:
			for _, one := range r.expand(p) {
				c.path(one)
			}
		}
	}
	return c.list, c.beside
}

// expand resolves a pattern that the shell left alone.
func (r *run) expand(p string) []string {
	if !strings.ContainsAny(p, "*?[") {
		return []string{p}
	}
	if _, err := os.Lstat(p); err == nil {
		return []string{p}
	}
	found, err := filepath.Glob(p)
	if err != nil || len(found) == 0 {
		r.errorf("Nothing matches", "No file matches %s. Give a plan JSON, a directory of Terraform sources, or - for the standard input.", p)
		return nil
	}
	return found
}

func (c *collector) path(p string) {
	info, err := os.Stat(p)
	switch {
	case err != nil:
		c.errorf("Cannot be read", "%s: %s. Give a plan JSON, a directory of Terraform sources, or - for the standard input.", p, reason(err))
	case !info.IsDir() && valuesFile(p):
		c.values(p)
	case !info.IsDir() && (sourceFile(p) || slices.Contains(terragruntFiles(), filepath.Base(p))):
		c.directory(filepath.Dir(p))
	case !info.IsDir() && !info.Mode().IsRegular():
		c.errorf("Not a regular file", "%s is neither a file nor a directory. For a pipe, give - and redirect it to the standard input.", p)
	case !info.IsDir():
		c.add(input{path: p})
	case c.Recursive:
		c.below(p)
	default:
		c.directory(p)
	}
}

// values adds the sources that a file with values of variables is for: those beside it, else the nearest ones above, which
// are judged with it. A file that Terraform loads by itself adds nothing to those beside it.
func (c *collector) values(p string) {
	dir := filepath.Dir(p)
	if err := c.stays(p); err != nil {
		c.errorf("Variable file cannot be read", "It was left out: %v.", err)
		return
	}
	if c.holdsSources(dir) {
		if name := filepath.Base(p); strings.HasPrefix(name, "terraform.tfvars") || strings.Contains(name, ".auto.tfvars") {
			c.directory(dir)
			return
		}
		c.add(input{path: dir, sources: true, values: filepath.Clean(p)})
		return
	}
	above, ok := c.sourcesAbove(dir)
	if !ok {
		c.errorf("Values without sources", "%s holds values of variables, and neither its directory nor one above it in the repository holds Terraform sources. "+
			"Name the sources and the values: keyproof check --var-file %s DIR", p, p)
		return
	}
	in := input{path: above, sources: true, values: filepath.Clean(p)}
	if !c.seen[in] {
		c.warnf("Values judged with the sources above", "%s holds values of variables, and its directory no sources. It was judged as --var-file of the sources in %s, the nearest above.", p, above)
	}
	c.add(in)
}

// sourcesAbove is the nearest directory with sources above one, within the repository.
func (c *collector) sourcesAbove(dir string) (string, bool) {
	top, ok := file.Repository(dir)
	if !ok {
		return "", false
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for abs != top && abs != filepath.Dir(abs) {
		abs, dir = filepath.Dir(abs), filepath.Join(dir, "..")
		if c.holdsSources(abs) {
			return filepath.Clean(dir), true
		}
	}
	return "", false
}
