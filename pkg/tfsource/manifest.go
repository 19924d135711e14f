package tfsource

import (
	"encoding/json"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-version"
)

// record says where a module lies.
type record struct {
	dir    string  // inside the files
	source *string // what the call said when it was installed, nil where that is not recorded
	// version is the release that was installed, "" for none.
	version string
	// installed says that the directory is one that modules are installed in.
	installed bool
}

// fits says whether the record is about what a call asks for: Terraform installs anew otherwise.
func (r record) fits(c *ModuleCall) bool {
	if r.source == nil {
		return true
	}
	if !sameSource(*r.source, c.source) || !isLocal(c.source) && !r.installed {
		return false
	}
	asked := LiteralString(c.Body.Attributes["version"])
	if asked == "" || r.version == "" {
		return true
	}
	wanted, err := version.NewConstraint(asked)
	if err != nil {
		return false // Terraform refuses it
	}
	installed, err := version.NewVersion(r.version)
	return err == nil && wanted.Check(installed)
}

// manifest returns the records of modules by module path, as terraform init or the plan wrote them.
func (f *files) manifest(opts Options) map[string]record {
	out := map[string]record{}
	if opts.ModuleDirs != nil {
		for k, d := range opts.ModuleDirs {
			out[k] = record{dir: path.Clean(filepath.ToSlash(d))}
		}
		if r, ok := out[""]; ok {
			f.dir = r.dir
		}
		return out
	}
	data := ".terraform"
	if d := lookupEnv(opts.Env, "TF_DATA_DIR"); d != "" && !filepath.IsAbs(d) {
		data = filepath.ToSlash(d)
	}
	b, err := f.Open(path.Join(f.dir, data, "modules/modules.json"))
	if err != nil {
		return out
	}
	var manifest struct {
		Modules []struct{ Key, Source, Version, Dir string }
	}
	if json.Unmarshal(b, &manifest) != nil {
		return out
	}
	for _, m := range manifest.Modules {
		if m.Key == "" || m.Dir == "" || filepath.IsAbs(m.Dir) {
			continue
		}
		dir := path.Clean(filepath.ToSlash(m.Dir))
		out[m.Key] = record{dir: path.Join(f.dir, dir), source: &m.Source, version: m.Version, installed: strings.HasPrefix(dir, path.Join(data, "modules")+"/")}
	}
	return out
}

// sameSource says whether the record of an installed module is about the source that a call names. Records write
// sources in full: with the registry's host, and shorthands as what they stand for.
func sameSource(recorded, called string) bool {
	if isLocal(recorded) || isLocal(called) {
		return isLocal(recorded) && isLocal(called) && path.Clean(recorded) == path.Clean(called)
	}
	return essence(recorded) == essence(called)
}

// essence is a remote source without the parts that a shorthand leaves out.
func essence(source string) string {
	source, query, _ := strings.Cut(source, "?")
	for _, prefix := range []string{"git::", "https://", "http://", "ssh://", "git@", "registry.terraform.io/", "registry.opentofu.org/"} {
		source = strings.TrimPrefix(source, prefix)
	}
	source = strings.ReplaceAll(strings.ReplaceAll(source, ".git", ""), ":", "/")
	return strings.ToLower(strings.Trim(source, "/")) + "?" + query
}

// lookupEnv returns the last value of a variable in an environment as os.Environ gives it.
func lookupEnv(env []string, name string) string {
	out := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			out = v
		}
	}
	return out
}

// WorkspaceName is the workspace that Terraform would work in, "" where nothing tells it.
func (c *Sources) WorkspaceName() string {
	name := lookupEnv(c.Options.Env, "TF_WORKSPACE")
	if name == "" && !c.Options.Snapshot {
		if b, err := c.Open(strings.TrimPrefix(c.Root.Dir+"/.terraform/environment", "./")); err == nil {
			name = strings.TrimSpace(string(b))
		}
	}
	return name
}
