package access

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Subject is what a document governs, and whom its owner trusts. The zero value of a field means that it is not known.
type Subject struct {
	Kind iam.Kind
	// Resource is the ARN of the key or role.
	Resource string
	// Account is the own account, Organization the own organization.
	Account      string
	Organization string
	// TrustedAccounts and TrustedOrganizations count as the own account does.
	TrustedAccounts      []string
	TrustedOrganizations []string
	Partition            string
	Region               string
	// Constants are condition keys that are properties of the key, by name: kms:KeySpec, aws:ResourceTag/team.
	Constants map[string]string
	// Whole are beginnings of condition keys of which Constants has all that there are: aws:ResourceTag/.
	Whole []string
	// Address is the resource's address in Terraform, which an unknown ARN may refer to.
	Address string
	// ARNs are those of roles, users and keys by their address in Terraform, for references to them. Where the ARN is not
	// known before apply it may be one that [StandIn] made.
	ARNs map[string]string
	// Issuers are the hosts of identity providers by their address in Terraform.
	Issuers map[string]string
	// OwnIssuers are identity providers by their address in Terraform whose host is not known, and is one customer's own: the
	// issuer of a cluster.
	OwnIssuers map[string]bool
	// Keys are condition keys that the user knows, by name in lower case.
	Keys map[string]aws.Key
	// SharedIssuers are identity providers that sign for many customers, besides those that are known.
	SharedIssuers []aws.Issuer
	// Now is the time of the decision: a window of dates that has passed lets nobody in. The zero time is 1970.
	Now time.Time
	// unknownKey says that the ARN of the resource is one of several that it may have, noOrganization that the own account
	// is in none. See readings.
	unknownKey, noOrganization bool
	// orgPath is where the own account is in its organization, see readings.
	orgPath string
	// MaxSize is how many characters AWS accepts for the document, 0 for what its kind may have.
	MaxSize int
	// IPv4Bits and IPv6Bits are the prefix lengths of the broadest networks that count as narrow: 8 and 32 by default, as in
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html.
	IPv4Bits, IPv6Bits int
}

// The audiences that are asked about, by who calls, from which organization and network, and for which resource a
// service calls. A fresh value is one that AWS assigned to somebody whom the policy does not name.
type (
	accountClass int
	orgClass     int
	netClass     int
)

const (
	freshAccount   accountClass = iota
	foreignAccount              // named by the policy, not trusted
	trustedAccount
	anyAccount
)

const (
	freshOrg   orgClass = iota // or none
	foreignOrg                 // named by the policy, not trusted
	trustedOrg
	anyOrg
)

const (
	freshNetwork netClass = iota // the internet, or an endpoint that the policy does not name
	anyNetwork
)

// The zero audience is the stranger.
type audience struct {
	account accountClass
	org     orgClass
	net     netClass
	named   bool // the caller may be a role or user that the document names by its unique id
}

// sourceOrg is the organization of the account that a service works for.
func (who audience) sourceOrg() orgClass { return who.org }

// question is one document and what its analysis needs.
type question struct {
	Subject
	doc       *iam.Document
	kind      iam.Kind
	table     []aws.Action
	variables bool
	now       time.Time
	partition string // "" where any is possible
	constants map[string]string
	whole     []string // beginnings of keys, in lower case, that requests have only where they are constants
	families  map[string]family
	work      *sets.Budget

	accounts, foreign, trusted []string // account ids: named by the document; of these untrusted; own and trusted
	orgs, foreignOrgs          []string
	trustedOrgs                []string
	ids                        []string // VPCs, endpoints
	uniqueIDs                  []string
	measured                   []string // hashes of roles and instances that enclaves run on
	bareARNs                   []string // literal source ARNs without an account
	stranger                   string   // a fresh account id
	sessions                   bool     // whether a principal of the document is a session of a role
	owned                      bool     // what conditions write out of a service's request is not a stranger's
	statements                 []iam.Statement
	also                       []iam.Statement // of a document that this one is compared with
	// reading is how comparisons of two values that the caller chooses are taken.
	reading reading
	// preferred is the value to try first for a key that is compared with another one, "" for none.
	preferred string
	inexact   string // what could not be decided exactly, "" if nothing
	// overread says that more may have been let in than is.
	overread bool
	lowers   map[string]string
	compared map[compared]*sets.Language
	naming   map[naming]*sets.Language
	langs    map[string]*sets.Language
	spelled  map[string]string
	variable bool // some value has one
	// lists are the actions that lists of patterns cover, as far as they were asked for.
	lists map[*iam.List]actionSet
}

// reading is how a comparison of two values that the caller chooses is taken: a condition with a variable, or a Resource
// with one.
type reading int

const (
	pinned reading = iota // one of the values is fixed
	loose                 // it lets in as many as it can: it holds in an Allow and fails in a Deny
	strict                // it lets in as few as it can
)

// holds says whether a comparison holds that is not decided.
func (q *question) holds(deny bool) bool { return deny == (q.reading == strict) }

// family is how the operators of the document compare a key.
type family int

const (
	textFamily family = iota
	numericFamily
	dateFamily
	addressFamily
)

func newQuestion(doc *iam.Document, s Subject) *question {
	if s.IPv4Bits == 0 {
		s.IPv4Bits = 8
	}
	if s.IPv6Bits == 0 {
		s.IPv6Bits = 32
	}
	q := &question{Subject: s, doc: doc, kind: s.Kind, table: actionTable(s.Kind), variables: doc.Version.S == "2012-10-17",
		now: s.Now, partition: s.Partition, work: newBudget(), langs: map[string]*sets.Language{},
		statements: doc.Statements}
	q.trusted = append(q.trusted, s.TrustedAccounts...)
	if s.Account != "" {
		q.trusted = append(q.trusted, s.Account)
	}
	q.trustedOrgs = slices.Clone(s.TrustedOrganizations)
	q.collect(doc)
	q.setConstants()
	return q
}

// partitionName is the partition for a witness.
func (q *question) partitionName() string {
	if q.partition == "" {
		return "aws"
	}
	return q.partition
}

// lacks says whether no request has a key, which is no constant.
func (q *question) lacks(key string) bool {
	return slices.ContainsFunc(q.whole, func(w string) bool { return strings.HasPrefix(key, w) })
}

// constant is the value of a key, in lower case, that every request has. Of names that differ in upper and lower case the
// first in order counts.
func (q *question) constant(key string) (string, bool) {
	if v, ok := q.constants[key]; ok {
		return v, true
	}
	name := ""
	for k := range q.Constants {
		if len(k) == len(key) && (name == "" || k < name) && strings.EqualFold(k, key) {
			name = k
		}
	}
	return q.Constants[name], name != ""
}

func (q *question) setConstants() {
	q.constants = map[string]string{}
	for _, w := range q.Whole {
		q.whole = append(q.whole, strings.ToLower(w))
	}
	if q.kind == iam.Identity {
		// Whoever holds an identity policy is of the account that has it.
		holder := q.Account
		if holder == "" {
			holder = ownAccountStandIn
		}
		q.constants["aws:principalaccount"], q.constants["kms:calleraccount"] = holder, holder
		return
	}
	if q.Account != "" {
		q.constants["aws:resourceaccount"] = q.Account
	}
	if account := aws.AccountOf(q.Resource); account != "" {
		q.constants["aws:resourceaccount"] = account
	}
	switch {
	case q.noOrganization:
		q.whole = append(q.whole, "aws:resourceorgid", "aws:resourceorgpaths")
	default:
		org := cmp.Or(q.Organization, ownOrgStandIn) // whatever its id is, it is nobody else's
		q.constants["aws:resourceorgid"] = org
		q.constants["aws:resourceorgpaths"] = cmp.Or(q.orgPath, org+"/"+ownRootStandIn)
	}
	if q.Region != "" {
		q.constants["aws:requestedregion"] = q.Region
	}
}

// lower is the name of a condition key in lower case, remembered.
func (q *question) lower(key string) string {
	l, ok := q.lowers[key]
	if !ok {
		l = strings.ToLower(key)
		if q.lowers == nil {
			q.lowers = map[string]string{}
		}
		q.lowers[key] = l
	}
	return l
}

// lang keeps a language that several shapes use, so that it is built once and can be told by its identity.
func (q *question) lang(name string, make func() *sets.Language) *sets.Language {
	l, ok := q.langs[name]
	if !ok {
		l = make()
		q.langs[name] = l
	}
	return l
}

// hasHoles says whether any part of the document is unknown.
func hasHoles(doc *iam.Document) bool { return unknown.HasHole(doc.Text.S) }
