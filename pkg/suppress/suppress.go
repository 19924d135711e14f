// Package suppress marks findings that somebody accepted: in a comment in the sources, in an exception of the
// configuration, or by a baseline of what was there before.
//
// Nothing is taken out: a suppressed finding stays in the report and says who accepted it and why. What suppresses
// nothing, or no longer holds, is a warning.
//
// It is no API: it may change in any version.
package suppress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/spelling"
)

// Suppressions are all that may silence a finding. The zero value silences nothing.
type Suppressions struct {
	Comments   []Comment
	Exceptions []config.Exception
	// Baseline may be nil.
	Baseline *Baseline
}

// Apply sets Suppressed on the findings that are accepted, all findings of a run at once. Where several suppressions
// speak of a finding, a comment goes before an exception, and that before the baseline. Findings that the plan resolves
// are left alone.
//
// Now decides which dates have passed: a date is the last day, in UTC, on which a suppression holds.
//
// The diagnostics are warnings: suppressions that are out of date, that match nothing, or that the baseline no longer
// needs.
func (s *Suppressions) Apply(findings []finding.Finding, now time.Time) hcl.Diagnostics {
	a := &application{Suppressions: s, now: now, excepted: make([]bool, len(s.Exceptions)), occurs: map[accepted]bool{}}
	for range s.Comments {
		a.commented = append(a.commented, map[string]bool{})
	}
	for i := range findings {
		f := &findings[i]
		if f.Status == finding.Resolved {
			continue
		}
		a.comments(f)
		a.exceptions(f)
		if s.Baseline.has(f) {
			a.occurs[accepted{f.Fingerprint, f.Account}] = true
			accept(f, finding.Suppressed{By: byBaseline})
		}
	}
	return a.warnings()
}

// accept marks a finding, unless it is already.
func accept(f *finding.Finding, by finding.Suppressed) {
	if f.Suppressed == nil {
		f.Suppressed = &by
	}
}

// application is one run of Apply.
type application struct {
	*Suppressions
	now time.Time
	// commented holds, for each comment, which of its rules matched a finding; excepted the same for exceptions.
	commented []map[string]bool
	excepted  []bool
	occurs    map[accepted]bool
}

func (a *application) comments(f *finding.Finding) {
	for i := range a.Comments {
		c := &a.Comments[i]
		if !slices.Contains(c.Rules, f.Rule) || !c.covers(f) {
			continue
		}
		a.commented[i][f.Rule] = true
		if !a.over(c.Until) {
			accept(f, finding.Suppressed{By: byComment, Reason: c.Reason, Until: date(c.Until)})
		}
	}
}

func (a *application) exceptions(f *finding.Finding) {
	for i, e := range a.Exceptions {
		if e.Rule != f.Rule || !spelling.Like(e.Address, f.Address) || !speaksOf(e.Accounts, f) {
			continue
		}
		a.excepted[i] = true
		if !a.over(e.Until) {
			accept(f, finding.Suppressed{By: byException, Reason: e.Reason, Until: date(e.Until)})
		}
	}
}

// speaksOf says whether an exception that is limited to accounts is about a finding: all accounts that it is about, or where it is
// about no named ones the own one of its input, are among them.
func speaksOf(accounts []string, f *finding.Finding) bool {
	if accounts == nil {
		return true
	}
	about := f.Accounts
	if len(about) == 0 {
		about = []string{f.Account}
	}
	return !slices.ContainsFunc(about, func(a string) bool { return !slices.Contains(accounts, a) })
}

// over says whether the day is past. The zero time never is.
func (a *application) over(until time.Time) bool {
	return !until.IsZero() && !a.now.Before(until.AddDate(0, 0, 1))
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (a *application) warnings() hcl.Diagnostics {
	var diags hcl.Diagnostics
	warn := func(place hcl.Range, summary, detail string, args ...any) {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagWarning,
			Summary:  summary,
			Detail:   fmt.Sprintf(detail, args...),
			Subject:  place.Ptr(),
		})
	}
	for i, c := range a.Comments {
		for _, rule := range c.Rules {
			switch {
			case !a.commented[i][rule]:
				warn(c.Range, "A comment that silences nothing", "No finding of %s is there for the comment %s%s. "+
					"Remove it, or put it above the resource, the statement or the module call that it is about.", rule, prefix, directive)
			case a.over(c.Until):
				warn(c.Range, "A comment that is out of date", "The comment silenced %s until %s. "+
					"Fix what the rule finds, or write a later date if it is still accepted.", rule, date(c.Until))
			}
		}
	}
	for i, e := range a.Exceptions {
		switch {
		case !a.excepted[i]:
			limit := ""
			if e.Accounts != nil {
				limit = " and is about its accounts alone"
			}
			warn(e.Range, "An exception that silences nothing", "No finding of %s has an address that %q matches as a whole%s. "+
				"Remove the exception, or correct it; * in an address stands for any text.", e.Rule, e.Address, limit)
		case a.over(e.Until):
			warn(e.Range, "An exception that is out of date", "The exception of %s for %q held until %s. "+
				"Fix what the rule finds, or write a later date if it is still accepted.", e.Rule, e.Address, date(e.Until))
		}
	}
	slices.SortStableFunc(diags, func(x, y *hcl.Diagnostic) int {
		return cmp.Or(strings.Compare(x.Subject.Filename, y.Subject.Filename), cmp.Compare(x.Subject.Start.Byte, y.Subject.Start.Byte))
	})
	return append(diags, a.Baseline.gone(a.occurs)...)
}
