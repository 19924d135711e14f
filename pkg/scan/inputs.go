package scan

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/keyproof/keyproof/pkg/config"
)

// input is one thing to judge: a file, the standard input, or a directory of sources.
type input struct {
	path    string
	sources bool
	// values is a file with values of variables for the sources, "" for those that Terraform loads by itself.
	values string
}

// called is how messages and reports name an input.
func (in input) called() string {
	switch {
	case in.path == "-":
		return "standard input"
	case in.values != "":
		return in.values
	}
	return in.path
}

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

// inputs are what the paths stand for: a source file for its directory, a directory for the plans in it, else for its
// sources. The second result are the sources beside plans.
func (r *run) inputs() (list, beside []input) {
	c := &collector{run: r, seen: map[input]bool{}, holds: map[string]bool{}, looked: map[string]bool{}}
	for _, p := range r.Paths {
		switch p {
		case "-":
			c.add(input{path: p})
		case "":
			r.errorf("An empty path", `One of the paths is empty (""), perhaps a shell variable that is not set. `+
				"Give a plan JSON, a directory of Terraform sources, or - for the standard input.")
		default:
			for _, one := range r.expand(p) {
				c.path(one)
			}
		}
	}
	return c.list, c.beside
}

func (c *collector) add(in input) {
	if !c.seen[in] {
		c.seen[in] = true
		c.list = append(c.list, in)
	}
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
	case !info.IsDir() && sourceFile(p):
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
		c.warnf("Values judged with the sources above", "%s holds values of variables, and its directory no sources. It was judged as --var-file of the nearest sources above, those in %s.", p, above)
	}
	c.add(in)
}

// sourcesAbove is the nearest directory with sources above one, within the repository.
func (c *collector) sourcesAbove(dir string) (string, bool) {
	top, ok := config.Repository(dir)
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

// nothingIn says what could be judged instead of a directory that holds neither sources nor plans.
func (c *collector) nothingIn(dir string) {
	if terragruntUnit(dir) {
		c.errorf("A unit of Terragrunt", terragruntRecipe, dir)
		return
	}
	roots := c.roots(dir)
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

func holding(n int) string {
	if n == 1 {
		return "1 directory holds"
	}
	return fmt.Sprintf("%d directories hold", n)
}

func (c *collector) holdsSources(dir string) bool {
	known, ok := c.holds[dir]
	if !ok {
		known = holdsSources(dir)
		c.holds[dir] = known
	}
	return known
}

func holdsSources(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if n := e.Name(); !e.IsDir() && sourceFile(n) && !valuesFile(n) {
			return true
		}
	}
	return false
}

func valuesFile(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(path, ".json"), ".tfvars")
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

// terragruntRecipe is what to do in a unit of Terragrunt.
const terragruntRecipe = "%s holds terragrunt.hcl and no Terraform sources: Terragrunt generates them into its cache. Judge the plan of the unit; run in it:\n" +
	"    terragrunt plan -out=\"$PWD/tfplan\"\n    terragrunt show -json \"$PWD/tfplan\" > plan.json\n    keyproof check --source tfplan plan.json\n" +
	"For all units: terragrunt run --all plan --json-out-dir \"$PWD/plans\", then keyproof check on the files in it."

// reason is an error of the file system without the path, which the message has already.
func reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}
