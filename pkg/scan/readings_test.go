package scan_test

import (
	"context"
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/scan"
)

var readings = flag.String("readings", "", "a further directory of directories with a plan.json and its sources")

// TestReadingsAgree holds the three readings of a module against each other: the plan alone, the plan with its sources, and
// the sources alone. They may differ in how much they know, never in what they know: what one decides no other decides
// otherwise, and what one finds for certain no other clears.
func TestReadingsAgree(t *testing.T) {
	for _, top := range []string{"../../fixtures/plans", "../../fixtures/reconstruct", "../../fixtures", *readings} {
		plans, err := filepath.Glob(filepath.Join(top, "*", "plan.json"))
		if err != nil || top != "" && len(plans) == 0 {
			t.Fatalf("%s holds no plans: %v", top, err)
		}
		for _, plan := range plans {
			dir := filepath.Dir(plan)
			t.Run(filepath.Base(dir), func(t *testing.T) {
				t.Parallel()
				account := ""
				if a := reading(t, plan, "none", "").Inputs[0].Account; a != nil {
					account = a.ID
				}
				compareReadings(t, map[string]*finding.Report{
					"the plan alone":        reading(t, plan, "none", account),
					"the plan with sources": reading(t, plan, dir, account),
					alone:                   reading(t, dir, "none", account),
				})
			})
		}
	}
}

// alone is the reading that does not know what is there already: a key without a policy has the default one, or any other.
const alone = "the sources alone"

func reading(t *testing.T, path, source, account string) *finding.Report {
	t.Helper()
	r, err := scan.Run(context.Background(), scan.Options{Paths: []string{path}, Sources: []string{source}, Account: account, ConfigFile: noConfig(t),
		NoSuppressions: true, Env: []string{}, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil || len(r.Report.Inputs) != 1 || r.Report.Inputs[0].TerraformVersion == "" && source != "none" {
		t.Fatal(err, r.Report.Diagnostics)
	}
	return r.Report
}

// compareReadings compares what is decided in two readings of one object.
func compareReadings(t *testing.T, reports map[string]*finding.Report) {
	t.Helper()
	type said struct{ reading, verdict, public string }
	policies := map[string][]said{}
	there := map[string]bool{} // what a plan does not create may be other than the sources say
	for _, report := range reports {
		for _, p := range report.Policies {
			there[p.Address] = there[p.Address] || p.Action != nil && *p.Action != "create"
		}
	}
	for name, report := range reports {
		for _, p := range report.Policies {
			if p.Public != "unknown" && p.Verdict != "unknown" && len(p.Assumed) == 0 && (name != alone || p.ResolvedFrom != "default" && !there[p.Address]) {
				at := p.Address + " " + p.Attribute
				policies[at] = append(policies[at], said{name, p.Verdict, p.Public})
			}
		}
	}
	for at, list := range policies {
		for _, s := range list[1:] {
			if first := list[0]; s.public != first.public || s.verdict != first.verdict {
				t.Errorf("%s is %s (%s) in %s, and %s (%s) in %s", at, first.verdict, first.public, first.reading, s.verdict, s.public, s.reading)
			}
		}
	}
	certain := map[string]string{}
	for name, report := range reports {
		for i := range report.Findings {
			if f := &report.Findings[i]; f.Certainty == finding.Certain && f.Counts() && !ofSeveral[f.Rule] {
				certain[strings.Join([]string{f.Rule, f.Address, f.Attribute}, " ")] = name
			}
		}
	}
	for at, name := range certain {
		rule, _, _ := strings.Cut(at, " ")
		for other, report := range reports {
			if address := strings.Fields(at)[1]; (name == alone || other == alone) && there[address] {
				continue
			}
			if cleared(report, rule, at) {
				t.Errorf("%s is certain in %s, and %s says nothing of it", at, name, other)
			}
		}
	}
}

// ofSeveral are rules about how much is known, or about several policies at once, of which one may not be.
var ofSeveral = map[string]bool{"policy-undecided": true, "policy-assumed": true, "kms-key-reachable": true}

// cleared says whether a reading judges what a finding is about, and neither finds it nor leaves it open.
func cleared(r *finding.Report, rule, at string) bool {
	address, attribute, _ := strings.Cut(strings.TrimPrefix(at, rule+" "), " ")
	judged := false
	for _, p := range r.Policies {
		if p.Address == address && (p.Attribute == attribute || attribute == "") {
			if p.Public == "unknown" || p.Verdict == "unknown" || p.ResolvedFrom == "default" {
				return false
			}
			judged = true
		}
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; strings.Join([]string{f.Rule, f.Address, f.Attribute}, " ") == at {
			return false
		}
	}
	return judged
}
