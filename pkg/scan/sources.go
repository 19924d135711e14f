package scan

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfplan"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

func (r *judging) sourceOptions(dir string) tfhcl.Options {
	given := make([]tfsource.Value, len(r.Values))
	for i, v := range r.Values {
		given[i] = tfsource.Value(v)
	}
	ofRun := append([]string{r.in.path, r.Baseline, r.WriteBaseline}, r.Paths...)
	return tfhcl.Options{Options: tfsource.Options{Dir: dir, Root: r.Root, Given: given, OfRun: ofRun, Env: r.Env, Limits: r.bounds.files, Callers: &r.callers},
		Want: extract.Wanted, WantText: extract.WantedText, Budget: r.bounds.budget}
}

// sourceNames are the sources that the user named for a plan; named is false where there are none.
func (r *run) sourceNames(plan string) (names []string, named bool) {
	for _, s := range r.Sources {
		switch of, dir, ok := cutSource(s); {
		case !ok:
			names = append(names, s)
		case filepath.Clean(of) == filepath.Clean(plan):
			return []string{dir}, true
		}
	}
	return names, len(names) > 0
}

// sourcesOfNothing warns of sources that are those of a plan which is not judged: its name is probably misspelt.
func (r *run) sourcesOfNothing(inputs []input) {
	for _, s := range r.Sources {
		plan, _, ok := cutSource(s)
		if ok && !slices.ContainsFunc(inputs, func(in input) bool { return filepath.Clean(in.path) == filepath.Clean(plan) }) {
			r.warnf("Sources of no plan", "--source %s is for %s, which is none of the plans that are judged.", s, plan)
		}
	}
}

// candidate are sources that a plan may have been made of.
type candidate struct {
	*tfhcl.Config
	path  string
	named bool
	// moved are the directories of a snapshot.
	moved []movedDir
	// trouble is what was wrong with reading them; they were not asked for, so it only counts if they are used.
	trouble hcl.Diagnostics
}

// planSources loads the sources of a plan: those that the user named, else the directory of the plan's file and the
// current one, if they hold any. They are loaded anew for each plan, because they are evaluated with its values.
func (r *judging) planSources(ctx context.Context) []*candidate {
	names, named := r.sourceNames(r.in.path)
	if !named {
		if dir := filepath.Dir(r.in.path); r.in.path != "-" && r.name(dir) != r.name(".") {
			names = append(names, dir)
		}
		names = append(names, ".")
	}
	var out []*candidate
	for _, name := range names {
		if name == noSources || !named && !holdsSources(name) {
			continue
		}
		c := &candidate{path: name, named: named}
		opts, ok := r.candidateOptions(c)
		if !ok {
			continue
		}
		var diags hcl.Diagnostics
		c.Config, diags = tfhcl.Load(ctx, opts)
		if named {
			r.problem(r.unread(diags))
		} else if c.trouble = diags; diags.HasErrors() {
			continue
		}
		if c.Config != nil {
			out = append(out, c)
		}
	}
	return out
}

// candidateOptions says how sources are to be read: a directory, a file for its directory, or a binary plan.
func (r *judging) candidateOptions(c *candidate) (tfhcl.Options, bool) {
	info, err := os.Stat(c.path)
	if err != nil {
		r.errorf("Sources cannot be read", "%s: %s.", c.path, reason(err))
		return tfhcl.Options{}, false
	}
	if info.IsDir() && !holdsSources(c.path) && terragruntUnit(c.path) {
		r.errorf("A unit of Terragrunt", terragruntRecipe, c.path)
		return tfhcl.Options{}, false
	}
	opts := r.sourceOptions(c.path)
	switch {
	case info.IsDir():
	case sourceFile(c.path):
		opts.Dir = filepath.Dir(c.path)
	default:
		return r.snapshot(opts, c)
	}
	return opts, true
}

// unread makes errors of warnings about what could not be read, where nobody may be believed that it does not matter.
func (r *run) unread(diags hcl.Diagnostics) hcl.Diagnostics {
	if r.Untrusted {
		for _, d := range diags {
			d.Severity = hcl.DiagError
		}
	}
	return diags
}

// unreadFiles makes errors of the warnings about files that functions could not read, as unread does.
func (r *run) unreadFiles(diags hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range diags {
		if d.Summary == tfsource.FileUnread {
			r.unread(hcl.Diagnostics{d})
		}
	}
	return diags
}

// referenced says which resource addresses one of the sources refers to.
func referenced(sources []*candidate) func(address string) bool {
	var any []func(string) bool
	for _, c := range sources {
		any = append(any, c.References())
	}
	return func(address string) bool {
		return slices.ContainsFunc(any, func(refers func(string) bool) bool { return refers(address) })
	}
}

// snapshot opens the sources inside of a binary plan.
func (r *judging) snapshot(opts tfhcl.Options, c *candidate) (tfhcl.Options, bool) {
	err := r.stays(c.path)
	var f *os.File
	if err == nil {
		f, err = file.Open(c.path)
	}
	if err != nil {
		r.errorf("Sources cannot be read", "%s.", err)
		return opts, false
	}
	r.closers = append(r.closers, f)
	info, err := f.Stat()
	if err != nil {
		r.errorf("Sources cannot be read", "%s: %s.", c.path, reason(err))
		return opts, false
	}
	s, diags := tfplan.OpenSnapshot(f, info.Size(), c.path)
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
		c.moved = append(c.moved, movedDir{from: m.Path, to: m.Dir})
	}
	return opts, true
}

// join gives the plan's resources the first sources that fit. Where none of those that were named does, that is an error;
// those that were found are not used then, and a warning says so.
func (r *judging) join(ctx context.Context, sources []*candidate, plan *tf.Plan) {
	var wrong hcl.Diagnostics
	for _, c := range sources {
		fits, diags := c.Join(ctx, plan)
		if !fits {
			wrong = append(wrong, diags...)
			continue
		}
		diags = append(c.trouble, diags...)
		if !c.named {
			forgiven(diags)
		}
		r.problem(diags)
		r.moved = c.moved
		r.keep(c.Config)
		// A plan that changes nothing, or only takes away, does not tell what the sources would make.
		r.complete = !plan.RefreshOnly && (len(plan.Resources) > 0 || len(plan.Gone) == 0)
		r.joined = &finding.Source{Input: r.number, Path: r.name(c.path), From: "found"}
		switch {
		case c.named:
			r.joined.From = "named"
		case r.Untrusted:
			placesOnly(plan)
		}
		return
	}
	if len(sources) == 0 {
		return
	}
	if !sources[0].named {
		forgiven(wrong)
	} else {
		r.incomplete = true
	}
	r.problem(wrong)
}

// forgiven makes warnings of the errors of sources that nobody asked for.
func forgiven(diags hcl.Diagnostics) {
	for _, d := range diags {
		d.Severity = hcl.DiagWarning
	}
}

// placesOnly keeps of the sources where things are written.
func placesOnly(plan *tf.Plan) {
	for _, res := range plan.Resources {
		if res.Source != nil {
			res.Source.PlacesOnly = true
		}
	}
}

// placesBut does so for a resource some of whose arguments are edited, which is what the sources are to tell.
func placesBut(s *tf.Source, edited map[string]bool) {
	if s.PlacesOnly = len(edited) == 0; s.PlacesOnly {
		return
	}
	for name, attr := range s.Attrs {
		if !edited[name] {
			s.Attrs[name] = &tf.SourceAttr{Range: attr.Range, Literal: attr.Literal}
		}
	}
}

// keep remembers the files that locations may point into.
func (r *judging) keep(c *tfhcl.Config) {
	r.again.sources = c
	maps.Copy(r.files, c.Files())
}
