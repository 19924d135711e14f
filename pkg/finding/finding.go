// Package finding is the vocabulary of results: findings, verdicts of policies, the inputs they come from.
//
// Its types are what every report is written from, and what the JSON report is. It knows nothing of Terraform or AWS.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity is how bad a finding is. The zero value is not a severity.
type Severity int

// The severities, mildest first.
const (
	Low Severity = iota + 1
	Medium
	High
	Critical
)

var severities = [...]string{"", "low", "medium", "high", "critical"}

func (s Severity) String() string { return severities[s] }

// MarshalText writes the severity's name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity's name.
func (s *Severity) UnmarshalText(text []byte) error {
	v, err := ParseSeverity(string(text))
	*s = v
	return err
}

// ParseSeverity reads a severity's name.
func ParseSeverity(name string) (Severity, error) {
	for i, n := range severities {
		if i > 0 && n == name {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a severity: it is one of critical, high, medium, low", name)
}

// The certainty of a finding.
const (
	Certain  = "certain"
	Possible = "possible"
)

// The status of a finding: opened by this plan, there before it, or closed by it. Sources alone have none.
const (
	New      = "new"
	Existing = "existing"
	Resolved = "resolved"
)

// Witness is one request that a policy allows. Context values are a string or a list of strings.
type Witness struct {
	Principal string         `json:"principal,omitempty"`
	Action    string         `json:"action"`
	Resource  string         `json:"resource,omitempty"`
	Context   map[string]any `json:"context,omitempty"`
}

// Statement names a statement of a policy; Index counts from 0.
type Statement struct {
	Sid   string `json:"sid,omitempty"`
	Index int    `json:"index"`
}

// Related is another place that a finding speaks of.
type Related struct {
	Message  string    `json:"message"`
	Location *Location `json:"location,omitempty"`
}

// Suppressed says who silenced a finding, and why.
type Suppressed struct {
	By     string `json:"by"` // comment, exception, baseline
	Reason string `json:"reason,omitempty"`
	Until  string `json:"until,omitempty"`
}

// Finding is one danger.
type Finding struct {
	Rule        string     `json:"rule"`
	Severity    Severity   `json:"severity"`
	Certainty   string     `json:"certainty"`
	Status      string     `json:"status,omitempty"`
	Input       int        `json:"input"`
	Address     string     `json:"address"`
	Attribute   string     `json:"attribute,omitempty"`
	Statement   *Statement `json:"statement,omitempty"`
	Message     string     `json:"message"`
	Remedy      string     `json:"remedy"`
	Witness     *Witness   `json:"witness,omitempty"`
	DependsOn   []string   `json:"depends_on,omitempty"`
	Location    *Location  `json:"location,omitempty"`
	Related     []Related  `json:"related,omitempty"`
	Fixes       []Fix      `json:"fixes,omitempty"`
	Fingerprint string     `json:"fingerprint"`
	// Account is the own account of the finding's input, "" where it is not known.
	Account string `json:"-"`
	// Accounts are the accounts that the finding is about, where it is about named ones; one that must not be shown is among
	// them as what stands for it.
	Accounts   []string    `json:"-"`
	Suppressed *Suppressed `json:"suppressed,omitempty"`
	// Places are where the sources write what the finding is about, for comments that silence it.
	Places Places `json:"-"`
}

// Places are where the sources write what a finding is about, as far as that is known; nil where it is not. The place of
// the offending element itself is the finding's Location.
type Places struct {
	// Block is the header of the resource's block, Body the whole block.
	Block, Body *Location
	// Statement is the statement of the policy, nil where it is not written as one.
	Statement *Location
	// Calls are the headers of the module calls on the way to the resource, outermost first.
	Calls []*Location
}

// Counts says whether the finding counts in the summary and the exit code: it is neither resolved nor suppressed.
func (f *Finding) Counts() bool { return f.Status != Resolved && f.Suppressed == nil }

// Sort puts findings in the one order of all reports: worst first, then by input, address, attribute, statement, rule.
func Sort(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Input, b.Input),
			strings.Compare(a.Address, b.Address),
			strings.Compare(a.Attribute, b.Attribute),
			cmp.Compare(a.index(), b.index()),
			strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Fingerprint, b.Fingerprint),
		)
	})
}

func (f *Finding) index() int {
	if f.Statement == nil {
		return -1
	}
	return f.Statement.Index
}
