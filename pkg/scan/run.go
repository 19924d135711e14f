package scan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfhcl"
	"github.com/keyproof/keyproof/pkg/tfsource"
)

// run is one run.
type run struct {
	Options
	config *config.Config
	all    []*check.Rule // every rule
	rules  []*check.Rule // those that run
	result *Result
	judged []*judging        // the inputs, nil for one that was not come to
	keep   bool              // the inputs will be looked at again
	files  map[string][]byte // what locations point into, by the names that reports have for files
	dir    string
	bounds bounds
	// loweredRules are the rules that the configuration makes milder, as the gate lists them.
	loweredRules []finding.Setting
	names        sync.Map // of files, as reports call them, by path
	callers      tfsource.Callers
	secrets      sync.Map // the lines that no excerpt shows, by file
}

// judging is the work on one input. Several run at the same time, so they share only what nobody writes to.
type judging struct {
	*run
	in     input
	number int

	entry      finding.Input
	diags      hcl.Diagnostics
	files      map[string][]byte // what locations point into, by the name in ranges
	lines      sync.Map          // where the lines of those files begin
	incomplete bool
	out        check.Output
	// access is what the map of who may use which key is made of.
	access *who.Input
	// joined are the sources that were used; complete says that the plan tells all that they would make.
	joined   *finding.Source
	complete bool
	// again is what looking at the input again needs, memory what its runs share.
	memory *check.Memory
	again  again
	// secretVariables are the sensitive variables of the files, secret the lines of those that somebody asked about; nil
	// where nobody did.
	secretVariables map[string]bool
	secret          map[string]map[int]bool
	// moved are the directories of a snapshot, closers the files that stay open while they are read.
	moved   []movedDir
	closers []io.Closer
	// checked is the input with its policies judged, until the rules have run over it.
	checked *check.Judged
}

// loaded is an input that was read.
type loaded struct {
	kind string // plan, state, source, policy
	plan *tf.Plan
	set  *extract.Set
}

// input is one thing to judge: a file, the standard input, or a directory of sources.
type input struct {
	path    string
	sources bool
	// values is a file with values of variables for the sources, "" for those that Terraform loads by itself.
	values string
}

// problem takes diagnostics into the result, with the names that reports have for files.
func (r *run) problem(diags hcl.Diagnostics) {
	renamed(diags, r.name)
	r.result.Diagnostics = append(r.result.Diagnostics, diags...)
}

func (r *run) warnf(summary, format string, args ...any) {
	r.problem(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary, Detail: fmt.Sprintf(format, args...)}})
}

func (r *run) errorf(summary, format string, args ...any) {
	r.problem(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...)}})
}

func (r *judging) errorf(summary, format string, args ...any) {
	r.problem(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...)}})
}

func (r *judging) problem(diags hcl.Diagnostics) { r.diags = append(r.diags, diags...) }

// name is how the report names a file that may lie in a snapshot.
func (r *judging) name(path string) string { return r.run.name(r.original(path)) }

// name is how the report names a file: relative to the current directory when it lies below it, absolute otherwise.
func (r *run) name(path string) string {
	if known, ok := r.names.Load(path); ok {
		return known.(string)
	}
	name := r.findName(path)
	r.names.Store(path, name)
	return name
}

func (r *run) findName(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	rel, err := filepath.Rel(r.dir, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(abs)
	}
	return filepath.ToSlash(rel)
}

// stays refuses a file with settings or values that links lead out of the repository it lies in.
func (r *run) stays(path string) error {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	repository, ok := file.Repository(filepath.Dir(path))
	if !ok {
		return nil
	}
	if err := file.Stays(path, repository); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil // reading it says so
}

// sentence starts an error with a capital letter, as details of diagnostics do.
func sentence(err error) string {
	s := strings.TrimSuffix(err.Error(), ".")
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// renamed gives the ranges of diagnostics other file names.
func renamed(diags hcl.Diagnostics, name func(string) string) {
	for _, d := range diags {
		if d.Subject != nil && d.Subject.Filename != "" {
			at := *d.Subject
			at.Filename = name(at.Filename)
			d.Subject = &at
		}
	}
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

// reason is an error of the file system without the path, which the message has already.
func reason(err error) string {
	if e, ok := err.(*os.PathError); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// lineStarts are the bytes that lines begin with.
func lineStarts(src []byte) []int {
	out := []int{0}
	for i := 0; ; {
		n := bytes.IndexByte(src[i:], '\n')
		if n < 0 {
			return out
		}
		i += n + 1
		out = append(out, i)
	}
}

func location(name string, at hcl.Range, src []byte, lines []int, hidden bool) *finding.Location {
	return &finding.Location{File: name, Start: position(at.Start, src, lines), End: position(at.End, src, lines), Hidden: hidden}
}

// again is what looking at an input again needs, after an edit.
type again struct {
	// base is what the rules were asked, sources those that the input was read from or joined with, nil where there are none.
	base    question
	sources *tfhcl.Config
	// plan is the input without its sources; unedited is what the sources that are there make of it.
	plan     *tf.Plan
	unedited *tf.Plan
	// reach is who may use which key, nil where nobody asked.
	reach []finding.Access
}

// movedDir says where a directory of a snapshot lay when the plan was made.
type movedDir struct{ from, to string }

// original is the path of a file as the user knows it.
func (r *judging) original(name string) string {
	for _, m := range r.moved {
		if rest, ok := strings.CutPrefix(name, m.from+"/"); ok {
			return filepath.FromSlash(path.Join(m.to, rest))
		}
	}
	return name
}

func position(p hcl.Pos, src []byte, lines []int) finding.Pos {
	out := finding.Pos{Line: p.Line, Column: p.Column, Byte: p.Byte}
	if p.Byte < 0 || p.Byte > len(src) {
		return out
	}
	out.Line, _ = slices.BinarySearch(lines, p.Byte+1)
	out.Column = utf8.RuneCount(src[lines[out.Line-1]:p.Byte]) + 1
	return out
}

// absolute is a path from the root of the file system, without links where there is something.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}

// question is what the rules are asked about an input.
type question struct {
	check.Input
	Account *finding.Account
}
