package scan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
)

// gate says how the run ends, and what it rests on.
func (r *run) gate() {
	g := &r.result.Report.Gate
	g.FailOn, g.NewOnly, g.Untrusted = finding.Never, r.NewOnly, r.Untrusted
	if r.result.FailOn != 0 {
		g.FailOn = r.result.FailOn.String()
	}
	g.Counted = []string{}
	for i := range r.result.Report.Findings {
		f := &r.result.Report.Findings[i]
		if r.result.FailOn != 0 && f.Counts() && f.Severity >= r.result.FailOn && (!r.NewOnly || f.Status == finding.New) {
			g.Counted = append(g.Counted, f.Fingerprint)
		}
	}
	g.Settings = r.settings()
	if g.Sources == nil {
		g.Sources = []finding.Source{}
	}
	g.Passed = r.result.ExitCode() == ExitClean
}

// settings are those that make the gate milder: of the command line, then of the configuration in the order of the file.
func (r *run) settings() []finding.Setting {
	out := []finding.Setting{}
	option := func(flag, value string, milder bool) {
		if milder {
			what := flag[2:]
			if value != "" {
				what += " = " + value
			}
			out = append(out, finding.Setting{What: what, From: cmp.Or(r.Origin[flag], flag)})
		}
	}
	option("--fail-on", r.FailOn, r.FailOn == finding.Never || r.FailOn == finding.Critical.String())
	option("--new-only", "", r.NewOnly)
	option("--baseline", r.Baseline, r.Baseline != "" && !r.NoSuppressions)
	issuers, _ := names(r.config)
	for i, iss := range r.config.SharedIssuers {
		if redefines(issuers[i : i+1]) {
			out = append(out, finding.Setting{What: "shared_issuer " + iss.Host + " by the tenant " + iss.Tenant, From: fmt.Sprintf("%s:%d", r.name(iss.Range.Filename), iss.Range.Start.Line)})
		}
	}
	for _, s := range r.config.Settings {
		if r.FailOn != "" && strings.HasPrefix(s.What, "fail_on ") {
			continue // the command line decides
		}
		out = append(out, finding.Setting{What: s.What, From: fmt.Sprintf("%s:%d", r.name(s.Range.Filename), s.Range.Start.Line)})
	}
	return append(out, r.loweredRules...)
}

// redefines says whether an issuer of the configuration, the one of the list, takes the place of a shared one that is known: another
// claim may then name the tenant.
func redefines(own []aws.Issuer) bool {
	if known, ok := aws.FindIssuer(own[0].Host, nil); ok && len(known.Tenants) > 0 {
		return true
	}
	return slices.ContainsFunc(aws.Issuers, func(iss aws.Issuer) bool {
		found, _ := aws.FindIssuer(iss.Host, own)
		return len(iss.Tenants) > 0 && found == &own[0]
	})
}
