package suppress

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

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

	// known are the findings that it accepts.
	known map[accepted]bool
}

// accepted is a finding in an own account. Of two accounts neither stands in for the other, nor for one that is not known.
type accepted struct{ fingerprint, account string }

// Entry is one finding of a baseline. The fingerprint decides; the rest is for people.
type Entry struct {
	Rule        string `json:"rule"`
	Address     string `json:"address"`
	Attribute   string `json:"attribute,omitempty"`
	Fingerprint string `json:"fingerprint"`
	// Account is the own account in which the finding was accepted, "" where it was not known.
	Account string `json:"account,omitempty"`
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
	var got baselineFile
	if err := json.Unmarshal(src, &got); err != nil {
		return nil, fmt.Errorf("read the baseline: %s is not one (%w); write one with keyproof check --write-baseline FILE", path, err)
	}
	if got.Version == 0 {
		return nil, fmt.Errorf("read the baseline: %s is not one; write one with keyproof check --write-baseline FILE", path)
	}
	if got.Version != baselineVersion {
		return nil, fmt.Errorf("read the baseline: %s has version %d, this keyproof reads version %d; write it anew with keyproof check --write-baseline FILE",
			path, got.Version, baselineVersion)
	}
	b := &Baseline{Path: path, Entries: got.Findings, known: map[accepted]bool{}}
	for i, e := range got.Findings {
		if e.Fingerprint == "" {
			return nil, fmt.Errorf("read the baseline: entry %d of %s has no fingerprint; write it anew with keyproof check --write-baseline FILE", i+1, path)
		}
		b.known[accepted{e.Fingerprint, e.Account}] = true
	}
	return b, nil
}

func (b *Baseline) has(f *finding.Finding) bool {
	return b != nil && b.known[accepted{f.Fingerprint, f.Account}]
}

// gone warns of the entries that no longer occur.
func (b *Baseline) gone(occurs map[accepted]bool) hcl.Diagnostics {
	if b == nil {
		return nil
	}
	const shown = 10
	var names []string
	for _, e := range b.Entries {
		if !occurs[accepted{e.Fingerprint, e.Account}] {
			name := e.Rule + " at " + e.Address
			if e.Account != "" {
				name += " in account " + e.Account
			}
			names = append(names, name)
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

// written is how a baseline begins.
var written = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(\{\s*"version":\s*\d+,\s*"findings":\s*\[|$)`)
})

// Replaceable is an error where a baseline must not take the place of the file: it is there, and is none. What is not
// there, or empty, may be written.
func Replaceable(path string) error {
	src, err := file.Read(path, maxBaseline)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("write the baseline: %w", err)
	case !written().Match(src):
		return fmt.Errorf("write the baseline: %s is there and is none, so it is not overwritten; remove it, or give another path", path)
	}
	return nil
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
		entries = append(entries, Entry{f.Rule, f.Address, f.Attribute, f.Fingerprint, f.Account})
	}
	slices.SortFunc(entries, func(x, y Entry) int {
		return cmp.Or(strings.Compare(x.Rule, y.Rule), strings.Compare(x.Address, y.Address),
			strings.Compare(x.Attribute, y.Attribute), strings.Compare(x.Fingerprint, y.Fingerprint), strings.Compare(x.Account, y.Account))
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
