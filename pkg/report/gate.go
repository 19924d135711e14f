package report

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// verdictOf is how the gate decided.
type verdictOf int

const (
	unsaid verdictOf = iota // the report does not tell
	passes
	loosened // passes, and would not without a setting or --fail-on
	fails
)

// gate says how the gate decided, in one line with its full stop; "" where the report does not tell.
func (v *view) gate() (string, verdictOf) {
	g := &v.report.Gate
	reach := "at or above " + visible(g.FailOn)
	finding, findings := "finding", "findings"
	if g.NewOnly {
		finding, findings = "new finding", "new findings"
	}
	switch {
	case g.FailOn == "":
		return "", unsaid
	case v.errors > 0:
		return "The gate fails: not everything was analysed. Findings fail it from " + visible(g.FailOn) + ".", fails
	case !g.Passed:
		return "The gate fails: " + count(len(g.Counted), finding, findings) + " " + reach + ".", fails
	}
	line := "The gate passes: no " + finding + " " + reach + "."
	if g.FailOn == never {
		line = "The gate passes: fail-on is never, so no finding can fail it."
	}
	if n := v.let(); n > 0 {
		return strings.TrimSuffix(line, ".") + "; without what makes it milder, " + count(n, "finding", "findings") + " would fail it.", loosened
	}
	return line, passes
}

const never = finding.Never

// let counts the open findings that a gate without settings would not let pass: those that are at or above high by the
// severity that they have, or by that of their rule's own where a setting lowers it.
func (v *view) let() int {
	n := 0
	for _, g := range v.open {
		if g.Severity >= finding.High || v.lowered(g.Rule) {
			n += len(g.addresses)
		}
	}
	return n
}

// lowered says whether a setting lowers the severity of a rule that is at or above high by itself.
func (v *view) lowered(rule string) bool {
	return slices.ContainsFunc(v.report.Gate.Settings, func(s finding.Setting) bool {
		return strings.HasPrefix(s.What, "severity "+rule+" ") && (strings.Contains(s.What, "(high ") || strings.Contains(s.What, "(critical "))
	})
}

// settings are the settings that make the gate milder, each with its place: "fail_on = never (.keyproof.hcl:3)".
func (v *view) settings() []string {
	var out []string
	for i, s := range v.report.Gate.Settings {
		if i == mostSettings {
			return append(out, itoa(len(v.report.Gate.Settings)-i)+" more, which JSON lists")
		}
		out = append(out, clip(visible(s.What), 300)+" ("+clip(visible(s.From), 300)+")")
	}
	return out
}

// milder is a sentence about these settings, "" where there are none.
func (v *view) milder() string {
	if list := v.settings(); len(list) > 0 {
		return "Settings that make the gate milder: " + strings.Join(list, "; ") + "."
	}
	return ""
}

// mostSettings is how many settings are told before the others are counted: an organization may trust thousands of accounts.
const mostSettings = 100

// calm says whether a gate that passes is good news: no policy is public or undecided, and nothing but whom it trusts makes it milder.
func (v *view) calm() bool {
	milder := func(s finding.Setting) bool { return !strings.HasPrefix(s.What, "trusted_") }
	return v.summary.Public+v.summary.Unknown == 0 && !slices.ContainsFunc(v.report.Gate.Settings, milder)
}

// joined says which sources the plans were joined with, and who told of them.
func (v *view) joined() []string {
	var out []string
	list, beside := v.besidePlans()
	if beside > 0 {
		out = append(out, "Sources of "+count(beside, "plan", "plans")+": the directory of each (found, not named).")
	}
	for i, s := range list {
		if rest := len(list) - i; i == maxInstances && rest > 1 {
			return append(out, "Sources of "+itoa(rest)+" more plans were used.")
		}
		of := ""
		if len(v.report.Inputs) > 1 && s.Input >= 0 && s.Input < len(v.report.Inputs) {
			of = " of " + inputName(v.report.Inputs[s.Input].Path)
		}
		how := map[string]string{"found": "found, not named", "plan": "in the plan"}[s.From]
		if how == "" {
			how = visible(s.From)
		}
		out = append(out, "Sources"+of+": "+visible(s.Path)+" ("+how+").")
	}
	return out
}

// besidePlans parts the sources into those that need a line of their own and the number of those that were found in their plan's
// directory, where that is true of several.
func (v *view) besidePlans() ([]finding.Source, int) {
	var rest []finding.Source
	n := 0
	for _, s := range v.report.Gate.Sources {
		if s.From == "found" && s.Input >= 0 && s.Input < len(v.report.Inputs) && s.Path == filepath.Dir(v.report.Inputs[s.Input].Path) {
			n++
		} else {
			rest = append(rest, s)
		}
	}
	if n < 2 {
		return v.report.Gate.Sources, 0
	}
	return rest, n
}
