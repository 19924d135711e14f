package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
)

// maxReport bounds a report that is read.
const maxReport = 256 << 20

// readReport reads a JSON report of this program. A report that does not tell how its gate decided is an error: nobody
// would know whether it was whole.
func readReport(path string) (*finding.Report, error) {
	if path == "-" {
		return nil, errors.New("merge reads files: give the paths of the reports")
	}
	if strings.TrimSpace(path) == "" {
		return nil, fmt.Errorf("one of the paths is empty (%q), perhaps a shell variable that is not set: give the path of a report", path)
	}
	data, err := file.Text(path, maxReport)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: did the job that should write it fail?", path)
	}
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s is empty: did the job that should write it fail?", path)
	}
	var r finding.Report
	// Of two members of one name a reader takes the last, and case tells names apart for some readers only.
	err = json.Unmarshal(data, &r, json.MatchCaseInsensitiveNames(true))
	if wrong := new(jsontext.SyntacticError); errors.As(err, &wrong) && errors.Is(wrong.Err, jsontext.ErrDuplicateName) {
		return nil, fmt.Errorf("%s is damaged: a member %q stands twice", path, wrong.JSONPointer.LastToken())
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not a JSON report of keyproof: %w", path, err)
	}
	if !strings.HasPrefix(r.FormatVersion, "1.") || r.Tool.Name == "" || r.Gate.FailOn == "" {
		return nil, fmt.Errorf("%s is not a JSON report of keyproof of version 1.1 or a later 1.x: make it with keyproof check --report json=FILE", path)
	}
	if what := damage(&r); what != "" {
		return nil, fmt.Errorf("%s is damaged: %s", path, what)
	}
	return &r, nil
}

// damage is what in a report is not as keyproof writes it: some of it got lost or was changed. Empty is a report to go by.
func damage(r *finding.Report) string {
	for _, list := range [][]int{inputsOf(r.Policies, func(p finding.Policy) int { return p.Input }), inputsOf(r.Findings, func(f finding.Finding) int { return f.Input }),
		inputsOf(r.Access, func(a finding.Access) int { return a.Input }), inputsOf(r.NotJudged, func(n finding.NotJudged) int { return n.Input }), inputsOf(r.Gate.Sources, func(s finding.Source) int { return s.Input })} {
		for _, i := range list {
			if i < 0 || i >= len(r.Inputs) {
				return fmt.Sprintf("it speaks of input %d of %d", i, len(r.Inputs))
			}
		}
	}
	for _, a := range r.Access {
		if !slices.Contains(actionClasses, a.Class) || !slices.Contains([]string{"", "gained", "kept", "changed", "lost"}, a.Change) {
			return "a row of access has a class of actions or a change that is none"
		}
	}
	told := map[string]bool{}
	for _, f := range r.Findings {
		if f.Rule == "" || f.Severity == 0 || f.Fingerprint == "" {
			return "a finding has no rule, severity or fingerprint"
		}
		told[f.Fingerprint] = true
	}
	for _, f := range r.Gate.Counted {
		if !told[f] {
			return "the gate counts a finding that is not there"
		}
	}
	if finding.Summarize(r) != r.Summary {
		return "it does not hold what its summary counts"
	}
	return ""
}

func inputsOf[T any](list []T, input func(T) int) []int {
	var out []int
	for _, v := range list {
		out = append(out, input(v))
	}
	return out
}
