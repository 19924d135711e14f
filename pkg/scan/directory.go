package scan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/tfplan"
)

// directory adds what a directory holds: its plans, and its sources where no plan turns out to be made of them.
func (c *collector) directory(dir string) {
	dir = filepath.Clean(dir)
	if c.looked[dir] {
		return
	}
	c.looked[dir] = true
	sources := c.holdsSources(dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		c.errorf("Cannot be read", "%s: %s.", dir, reason(err))
		return
	}
	var documents []string
	binaries, before := 0, len(c.list)
	for _, e := range entries {
		if e.IsDir() || sourceFile(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch kind, ok := c.look(path, e, sources); {
		case !ok, sources && (kind == tfplan.State || kind == tfplan.Unreadable):
		case kind == tfplan.Plan, kind == tfplan.State, kind == tfplan.Broken, kind == tfplan.Unreadable && namedJSON(path):
			c.add(input{path: path})
		case kind == tfplan.Policy:
			documents = append(documents, path)
		case kind == tfplan.Binary:
			binaries++
		}
	}
	switch found := len(c.list) - before; {
	case sources && found > 0:
		c.beside = append(c.beside, input{path: dir, sources: true})
	case sources:
		c.add(input{path: dir, sources: true})
	case binaries > found:
		c.errorf("Binary plans alone", "%s holds more binary plans (%d) than JSON made of them (%d), and only the JSON has values. Where the plan was made, for each of them: "+
			"terraform show -json tfplan > plan.json", dir, binaries, found)
	case len(documents) > 0 && (found == 0 || c.Kind != ""):
		for _, path := range documents {
			c.add(input{path: path})
		}
	case found == 0:
		c.nothingIn(dir)
	}
}

// look says what a file of a directory is, false where that does not matter or was told already. Links are followed
// inside of the root.
func (c *collector) look(path string, e os.DirEntry, besideSources bool) (tfplan.Kind, bool) {
	unread := func(why string) (tfplan.Kind, bool) {
		if namedJSON(path) || !besideSources && e.Type().IsRegular() {
			c.errorf("Cannot be read", "%s may be a plan, and %s.", path, why)
		}
		return tfplan.Other, false
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return unread("cannot be looked at: " + reason(err))
	case !info.Mode().IsRegular():
		return tfplan.Other, false
	case !e.Type().IsRegular() && !c.inside(path):
		return unread("is a link that leads out of the repository or directory: name the plan itself, or a directory that holds both with --root")
	}
	f, err := os.Open(path)
	if err != nil {
		return unread("cannot be opened: " + reason(err))
	}
	defer f.Close()
	return tfplan.Look(f, c.bounds.plan), true
}

// namedJSON says whether a name promises JSON.
func namedJSON(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(path, ".gz"), ".json")
}

// unfitted are those of the sources beside plans that are judged alone, because none of the plans is made of them. Nobody
// vouches for a plan that lies beside sources of an author who is not trusted.
func (r *run) unfitted(sources []input, judged []*judging) []input {
	var out []input
	for _, in := range sources {
		fits := func(j *judging) bool { return j != nil && j.complete && j.joined.Path == r.name(in.path) }
		switch {
		case r.onlyPlans(), !r.Untrusted && slices.ContainsFunc(judged, fits):
		case r.NewOnly:
			r.errorf("No plan of the sources", "--new-only needs a plan, and none in %s is made of the sources there, which do not say what was there before.", in.path)
		default:
			out = append(out, in)
		}
	}
	return out
}

// onlyPlans says that no sources are to be used beside plans.
func (r *run) onlyPlans() bool {
	names := r.SourceDirs()
	return len(r.Sources) > 0 && len(names) == 0 && !r.Untrusted
}

func (c *collector) add(in input) {
	if !c.seen[in] {
		c.seen[in] = true
		c.list = append(c.list, in)
	}
}

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
