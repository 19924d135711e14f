// Package config reads the configuration file, .keyproof.hcl: which accounts and organizations are trusted, how strict
// the gate is, and which findings are accepted.
//
// The file is read strictly. What is misspelt, malformed or incomplete is an error with its place, never ignored: a
// gate must not run under other rules than the ones that somebody wrote down.
//
// It is no API: it may change in any version.
package config

import (
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/finding"
)

// FileName is the name of the configuration file.
const FileName = ".keyproof.hcl"

// Config is a configuration file. The zero value is that of a repository without one.
type Config struct {
	// Path is the file, as it was given to Load, and Source its content, for excerpts.
	Path   string
	Source []byte

	// Account and Organization are the own ones, "" where the file does not say.
	Account      string
	Organization string
	// TrustedAccounts and TrustedOrganizations are let in like the own account, in the order of the file.
	TrustedAccounts      []string
	TrustedOrganizations []string

	// FailOn is the name of a severity, or [finding.Never]; "" where the file does not say.
	FailOn string
	// MinDeletionWindowDays is the shortest deletion window that is long enough, 0 where the file does not say.
	MinDeletionWindowDays int
	// IPv4Prefix and IPv6Prefix are the prefix lengths of the broadest networks that count as narrow, 0 where the file
	// does not say.
	IPv4Prefix int
	IPv6Prefix int

	// Severity overrides the severity of rules.
	Severity map[string]finding.Severity
	// DisabledRules do not run.
	DisabledRules []string
	// Exceptions are the findings that the file accepts, in its order.
	Exceptions []Exception
	// Expectations are the access that the file writes down, in its order.
	Expectations []Expectation

	// SharedIssuers are identity providers that sign for many customers, ConditionKeys what condition keys are, in the order
	// of the file: what keyproof has in no table.
	SharedIssuers []SharedIssuer
	ConditionKeys []ConditionKey

	// Settings are what the file says that makes the gate milder, with its place, but for Severity: who knows the rules'
	// own severities knows which are lowered.
	Settings []Setting
	// SeverityAt is where the file overrides the severity of a rule.
	SeverityAt map[string]hcl.Range

	// named are the rules that the file names, with their places, for Check.
	named []namedRule
}

// Setting is something that makes the gate milder.
type Setting struct {
	// What is the setting with its value, such as "disabled_rules kms-key-rotation".
	What  string
	Range hcl.Range
}

// Exception accepts the findings of one rule at some addresses.
type Exception struct {
	Rule string
	// Address is the whole address of an instance; * stands for any text.
	Address string
	// Accounts are the accounts that it is limited to, nil where it is not: those that the finding is about, where it is about
	// named ones, else the own one of its input.
	Accounts []string
	Reason   string
	// Until is the last day on which the exception holds, the zero time where it holds for ever.
	Until time.Time
	// Range is the place of the block's header.
	Range hcl.Range
}

type namedRule struct {
	name  string
	place hcl.Range
}

// Check says which of the rules that the file names are none of the given ones. It is a step of its own because rules
// may come from elsewhere and are read later than the configuration.
func (c *Config) Check(rules []string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, n := range c.named {
		if d := UnknownRule(n.name, rules, n.place); d != nil {
			diags = append(diags, d)
		}
	}
	return diags
}

// Disabled says whether the file switches the rule off.
func (c *Config) Disabled(rule string) bool {
	return slices.Contains(c.DisabledRules, rule)
}

// SeverityOf returns the severity that the file gives the rule, or the rule's own.
func (c *Config) SeverityOf(rule string, own finding.Severity) finding.Severity {
	if s, ok := c.Severity[rule]; ok {
		return s
	}
	return own
}

// SharedIssuer is an identity provider that signs tokens for many customers, which the user knows of.
type SharedIssuer struct {
	// Host is the provider's url without its scheme.
	Host string
	// Tenant is the claim that names the customer. In its value the name stands between Before and the character After,
	// which is "" where the name ends the value; without a form (Formed is false) the whole value is the name.
	Tenant        string
	Formed        bool
	Before, After string
	// Range is the place of the block's header.
	Range hcl.Range
}

// ConditionKey says what a condition key is that keyproof has in no table.
type ConditionKey struct {
	Name string
	// Restricts says that AWS asserts the value, so that a stranger has another one than those that a policy writes out.
	Restricts bool
}

// Expectation is access that is written down, and held.
type Expectation struct {
	Name string
	// Key is an address, alias, id or ARN of keys; * stands for any text.
	Key string
	// Only are all who may do something of a class of actions, Keeps those who must be able to. A class that Only does not
	// have is not limited.
	Only, Keeps map[string][]string
	Reason      string
	// Range is the place of the block's header.
	Range hcl.Range
}
