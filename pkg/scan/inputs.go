package scan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// input is one thing to judge: a file, the standard input, or a directory of sources.
type input struct {
	path    string
	sources bool
}

// inputs are what the paths stand for: a source file for its directory, a directory with sources for itself, another
// directory for the files in it.
func (r *run) inputs() []input {
	var out []input
	add := func(in input) {
		if !slices.Contains(out, in) {
			out = append(out, in)
		}
	}
	for _, p := range r.Paths {
		if p == "-" {
			add(input{path: p})
			continue
		}
		for _, one := range r.expand(p) {
			r.expandPath(one, add)
		}
	}
	return out
}

// expand resolves a pattern that the shell left alone.
func (r *run) expand(p string) []string {
	if _, err := os.Lstat(p); err == nil || !strings.ContainsAny(p, "*?[") {
		return []string{p}
	}
	found, err := filepath.Glob(p)
	if err != nil || len(found) == 0 {
		r.errorf("Nothing matches", "No file matches %s. Give a plan JSON, a directory of Terraform sources, or - for the standard input.", p)
		return nil
	}
	return found
}

func (r *run) expandPath(p string, add func(input)) {
	info, err := os.Stat(p)
	switch {
	case err != nil:
		r.errorf("Cannot be read", "%s: %s. Give a plan JSON, a directory of Terraform sources, or - for the standard input.", p, reason(err))
	case !info.IsDir() && sourceFile(p):
		add(input{path: filepath.Clean(filepath.Dir(p)), sources: true})
	case !info.IsDir() && !info.Mode().IsRegular():
		r.errorf("Not a regular file", "%s is neither a file nor a directory. For a pipe, give - and redirect it to the standard input.", p)
	case !info.IsDir():
		add(input{path: p})
	case holdsSources(p):
		add(input{path: filepath.Clean(p), sources: true})
	default:
		r.plansIn(p, add)
	}
}

func holdsSources(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		n := e.Name()
		return !e.IsDir() && sourceFile(n) && !strings.HasSuffix(strings.TrimSuffix(n, ".json"), ".tfvars")
	})
}

// plansIn adds the plans of a directory without sources: its JSON files, compressed ones too.
func (r *run) plansIn(dir string, add func(input)) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		r.errorf("Cannot be read", "%s: %s.", dir, reason(err))
		return
	}
	found := false
	for _, e := range entries {
		n := strings.TrimSuffix(e.Name(), ".gz")
		if e.Type().IsRegular() && strings.HasSuffix(n, ".json") {
			add(input{path: filepath.Join(dir, e.Name())})
			found = true
		}
	}
	if !found {
		r.errorf("Nothing to read", "The directory %s holds neither Terraform sources nor plans. "+
			"Make a plan with: terraform plan -out=tfplan && terraform show -json tfplan > plan.json", dir)
	}
}

// reason is an error of the file system without the path, which the message has already.
func reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}
