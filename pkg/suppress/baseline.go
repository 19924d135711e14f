package suppress

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
)

// baselineVersion is the version of the baseline's format.
const baselineVersion = 1

// maxBaseline bounds what is read: a baseline may come from a stranger's pull request. It has room for some 300,000
// entries.
const maxBaseline = 64 << 20

// Baseline is a list of findings that were there when somebody began to use the gate. It holds no places, so that it
// stays valid when code moves.
type Baseline struct {
	Path    string
	Entries []Entry

	fingerprints map[string]bool
}

// Entry is one finding of a baseline. The fingerprint decides; the rest is for people.
type Entry struct {
	Rule        string `json:"rule"`
	Address     string `json:"address"`
	Attribute   string `json:"attribute,omitempty"`
	Fingerprint string `json:"fingerprint"`
}

type baselineFile struct {
	Version  int     `json:"version"`
	Findings []Entry `json:"findings"`
}

// LoadBaseline reads a baseline that WriteBaseline wrote.
func LoadBaseline(path string) (*Baseline, error) {
	src, err := file.Read(path, maxBaseline)
	if err != nil {
		return nil, fmt.Errorf("read the baseline: %w", err)
	}
	var written baselineFile
	if err := json.Unmarshal(src, &written); err != nil {
		return nil, fmt.Errorf("read the baseline: %s is not one (%w); write one with keyproof check --write-baseline FILE", path, err)
	}
	if written.Version != baselineVersion {
		return nil, fmt.Errorf("read the baseline: %s has version %d, this keyproof reads version %d; write it anew with keyproof check --write-baseline FILE",
			path, written.Version, baselineVersion)
	}
	b := &Baseline{Path: path, Entries: written.Findings, fingerprints: map[string]bool{}}
	for i, e := range written.Findings {
		if e.Fingerprint == "" {
			return nil, fmt.Errorf("read the baseline: entry %d of %s has no fingerprint; write it anew with keyproof check --write-baseline FILE", i+1, path)
		}
		b.fingerprints[e.Fingerprint] = true
	}
	return b, nil
}

func (b *Baseline) has(f *finding.Finding) bool {
	return b != nil && b.fingerprints[f.Fingerprint]
}

// gone warns of the entries that no longer occur.
func (b *Baseline) gone(occurs map[string]bool) hcl.Diagnostics {
	if b == nil {
		return nil
	}
	const shown = 10
	var names []string
	for _, e := range b.Entries {
		if !occurs[e.Fingerprint] {
			names = append(names, e.Rule+" at "+e.Address)
		}
	}
	if len(names) == 0 {
		return nil
	}
	count, list := len(names), strings.Join(names[:min(len(names), shown)], ", ")
	if count > shown {
		list += fmt.Sprintf(" and %d more", count-shown)
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagWarning,
		Summary:  "The baseline holds what no longer occurs",
		Detail: fmt.Sprintf("Entries of %s without a finding: %s. Write it anew with --write-baseline, so that they cannot come back unseen.",
			b.Path, list),
	}}
}

// WriteBaseline writes the findings as a baseline, but for those that the plan resolves and those that a comment or an
// exception accepts already. The file is written completely or not at all, and the same findings give the same bytes.
// A path that is a symbolic link or anything but a regular file is an error.
func WriteBaseline(ctx context.Context, path string, findings []finding.Finding) error {
	entries := []Entry{}
	for _, f := range findings {
		if f.Status == finding.Resolved || f.Suppressed != nil && f.Suppressed.By != byBaseline {
			continue
		}
		entries = append(entries, Entry{f.Rule, f.Address, f.Attribute, f.Fingerprint})
	}
	slices.SortFunc(entries, func(x, y Entry) int {
		return cmp.Or(strings.Compare(x.Rule, y.Rule), strings.Compare(x.Address, y.Address),
			strings.Compare(x.Attribute, y.Attribute), strings.Compare(x.Fingerprint, y.Fingerprint))
	})
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(baselineFile{baselineVersion, slices.Compact(entries)})
	if err == nil {
		err = file.Replace(ctx, path, out.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write the baseline: %w", err)
	}
	return nil
}
