package check

import (
	"cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/tf"
)

// AccessFacts are what rules about access may ask: a row of who may use which key, and what was expected of it.
type AccessFacts struct {
	finding.Access
	// Unexpected is the expectation that does not list the caller, Missing the one that says it must have what it has not.
	Unexpected, Missing string
	// Reason is why the expectation is there, Stops what stops the caller that must have it.
	Reason, Stops string
}

// accessFacts are the facts of a row.
func accessFacts() []Fact {
	text := func(name, doc string, value func(a *AccessFacts) string) Fact {
		return Fact{Name: name, Type: cty.String, Doc: doc, value: func(_ *checker, t *thing) cty.Value { return cty.StringVal(value(t.access)) }}
	}
	yes := func(name, doc string, value func(a *AccessFacts) bool) Fact {
		return Fact{Name: name, Type: cty.Bool, Doc: doc, value: func(_ *checker, t *thing) cty.Value { return cty.BoolVal(value(t.access)) }}
	}
	return []Fact{
		text("key", "the address of the key", func(a *AccessFacts) string { return a.Key }),
		text("class", "what the actions open: data, control, use, metadata", func(a *AccessFacts) string { return a.Class }),
		{Name: "actions", Type: cty.List(cty.String), Doc: "the actions", value: func(_ *checker, t *thing) cty.Value { return stringList(t.access.Actions) }},
		text("kind", "stranger, organization, account, role, user, principal, service or provider", func(a *AccessFacts) string { return a.Who.Kind }),
		text("who", "the caller: its address where the input manages it, else its name", func(a *AccessFacts) string { return a.caller() }),
		text("name", "the ARN, account, organization, service or provider", func(a *AccessFacts) string { return a.Who.Name }),
		text("address", "the address of the caller, empty where the input does not manage it", func(a *AccessFacts) string { return a.Who.Address }),
		yes("trusted", "the caller is of the own account, or trusted", func(a *AccessFacts) bool { return a.Who.Trusted }),
		yes("certain", "it is there whatever is not known yet", func(a *AccessFacts) bool { return a.Certainty == finding.Certain }),
		yes("limited", "conditions limit it", func(a *AccessFacts) bool { return len(a.Conditions) > 0 }),
		text("via", "key-policy, account, grant or role", func(a *AccessFacts) string { return a.Via }),
		text("change", "what the plan does: gained, changed, kept; empty without a before", func(a *AccessFacts) string { return a.Change }),
		text("unexpected", "the expectation that does not list the caller, empty where there is none", func(a *AccessFacts) string { return a.Unexpected }),
		text("missing", "the expectation that is not met because the caller may not, empty where there is none", func(a *AccessFacts) string { return a.Missing }),
		text("reason", "why the expectation is there", func(a *AccessFacts) string { return a.Reason }),
		text("stops", "what stops a caller that is missing", func(a *AccessFacts) string { return a.Stops }),
	}
}

func (a *AccessFacts) caller() string {
	switch {
	case a.Who.Address != "":
		return a.Who.Address
	case a.Who.Kind == "stranger":
		return "anyone with an AWS account"
	}
	return a.Who.Name
}

// AboutAccess are the rules that are asked about access.
func AboutAccess(rules []*Rule) []*Rule {
	var out []*Rule
	for _, r := range rules {
		if r.Subject == "access" {
			out = append(out, r)
		}
	}
	return out
}

// Access runs the rules about access on every row.
func Access(rules []*Rule, list []AccessFacts) ([]finding.Finding, hcl.Diagnostics) {
	c := &checker{functions: functions(), memo: &memo{}}
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
