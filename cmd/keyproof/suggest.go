package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/comment"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/report"
	"github.com/keyproof/keyproof/rules"
)

// maxSource bounds a source file that a report names.
const maxSource = 4 << 20

// suggest puts the fixes of a report on the lines of a pull request, and says what it did.
func suggest(c *cli.Context, client *comment.Client, p *place, r *finding.Report) error {
	if err := described(r); err != nil {
		return err
	}
	// The report is input: it names only files below the repository, and only those that the pull request changes are ever shown.
	found, others := report.Suggestions(r, func(name string) ([]byte, error) {
		real, err := filepath.EvalSymlinks(name)
		if err != nil {
			return nil, err
		}
		if real, err = filepath.Abs(real); err != nil {
			return nil, err
		}
		if !file.Below(real, r.Root) {
			return nil, fmt.Errorf("%s is outside of the repository", name)
		}
		return file.Read(real, maxSource)
	})
	var list []comment.Suggestion
	for i := range found {
		s := &found[i]
		list = append(list, comment.Suggestion{ID: s.ID, Path: s.Path, Start: s.Start, End: s.End, Old: s.Old, Body: s.Title + "\n\n" + s.Block() + "\n" + s.Text})
	}
	done, err := client.Suggest(c.Context, p.repository, p.number, list)
	if err != nil {
		return err
	}
	words := fmt.Sprintf("suggestions: %d posted, %d updated, %d unchanged, %d removed", done.Posted, done.Updated, done.Unchanged, done.Removed)
	if done.Outside > 0 {
		words += fmt.Sprintf("; %d on lines that the pull request does not change", done.Outside)
	}
	if done.More > 0 {
		words += fmt.Sprintf("; %d above the %d that a pull request gets", done.More, comment.MaxSuggestions)
	}
	if others > 0 {
		words += fmt.Sprintf("; %s not one change of lines", count(others, "fix is", "fixes are"))
	}
	_, err = fmt.Fprintln(c.App.Writer, words)
	return err
}

// inputsLine is the beginning of a Markdown report, which names the inputs, for a JSON report.
func inputsLine(r *finding.Report) string {
	if r == nil {
		return ""
	}
	var paths []string
	for _, in := range r.Inputs {
		paths = append(paths, in.Path)
	}
	return comment.Marker + "\n<!-- inputs: " + strings.Join(paths, " ") + " -->"
}

// described gives a report that was read what is not in its JSON: the rules, and where it was made.
func described(r *finding.Report) error {
	list, diags := check.LoadKnown(rules.FS)
	if diags.HasErrors() {
		return diags
	}
	for _, rule := range list {
		r.Rules = append(r.Rules, finding.Rule{ID: rule.ID, Title: rule.Title, Severity: rule.Severity, Why: rule.Why, Fix: rule.Fix, References: rule.References, Page: rules.Page(rule.ID)})
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	r.Dir, r.Root = dir, dir
	if root, ok := file.Repository(dir); ok {
		r.Root = root
	}
	return nil
}
