package scan

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

func (r *run) sourceOptions(dir string) tfhcl.Options {
	vars := map[string]string{}
	for _, v := range r.Vars {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	return tfhcl.Options{Options: tfsource.Options{Dir: dir, Vars: vars, VarFiles: r.VarFiles, Env: r.Env, Limits: r.bounds.files},
		Want: extract.Wanted, WantText: extract.WantedText, Budget: r.bounds.budget}
}

// planSources loads the sources of a plan: those that the user named, else the current directory if it holds any.
// They are loaded anew for each plan, because they are evaluated with its values.
func (r *judging) planSources(ctx context.Context) (sources *tfhcl.Config, explicit bool) {
	if r.Source == "" {
		if !holdsSources(".") {
			return nil, false
		}
		c, diags := tfhcl.Load(ctx, r.sourceOptions("."))
		if diags.HasErrors() {
			return nil, false // they were not asked for, so their problems are not the plan's
		}
		return c, false
	}
	info, err := os.Stat(r.Source)
	if err != nil {
		r.errorf("Sources cannot be read", "%s: %s.", r.Source, reason(err))
		return nil, true
	}
	opts := r.sourceOptions(r.Source)
	switch {
	case info.IsDir():
	case sourceFile(r.Source):
		opts.Dir = filepath.Dir(r.Source)
	default:
		var ok bool
		if opts, ok = r.snapshot(opts); !ok {
			return nil, true
		}
	}
	c, diags := tfhcl.Load(ctx, opts)
	r.problem(diags)
	return c, true
}

// snapshot opens the sources inside of a binary plan.
func (r *judging) snapshot(opts tfhcl.Options) (tfhcl.Options, bool) {
	f, err := os.Open(r.Source)
	if err != nil {
		r.errorf("Sources cannot be read", "%s: %s.", r.Source, reason(err))
		return opts, false
	}
	r.closers = append(r.closers, f)
	info, err := f.Stat()
	if err != nil {
		r.errorf("Sources cannot be read", "%s: %s.", r.Source, reason(err))
		return opts, false
	}
	s, diags := tfplan.OpenSnapshot(f, info.Size(), r.Source)
	r.problem(diags)
	if s == nil {
		return opts, false
	}
	opts.FS, opts.Snapshot, opts.ModuleDirs = s.Files, true, map[string]string{}
	for _, m := range s.Modules {
		opts.ModuleDirs[m.Key] = m.Path
		if m.Key == "" {
			opts.Dir = m.Path
		}
		r.moved = append(r.moved, movedDir{from: m.Path, to: m.Dir})
	}
	return opts, true
}

// movedDir says where a directory of a snapshot lay when the plan was made.
type movedDir struct{ from, to string }

// join gives the plan's resources their sources. Sources that were only found are used if they fit, and not spoken of if
// they do not.
func (r *judging) join(ctx context.Context, c *tfhcl.Config, plan *tf.Plan, explicit bool) {
	fits, diags := c.Join(ctx, plan)
	if !explicit && !fits {
		return
	}
	if !explicit {
		for _, d := range diags {
			if d.Severity == hcl.DiagError {
				d.Severity = hcl.DiagWarning
			}
		}
	}
	r.problem(diags)
	r.keep(c)
}

// keep remembers the files that locations may point into.
func (r *judging) keep(c *tfhcl.Config) {
	for name, src := range c.Files() {
		r.files[name] = src
	}
}

// original is the path of a file as the user knows it.
func (r *judging) original(name string) string {
	for _, m := range r.moved {
		if rest, ok := strings.CutPrefix(name, m.from+"/"); ok {
			return filepath.FromSlash(path.Join(m.to, rest))
		}
	}
	return name
}
