package report

import (
	"fmt"
	"strings"

	"github.com/keyproof/keyproof/pkg/finding"
)

// tally says how many findings there are, by severity: "3 findings: 1 critical, 2 high".
func tally(c finding.Counts) string {
	total := c.Critical + c.High + c.Medium + c.Low
	if total == 0 {
		return "no findings"
	}
	var parts []string
	for _, p := range bySeverity(c) {
		if p.N > 0 {
			parts = append(parts, itoa(p.N)+" "+p.Name)
		}
	}
	return count(total, "finding", "findings") + ": " + strings.Join(parts, ", ")
}

// bySeverity lists counts, the worst first.
func bySeverity(c finding.Counts) []severityCount {
	return []severityCount{{"critical", c.Critical}, {"high", c.High}, {"medium", c.Medium}, {"low", c.Low}}
}

// judged says how many policies were judged, and what came out.
func (v *view) judged() string {
	s := v.summary
	out := count(s.Policies, "policy", "policies") + " judged: "
	if s.Public == 0 {
		out += "none is public"
	} else {
		out += itoa(s.Public) + " public"
	}
	if s.Unknown > 0 {
		out += ", " + itoa(s.Unknown) + " undecided"
	}
	return out
}

// aside says what the counts leave out: "2 suppressed, 1 resolved", or "".
func (v *view) aside() string {
	var parts []string
	if n := len(v.silenced); n > 0 {
		parts = append(parts, itoa(n)+" suppressed")
	}
	if n := len(v.resolved); n > 0 {
		parts = append(parts, itoa(n)+" resolved")
	}
	return strings.Join(parts, ", ")
}

// accounts says which account is each input's own, because verdicts about other accounts rest on it.
func (v *view) accounts() []string {
	judged := map[int]bool{}
	for _, p := range v.report.Policies {
		judged[p.Input] = true
	}
	var own []finding.Account
	paths := map[finding.Account][]string{}
	for i, in := range v.report.Inputs {
		if !judged[i] {
			continue
		}
		var a finding.Account
		if in.Account != nil {
			a = *in.Account
		}
		if paths[a] == nil {
			own = append(own, a)
		}
		paths[a] = append(paths[a], inputName(in.Path))
	}
	var out []string
	for _, a := range own {
		s := "The own account of " + some(paths[a])
		switch {
		case a.ID == "":
			s += " is not known, so what is said of other accounts is possible, not certain. Name it with --account."
		case a.From == "":
			s += " is " + visible(a.ID) + "."
		default:
			s += " is " + visible(a.ID) + ", from " + visible(a.From) + "."
		}
		out = append(out, s)
	}
	return out
}

// some are the first names of a list, and how many there are besides.
func some(names []string) string {
	if rest := len(names) - maxInstances; rest > 1 {
		return strings.Join(names[:maxInstances], ", ") + " and " + itoa(rest) + " more"
	}
	return strings.Join(names, ", ")
}

// tone is how good the news of a report are.
type tone int

const (
	clean   tone = iota // judged, and nothing found
	nothing             // nothing to judge
	found               // findings
	failed              // something was not analysed
)

// headline is the verdict in one line, without a full stop.
func (v *view) headline() (string, tone) {
	empty := len(v.open) == 0
	switch {
	case v.errors > 0 && empty:
		return "Not everything was analysed: " + count(v.errors, "error", "errors"), failed
	case v.errors > 0:
		return "Not everything was analysed: " + count(v.errors, "error", "errors") + "; " + tally(v.summary.Findings), failed
	case !empty:
		return capital(tally(v.summary.Findings)), found
	case v.summary.Policies == 0:
		return "Nothing to judge: no key policy, grant or IAM policy was found", nothing
	}
	return "No findings", clean
}

// answer is the verdict on access in one line, without a full stop: whether strangers are let in.
func (v *view) answer() string {
	s := v.summary
	switch {
	case v.errors > 0 || s.Policies == 0:
		head, _ := v.headline()
		return head
	case s.Public == 1:
		return "1 of " + count(s.Policies, "policy", "policies") + " lets strangers in"
	case s.Public > 1:
		return itoa(s.Public) + " of " + count(s.Policies, "policy", "policies") + " let strangers in"
	case s.Unknown > 0:
		return "Whether strangers are let in is not decided for " + itoa(s.Unknown) + " of " + count(s.Policies, "policy", "policies")
	}
	return "No policy lets strangers in"
}

// besides are what a page and a comment say of the run besides that answer.
func (v *view) besides() []string {
	var out []string
	if head, _ := v.headline(); head != v.answer() {
		out = append(out, head)
	}
	if v.summary.Policies > 0 {
		out = append(out, capital(v.judged()))
	}
	if v.changed {
		out = append(out, "against before: "+v.changes())
	}
	if n := len(v.silenced); n > 0 {
		out = append(out, itoa(n)+" suppressed")
	}
	return out
}

// changes counts findings by what became of them.
func (v *view) changes() string {
	var added, existing int
	for i := range v.findings {
		f := &v.findings[i]
		switch {
		case !f.Counts():
		case f.Status == finding.New:
			added++
		case f.Status == finding.Existing:
			existing++
		}
	}
	return fmt.Sprintf("%d new, %d existing, %d resolved", added, existing, len(v.resolved))
}
