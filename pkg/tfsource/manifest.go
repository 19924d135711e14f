package tfsource

import (
	"encoding/json"
	"path"
	"path/filepath"
	"strings"
)

// manifest returns the directories of modules by module path, as terraform init recorded them.
func (f *files) manifest(opts Options) map[string]string {
	out := map[string]string{}
	if opts.ModuleDirs != nil {
		for k, d := range opts.ModuleDirs {
			out[k] = path.Clean(filepath.ToSlash(d))
		}
		if d, ok := out[""]; ok {
			f.dir = d
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
		Modules []struct{ Key, Dir string }
	}
	if json.Unmarshal(b, &manifest) != nil {
		return out
	}
	for _, m := range manifest.Modules {
		if m.Key == "" || m.Dir == "" || filepath.IsAbs(m.Dir) {
			continue
		}
		out[m.Key] = path.Join(f.dir, filepath.ToSlash(m.Dir))
	}
	return out
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
