package check

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
)

// AboutAccess are the rules that are asked about access.
func AboutAccess(rules []*Rule) []*Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool { return r.Subject != "access" })
}

// Access runs the rules about access on every row.
func Access(rules []*Rule, list []AccessFacts) ([]finding.Finding, hcl.Diagnostics) {
	c := &checker{functions: functions(), wording: wording(), memo: &Memory{}}
	var out []finding.Finding
	seen := map[string]bool{}
	for _, r := range AboutAccess(rules) {
		for i := range list {
			a := &list[i]
			t := &thing{resource: &tf.Resource{Address: a.Key}, access: a}
			hit := c.ask(r, t)
			if !hit.fires {
				continue
			}
			f := finding.Finding{Rule: r.ID, Severity: hit.severity, Certainty: a.Certainty, Input: a.Input, Address: a.Key, Message: hit.message,
				Remedy: hit.remedy, Witness: a.Witness, DependsOn: a.DependsOn,
				Fingerprint: hashed([]string{r.ID, a.Key, a.Class, a.Who.Kind, a.Who.Address, a.Who.Name})}
			if account := access.AccountOf(a.Who.Name); account != "" || a.Who.Name == hidden {
				f.Accounts = []string{cmp.Or(account, hidden)}
			}
			if seen[f.Fingerprint] {
				continue // another way of the same caller
			}
			seen[f.Fingerprint] = true
			switch a.Change {
			case "gained":
				f.Status = finding.New
			case "kept", "changed":
				f.Status = finding.Existing
			}
			for n, step := range a.Through {
				if n == 0 {
					f.Attribute, f.Location, f.Statement = step.Attribute, step.Location, step.Statement
					continue
				}
				f.Related = append(f.Related, finding.Related{Message: "the way leads through " + step.Address, Location: step.Location})
			}
			out = append(out, f)
		}
	}
	return out, c.diags
}
