package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/finding"
)

// written is the file as it is written. Its values are read later, so that an error can say what is wanted instead.
type written struct {
	Account               *hcl.Attribute `hcl:"account,optional"`
	Organization          *hcl.Attribute `hcl:"organization,optional"`
	TrustedAccounts       *hcl.Attribute `hcl:"trusted_accounts,optional"`
	TrustedOrganizations  *hcl.Attribute `hcl:"trusted_organizations,optional"`
	FailOn                *hcl.Attribute `hcl:"fail_on,optional"`
	MinDeletionWindowDays *hcl.Attribute `hcl:"min_deletion_window_days,optional"`
	IPv4Prefix            *hcl.Attribute `hcl:"ipv4_prefix,optional"`
	IPv6Prefix            *hcl.Attribute `hcl:"ipv6_prefix,optional"`
	DisabledRules         *hcl.Attribute `hcl:"disabled_rules,optional"`

	Severity   *writtenSeverity   `hcl:"severity,block"`
	Exceptions []writtenException `hcl:"exception,block"`
	Issuers    []writtenIssuer    `hcl:"shared_issuer,block"`
	Keys       []writtenKey       `hcl:"condition_key,block"`
	Expects    []writtenExpect    `hcl:"expect,block"`
}

type writtenSeverity struct {
	Rules hcl.Attributes `hcl:",remain"`
}

type writtenException struct {
	Rule      string         `hcl:"rule,label"`
	RulePlace hcl.Range      `hcl:"rule,label_range"`
	Header    hcl.Range      `hcl:",def_range"`
	Address   *hcl.Attribute `hcl:"address,optional"`
	Accounts  *hcl.Attribute `hcl:"accounts,optional"`
	Reason    *hcl.Attribute `hcl:"reason,optional"`
	Until     *hcl.Attribute `hcl:"until,optional"`
}

// shape is how an id looks, and what an error says of it.
type shape struct {
	words string
	fits  func(id string) bool
}

func accountID() shape {
	return shape{"an account id: 12 digits in quotes", func(id string) bool {
		return len(id) == 12 && strings.Trim(id, "0123456789") == ""
	}}
}

func organizationID() shape {
	return shape{`an organization id: "o-" and 10 to 32 lower-case letters or digits`, IsOrganizationID}
}

// IsOrganizationID says whether a text is how an organization's id looks.
func IsOrganizationID(id string) bool {
	rest, ok := strings.CutPrefix(id, "o-")
	return ok && 10 <= len(rest) && len(rest) <= 32 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func (r *reader) read(w *written) {
	c := r.config
	c.Account = r.id(w.Account, accountID())
	c.Organization = r.id(w.Organization, organizationID())
	c.TrustedAccounts = r.ids(w.TrustedAccounts, accountID())
	c.TrustedOrganizations = r.ids(w.TrustedOrganizations, organizationID())
	c.FailOn = r.failOn(w.FailOn)
	if c.FailOn == finding.Never || c.FailOn == finding.Critical.String() {
		r.milder(w.FailOn.NameRange, "fail_on = %s", c.FailOn)
	}
	c.MinDeletionWindowDays = r.number(w.MinDeletionWindowDays, 7, 30, "a number of days from 7 to 30, which is what AWS allows")
	c.IPv4Prefix = r.number(w.IPv4Prefix, 1, 32, "the length of an IPv4 prefix, from 1 to 32")
	c.IPv6Prefix = r.number(w.IPv6Prefix, 1, 128, "the length of an IPv6 prefix, from 1 to 128")
	for _, n := range []struct {
		a            *hcl.Attribute
		value, usual int
	}{{w.MinDeletionWindowDays, c.MinDeletionWindowDays, 30}, {w.IPv4Prefix, c.IPv4Prefix, narrowIPv4}, {w.IPv6Prefix, c.IPv6Prefix, narrowIPv6}} {
		if n.value > 0 && n.value < n.usual {
			r.milder(n.a.NameRange, "%s = %d", n.a.Name, n.value)
		}
	}
	c.DisabledRules = r.disabled(w.DisabledRules)
	if w.Severity != nil {
		c.Severity = r.severities(w.Severity.Rules)
	}
	for i := range w.Exceptions {
		r.exception(&w.Exceptions[i])
	}
	for i := range w.Issuers {
		r.issuer(&w.Issuers[i])
	}
	for i := range w.Keys {
		r.key(&w.Keys[i])
	}
	for i := range w.Expects {
		r.expect(&w.Expects[i])
	}
}

func (r *reader) id(a *hcl.Attribute, s shape) string {
	id, ok := r.text(a, s.words)
	if ok && !s.fits(id) {
		r.fail(a.Expr.Range(), fmt.Sprintf("Wrong value for %s", a.Name), "%q is not %s.", id, s.words)
	}
	return id
}

func (r *reader) failOn(a *hcl.Attribute) string {
	name, ok := r.text(a, "one of "+severityNames+", "+finding.Never+" in quotes")
	if !ok || name == finding.Never {
		return name
	}
	if _, err := finding.ParseSeverity(name); err != nil {
		r.fail(a.Expr.Range(), "Wrong value for fail_on", "%q is none of %s, %s.", name, severityNames, finding.Never)
		return ""
	}
	return name
}

// The prefix lengths of the broadest networks that count as narrow where nobody says otherwise.
const (
	narrowIPv4 = 8
	narrowIPv6 = 32
)

const severityNames = "critical, high, medium, low"

func (r *reader) number(a *hcl.Attribute, least, most int, want string) int {
	v, ok := r.value(a)
	if !ok {
		return 0
	}
	if !v.IsNull() && v.Type() == cty.Number {
		if n, exact := v.AsBigFloat().Int64(); exact == 0 && v.AsBigFloat().IsInt() && int64(least) <= n && n <= int64(most) {
			return int(n)
		}
	}
	r.wrong(a, want)
	return 0
}

func (r *reader) ids(a *hcl.Attribute, s shape) []string {
	var ids []string
	for _, t := range r.fitting(a, s) {
		ids = append(ids, t.name)
		r.milder(t.place, "%s %s", a.Name, t.name)
	}
	return ids
}

// fitting are the texts of a list that have a shape.
func (r *reader) fitting(a *hcl.Attribute, s shape) []namedRule {
	return slices.DeleteFunc(r.texts(a, s.words), func(t namedRule) bool {
		if !s.fits(t.name) {
			r.fail(t.place, fmt.Sprintf("Wrong value in %s", a.Name), "%q is not %s.", t.name, s.words)
			return true
		}
		return false
	})
}

func (r *reader) disabled(a *hcl.Attribute) []string {
	var rules []string
	for _, t := range r.texts(a, "the name of a rule in quotes") {
		rules = append(rules, t.name)
		r.milder(t.place, "%s %s", a.Name, t.name)
		r.config.named = append(r.config.named, t)
	}
	return rules
}

func (r *reader) severities(attrs hcl.Attributes) map[string]finding.Severity {
	out := map[string]finding.Severity{}
	for _, a := range inOrder(attrs) {
		r.config.named = append(r.config.named, namedRule{a.Name, a.NameRange})
		name, ok := r.text(a, "one of "+severityNames+" in quotes")
		if !ok {
			continue
		}
		s, err := finding.ParseSeverity(name)
		if err != nil {
			r.fail(a.Expr.Range(), fmt.Sprintf("Wrong severity for %s", a.Name),
				"%q is none of %s. A rule is switched off with disabled_rules.", name, severityNames)
			continue
		}
		out[a.Name] = s
		if r.config.SeverityAt == nil {
			r.config.SeverityAt = map[string]hcl.Range{}
		}
		r.config.SeverityAt[a.Name] = a.NameRange
	}
	return out
}

func (r *reader) exception(w *writtenException) {
	e := Exception{Rule: w.Rule, Range: w.Header}
	r.config.named = append(r.config.named, namedRule{w.Rule, w.RulePlace})
	if w.Address == nil {
		r.fail(w.Header, "An exception without an address",
			"Write address = \"…\": the address of what is excepted, such as aws_kms_key.this or module.shared.*; * stands for any text.")
	}
	if w.Reason == nil {
		r.fail(w.Header, "An exception without a reason",
			"Write reason = \"…\": why this is accepted, for whoever reads it next.")
	}
	e.Address, _ = r.text(w.Address, `an address in quotes, such as "aws_kms_key.this" or "module.shared.*"`)
	e.Reason, _ = r.text(w.Reason, "why this is accepted, in quotes")
	e.Until = r.date(w.Until)
	if w.Accounts != nil {
		e.Accounts = []string{} // none fits, if all of them are wrong
		for _, t := range r.fitting(w.Accounts, accountID()) {
			e.Accounts = append(e.Accounts, t.name)
		}
	}
	r.config.Exceptions = append(r.config.Exceptions, e)
}

func (r *reader) date(a *hcl.Attribute) time.Time {
	text, ok := r.text(a, `a date in quotes, such as "2027-01-31"`)
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		r.fail(a.Expr.Range(), fmt.Sprintf("Wrong value for %s", a.Name), "%q is not a date: write year, month and day, such as \"2027-01-31\".", text)
	}
	return t
}
