package scan

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// collector gathers inputs without repetition.
type collector struct {
	*run
	list []input
	seen map[input]bool
	// holds remembers whether a directory has sources, looked that it was looked through: a hook may name thousands of
	// files.
	holds, looked map[string]bool
	// beside are the sources of directories that have plans, too.
	beside []input
}

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

// nothingIn says what could be judged instead of a directory that holds neither sources nor plans.
func (c *collector) nothingIn(dir string) {
	if terragruntUnit(dir) {
		c.errorf("A unit of Terragrunt", terragruntRecipe, dir)
		return
	}
	roots := c.roots(dir)
	if unit := unitBelow(dir); len(roots) == 0 && unit != "" {
		c.errorf("A unit of Terragrunt", terragruntRecipe, unit)
		return
	}
	if len(roots) == 0 {
		c.errorf("Nothing to read", "The directory %s holds neither Terraform sources nor plans. "+
			"Make a plan with: terraform plan -out=tfplan && terraform show -json tfplan > plan.json", dir)
		return
	}
	some := strings.Join(roots[:min(len(roots), 3)], ", ")
	if len(roots) > 3 {
		some += ", …"
	}
	c.errorf("Nothing to read", "The directory %s itself holds neither Terraform sources nor plans. Below it, %s Terraform sources (%s). "+
		"Name the ones to judge, or judge all of them with: keyproof check --recursive %s", dir, holding(len(roots)), some, dir)
}

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

func (c *collector) holdsSources(dir string) bool {
	known, ok := c.holds[dir]
	if !ok {
		known = holdsSources(dir)
		c.holds[dir] = known
	}
	return known
}

func holding(n int) string {
	if n == 1 {
		return "1 directory holds"
	}
	return fmt.Sprintf("%d directories hold", n)
}

// terragruntUnit says whether a directory is a unit, or a stack of units, of Terragrunt, whose sources are generated.
func terragruntUnit(dir string) bool {
	for _, name := range []string{"terragrunt.hcl", "terragrunt.hcl.json", "terragrunt.stack.hcl"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// unitBelow is the first unit of Terragrunt below a directory, "" where there is none.
func unitBelow(top string) string {
	unit, seen := "", 0
	filepath.WalkDir(filepath.Clean(top), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() && path != filepath.Clean(top) && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir():
			return nil
		case terragruntUnit(path):
			unit = path
			return fs.SkipAll
		}
		if seen++; seen > maxFound {
			return fs.SkipAll
		}
		return nil
	})
	return unit
}

// terragruntRecipe is what to do in a unit of Terragrunt.
const terragruntRecipe = "%s holds terragrunt.hcl and no Terraform sources: Terragrunt generates them into its cache. Judge the plan of the unit; run in it:\n" +
	"    terragrunt plan -out=\"$PWD/tfplan\"\n    terragrunt show -json \"$PWD/tfplan\" > plan.json\n    keyproof check --source tfplan plan.json\n" +
	"For all units: terragrunt run --all plan --json-out-dir \"$PWD/plans\", then keyproof check on the files in it."

// maxFound bounds how many directories are looked at.
const maxFound = 100_000

// localSource finds the sources of modules that are directories; a comment that looks so leaves out no more than a
// directory that is called all the same, or judges one that is not.
var localSource = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[ \t]*"?source"?[ \t]*[:=][ \t]*"(\.\.?(?:/[^"$%]*)?)"`)
})
