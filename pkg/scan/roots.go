package scan

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/tfsource"
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

// roots are the directories of sources in a tree, in order, but for the modules that others of them call. Hidden directories,
// such as .terraform, are passed over; a link counts where what it leads to is not in the tree by itself.
func (c *collector) roots(top string) []string {
	var found, links []string
	seen := 0
	err := filepath.WalkDir(filepath.Clean(top), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			c.errorf("Cannot be read", "%s: %s.", path, reason(err))
			return fs.SkipDir
		case d.Type()&fs.ModeSymlink != 0:
			links = append(links, path)
			return nil
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
		}
		return nil
	})
	if err != nil || seen > maxFound {
		c.errorf("Too many directories", "%s has more than %d directories. Name those to judge.", top, maxFound)
	}
	return c.uncalled(found, links)
}

// uncalled leaves out the directories that others call as modules, and that nothing says are applied as they are. Those that
// only call one another stay.
func (c *collector) uncalled(found, links []string) []string {
	calls := map[string][]string{} // by what the path really is: the directories that the sources call
	for _, dir := range found {
		calls[absolute(dir)] = callsOf(dir)
	}
	for _, path := range links {
		if real := absolute(path); calls[real] != nil || !c.holdsSources(path) {
			continue
		} else if !c.inside(path) {
			c.errorf("Cannot be read", "%s is a link that leads out of the repository or directory, to sources: name it, or a directory that holds both with --root.", path)
		} else {
			found = append(found, path)
			calls[real] = callsOf(path)
		}
	}
	slices.Sort(found)
	called := map[string]bool{}
	for from, all := range calls {
		for _, to := range all {
			called[to] = called[to] || to != from
		}
	}
	judged := map[string]bool{}
	var judge func(real string)
	judge = func(real string) {
		if !judged[real] {
			judged[real] = true
			for _, to := range calls[real] {
				judge(to)
			}
		}
	}
	left := slices.DeleteFunc(slices.Clone(found), func(dir string) bool { return called[absolute(dir)] && !applied(dir) })
	for _, dir := range left {
		judge(absolute(dir))
	}
	for _, dir := range found {
		if real := absolute(dir); !judged[real] {
			left = append(left, dir)
			judge(real)
		}
	}
	slices.Sort(left)
	return left
}

// inside says whether what a path leads to lies below the root: the one that was named, the repository, or the
// directory itself.
func (c *collector) inside(path string) bool {
	root := absolute(filepath.Dir(path))
	if repository, ok := file.Repository(root); ok {
		root = repository
	}
	if c.Root != "" {
		root = absolute(c.Root)
	}
	return file.Below(absolute(path), root)
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

// callsOf are the directories that the source files in one call as modules, as these really are; never nil.
func callsOf(dir string) []string {
	calls := []string{}
	for _, name := range sourceFiles(dir) {
		for _, source := range tfsource.Calls(os.DirFS(dir), name) {
			calls = append(calls, absolute(filepath.Join(dir, filepath.FromSlash(source))))
		}
	}
	return calls
}

// applied says whether a directory is applied as it is, whoever calls it: it has a backend or a provider, or Terraform was
// initialised there.
func applied(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, ".terraform.lock.hcl")); err == nil {
		return true
	}
	return slices.ContainsFunc(sourceFiles(dir), func(name string) bool { return tfsource.Applies(os.DirFS(dir), name) })
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

func terragruntFiles() []string {
	return []string{"terragrunt.hcl", "terragrunt.hcl.json", "terragrunt.stack.hcl"}
}

// terragruntUnit says whether a directory is a unit, or a stack of units, of Terragrunt, whose sources are generated.
func terragruntUnit(dir string) bool {
	return slices.ContainsFunc(terragruntFiles(), func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && !info.IsDir()
	})
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
