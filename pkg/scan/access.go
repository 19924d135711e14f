package scan

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/check/who"
	"github.com/keyproof/keyproof/pkg/finding"
)

// How much of who may use which key a report holds.
const (
	AccessNone    = "none"
	AccessChanges = "changes" // what the plans change
	AccessAll     = "all"
)

// accessOf checks the name of how much is asked for.
func accessOf(name string) error {
	switch name {
	case "", AccessNone, AccessChanges, AccessAll:
		return nil
	}
	return fmt.Errorf("--access: %q is not one of changes, all, none", name)
}

// mapAccess finds who may use which key, over all inputs together, and asks the rules about it.
func (r *run) mapAccess(ctx context.Context, list []*judging) {
	judged := r.judgesAccess()
	if !judged && !r.showsAccess() {
		return
	}
	var inputs []who.Input
	for _, j := range list {
		if j != nil && j.access != nil {
			inputs = append(inputs, *j.access)
		}
	}
	m := who.Of(ctx, inputs, !judged && r.Access == AccessChanges)
	if r.Access == AccessAll {
		r.result.Map = m // who asks it more; otherwise it goes when its rows are told
	}
	if r.showsAccess() {
		r.result.Report.Access, r.result.Report.AccessShown = shown(m.Rows, r.Access, judged), r.Access
	}
	if m.More != "" {
		r.result.Incomplete = true
		r.errorf("Not all access is listed", "%s. What is listed holds.", m.More)
	}
	if judged && ctx.Err() == nil {
		r.accessRules(ctx, m)
	}
}

// shown are the rows that a report holds, in a list of their own if somebody else needs theirs.
func shown(rows []finding.Access, access string, needed bool) []finding.Access {
	if rows == nil || needed || access == AccessAll {
		rows = append([]finding.Access{}, rows...)
	}
	if access == AccessChanges {
		rows = slices.DeleteFunc(rows, func(a finding.Access) bool { return a.Change == "" || a.Change == who.Kept })
	}
	return rows
}

func (r *run) showsAccess() bool { return r.Access != "" && r.Access != AccessNone }

// judgesAccess says whether a rule that runs is about access, and has something to say: those about expectations have
// only where there are any.
func (r *run) judgesAccess() bool {
	if len(r.config.Expectations) > 0 {
		return true
	}
	return slices.ContainsFunc(check.AboutAccess(r.rules), func(rule *check.Rule) bool { return !rule.AsksOnly("access", "unexpected", "missing") })
}

// accessRules asks the rules about access.
func (r *run) accessRules(ctx context.Context, m *who.Map) {
	rows, unmatched := m.Judge(ctx, r.config.Expectations)
	for _, e := range unmatched {
		r.files[r.name(r.config.Path)] = r.config.Source
		r.problem(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Expectation that no key meets", Subject: e.Range.Ptr(),
			Detail: fmt.Sprintf("The expectation %q is about %s, and no key of the input is called that.", e.Name, e.Key)}})
	}
	found, diags := check.Access(r.rules, rows)
	for i := range found {
		if in := found[i].Input; in < len(r.result.Report.Inputs) {
			if a := r.result.Report.Inputs[in].Account; a != nil {
				found[i].Account = a.ID
			}
		}
	}
	r.result.Report.Findings = append(r.result.Report.Findings, found...)
	r.problem(diags)
}
