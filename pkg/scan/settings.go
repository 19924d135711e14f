package scan

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/file"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// loadConfig reads the configuration, which the options beat.
func (r *run) loadConfig() error {
	path := r.ConfigFile
	if path == "" && r.Untrusted {
		return nil
	}
	if path == "" {
		found, ok, err := config.Find(r.searchFrom())
		if err != nil || !ok {
			return err
		}
		path = found
	}
	if err := r.stays(path); err != nil {
		r.errorf("The configuration cannot be read", "%s.", sentence(err))
		return nil
	}
	c, diags := config.Load(path)
	r.problem(diags)
	if c != nil {
		r.config = c
		r.files[r.name(c.Path)] = c.Source
	}
	return nil
}

// keepValues takes away the files of values that cannot be read, also where nothing would have read them.
func (r *run) keepValues() {
	r.Values = slices.DeleteFunc(slices.Clone(r.Values), func(v Value) bool {
		if v.File == "" {
			return false
		}
		err := r.stays(v.File)
		if err == nil {
			var f *os.File
			if f, err = file.Open(v.File); err == nil {
				f.Close()
				return false
			}
		}
		r.errorf("Variable file cannot be read", "It was left out: %v.", err)
		return true
	})
}

// searchFrom is where the search for the configuration starts: the sources, else the current directory.
func (r *run) searchFrom() string {
	for _, p := range append(r.SourceDirs(), r.Paths...) {
		if info, err := os.Stat(p); p != "" && p != "-" && err == nil {
			if info.IsDir() {
				return p
			}
			if sourceFile(p) {
				return filepath.Dir(p)
			}
		}
	}
	return "."
}

func (r *run) setFailOn() error {
	switch name := cmp.Or(r.FailOn, r.config.FailOn); name {
	case "":
		r.result.FailOn = finding.High
	case finding.Never:
	default:
		s, err := finding.ParseSeverity(name)
		if err != nil {
			return fmt.Errorf("--fail-on: %q is not a severity: it is one of critical, high, medium, low, never", name)
		}
		r.result.FailOn = s
	}
	if r.Account != "" && !aws.IsAccountID(r.Account) {
		return fmt.Errorf("--account: %q is not an account id, which has 12 digits", r.Account)
	}
	if r.Organization != "" && !config.IsOrganizationID(r.Organization) {
		return fmt.Errorf("--organization: %q is not an organization id, such as o-a1b2c3d4e5", r.Organization)
	}
	switch r.Kind {
	case "", string(iam.Key), string(iam.Trust), string(iam.Identity):
		return nil
	}
	return fmt.Errorf("--kind: %q is not a kind of policy: it is one of key, trust, identity", r.Kind)
}

// given is the own account that the user said.
func (r *run) given() *finding.Account {
	switch {
	case r.Account != "":
		return &finding.Account{ID: r.Account, From: "--account"}
	case r.config.Account != "":
		return &finding.Account{ID: r.config.Account, From: r.name(r.config.Path)}
	}
	return nil
}

// names are the identity providers and condition keys that the configuration tells of.
func names(c *config.Config) ([]aws.Issuer, map[string]aws.Key) {
	var issuers []aws.Issuer
	for _, i := range c.SharedIssuers {
		t := aws.Tenant{Claim: strings.ToLower(i.Tenant)}
		if i.Formed {
			t.Forms = []aws.Naming{{Prefix: i.Before, Ends: i.After, Whole: i.After == ""}}
		}
		iss := aws.Issuer{Host: i.Host, Tenants: []aws.Tenant{t}, Claims: []string{t.Claim}}
		if !(&aws.Issuer{}).HasClaim(t.Claim) { // who is named by it is told, not that AWS passes it on
			iss.Optional = iss.Claims
		}
		issuers = append(issuers, iss)
	}
	keys := map[string]aws.Key{}
	for _, k := range c.ConditionKeys {
		info := aws.Key{Name: k.Name}
		if k.Restricts {
			info.Tells, info.Assigned = aws.Identity, true
		}
		keys[strings.ToLower(k.Name)] = info
	}
	return issuers, keys
}

// subject is what the decisions about an input have in common.
func (r *run) subject(account *finding.Account, organization string) access.Subject {
	s := access.Subject{
		TrustedAccounts: r.config.TrustedAccounts, TrustedOrganizations: r.config.TrustedOrganizations, Now: r.Now,
		IPv4Bits: r.config.IPv4Prefix, IPv6Bits: r.config.IPv6Prefix,
	}
	s.SharedIssuers, s.Keys = names(r.config)
	if account != nil {
		s.Account = account.ID
	}
	s.Organization = cmp.Or(r.Organization, r.config.Organization, organization)
	return s
}
