package tfsource

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxSearched bounds how many files are searched for calls, maxCallText the bytes of those that are parsed for it.
const maxSearched, maxCallText = 2000, 1 << 20

// calledFromElsewhere says whether a source file in another directory calls the root module.
func (c *Sources) calledFromElsewhere() bool {
	if c.Root.Dir == "." {
		return false
	}
	known := c.Options.Callers
	if known == nil || c.Options.FS != nil {
		known = &Callers{}
	}
	return slices.ContainsFunc(known.in(c.root, c.fsys)[c.Root.Dir], func(dir string) bool { return dir != c.Root.Dir })
}

// in searches a directory, called root, unless that has been done.
func (k *Callers) in(root string, fsys fs.FS) map[string][]string {
	k.mu.Lock()
	found := k.below[root]
	if found == nil {
		if k.below == nil {
			k.below = map[string]*callers{}
		}
		found = &callers{}
		k.below[root] = found
	}
	k.mu.Unlock()
	found.search.Do(func() { found.of = localCalls(fsys) })
	return found.of
}

// localCalls finds the calls of local modules in the source files.
func localCalls(fsys fs.FS) map[string][]string {
	of := map[string][]string{}
	seen, parsed := 0, 0
	_ = fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil, seen > maxSearched:
			return fs.SkipAll // what was found until then is what is known
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.Type().IsRegular() || !sourceName(d.Name()):
			return nil
		}
		seen++
		if info, err := d.Info(); err != nil || !mayBeRead(info) { // a question by the name looks up every directory of it once more
			return nil
		}
		src, err := fs.ReadFile(fsys, p)
		if err != nil || !mayCall(src) {
			return nil
		}
		if parsed += len(src); parsed > maxCallText {
			return fs.SkipAll
		}
		for _, source := range callsIn(src, p) {
			to := path.Join(path.Dir(p), source)
			of[to] = append(of[to], path.Dir(p))
		}
		return nil
	})
	return of
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
