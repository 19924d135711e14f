package scan

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// below adds every directory of sources in a tree that is no module of another one there, with the plans in it: modules
// are judged where they are called.
func (c *collector) below(dir string) {
	roots := c.roots(dir)
	if len(roots) == 0 {
		c.directory(dir)
	}
	for _, r := range roots {
		c.directory(r)
	}
}

// maxFound bounds how many directories are looked at.
const maxFound = 100_000

// roots are the directories of sources in a tree that no other one of them calls as a module, in order. Hidden directories,
// such as .terraform, and links are passed over.
func (c *collector) roots(top string) []string {
	var found []string
	called := map[string]bool{}
	seen := 0
	err := filepath.WalkDir(filepath.Clean(top), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			c.errorf("Cannot be read", "%s: %s.", path, reason(err))
			return fs.SkipDir
		case !d.IsDir():
			return nil
		case path != filepath.Clean(top) && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		}
		if seen++; seen > maxFound {
			return fs.SkipAll
		}
		if c.holdsSources(path) {
			found = append(found, path)
			for _, m := range localModules(path) {
				called[m] = true
			}
		}
		return nil
	})
	if err != nil || seen > maxFound {
		c.errorf("Too many directories", "%s has more than %d directories. Name those to judge.", top, maxFound)
	}
	return slices.DeleteFunc(found, func(dir string) bool { return called[dir] })
}

// localSource finds the sources of modules that are directories; a comment that looks so leaves out no more than a
// directory that is called all the same, or judges one that is not.
var localSource = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ \t]*"?source"?[ \t]*[:=][ \t]*"(\.\.?(?:/[^"$%]*)?)"`)
})

// localModules are the directories that the sources in a directory call as modules.
func localModules(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if !e.Type().IsRegular() || !sourceFile(e.Name()) || valuesFile(e.Name()) {
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			continue // the run that judges the directory says so
		}
		for _, m := range localSource().FindAllSubmatch(src, -1) {
			if to := filepath.Join(dir, filepath.FromSlash(string(m[1]))); to != dir {
				out = append(out, to)
			}
		}
	}
	return out
}
