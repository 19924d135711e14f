package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
)

// earlier are the rows of access in a file: an earlier JSON report with the whole map, or a state, which is read as the
// options say.
func earlier(ctx context.Context, path string, opts scan.Options) ([]finding.Access, error) {
	head, err := file.Text(path, maxReport)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(head[:min(len(head), 200)], []byte(`"tool"`)) {
		r, err := readReport(path)
		switch {
		case err != nil:
			return nil, err
		case r.AccessShown != scan.AccessAll:
			return nil, fmt.Errorf("%s does not hold the whole map; make it with keyproof who --format json, without filters", path)
		}
		return r.Access, nil
	}
	opts.Paths, opts.Sources, opts.Access, opts.FailOn = []string{path}, []string{"none"}, scan.AccessAll, "never"
	result, err := scan.Run(ctx, opts)
	if err != nil {
		return nil, err
	}
	for _, d := range result.Report.Diagnostics {
		if d.Severity == "error" {
			return nil, fmt.Errorf("%s: %s. %s", path, d.Summary, d.Detail)
		}
	}
	for _, in := range result.Report.Inputs {
		if in.Kind != "state" {
			return nil, fmt.Errorf("%s is a %s; it takes a state (terraform show -json) or a report of keyproof who --format json", path, in.Kind)
		}
	}
	if result.Map == nil {
		return nil, fmt.Errorf("%s tells of no access", path)
	}
	return result.Map.Rows, nil
}
