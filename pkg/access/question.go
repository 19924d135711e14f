package access

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
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

var (
	orgText    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`o-[a-z0-9\x{86}\x{87}]{10,32}`) })
	vpcText    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`vpce?-[0-9a-z\x{86}\x{87}]+`) })
	uniqueText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`A(?:ROA|IDA)[A-Z0-9\x{86}\x{87}]{12,}`) })
)

// collect finds the ids that the document names, and how it compares each key.
func (q *question) collect(doc *iam.Document) {
	q.accounts = append(q.accounts, q.trusted...)
	for i := range doc.Statements {
		s := &doc.Statements[i]
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			q.name(p.Text.S)
			for _, e := range p.Entries {
				for _, v := range e.Values.Items {
					q.name(v.S)
					q.sessions = q.sessions || strings.Contains(v.S, ":assumed-role/")
				}
			}
		}
		for j := range s.Conditions {
			q.collectCondition(&s.Conditions[j])
		}
	}
	for _, list := range []*[]string{&q.accounts, &q.orgs, &q.ids, &q.uniqueIDs, &q.bareARNs, &q.measured} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	q.foreign, q.foreignOrgs = nil, nil
	for _, a := range q.accounts {
		if !slices.Contains(q.trusted, a) {
			q.foreign = append(q.foreign, a)
		}
	}
	for _, o := range q.orgs {
		if !slices.Contains(q.trustedOrgs, o) {
			q.foreignOrgs = append(q.foreignOrgs, o)
		}
	}
	q.stranger = q.freshAccountID()
}

func (q *question) collectCondition(c *iam.Condition) {
	op, ok := iam.ParseOperator(c.Operator.S)
	key := strings.ToLower(c.Key.S)
	if !ok {
		for _, v := range c.Values.Items {
			q.name(v.S) // whom a condition names is no stranger, even where AWS would refuse the operator
		}
		return
	}
	f := textFamily
	switch {
	case strings.HasPrefix(op.Name, "numeric"):
		f = numericFamily
	case strings.HasPrefix(op.Name, "date"):
		f = dateFamily
	case op.Name == "ipaddress":
		f = addressFamily
	case op.Name == "null":
		f = q.families[key]
	}
	if q.families == nil {
		q.families = map[string]family{}
	}
	q.families[key] = max(q.families[key], f)
	for _, v := range c.Values.Items {
		q.name(v.S)
		if op.Name == "stringequalsignorecase" {
			q.name(strings.ToLower(v.S))
			q.uniqueIDs = appendWhole(q.uniqueIDs, strings.ToUpper(v.S), uniqueText())
		}
		if measures(key) && !strings.ContainsAny(v.S, "*?") {
			q.measured = append(q.measured, strings.ToLower(v.S), strings.ToUpper(v.S), v.S)
		}
		if (key == "aws:sourcearn") && !strings.ContainsAny(v.S, "*?") {
			if parts := strings.SplitN(v.S, ":", 6); len(parts) == 6 && parts[4] == "" {
				q.bareARNs = append(q.bareARNs, v.S)
			}
		}
	}
}

// measures says whether a key tells the role or the instance that an enclave runs on, by a hash.
func measures(key string) bool {
	return key == "kms:recipientattestation:pcr3" || key == "kms:recipientattestation:pcr4"
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

// name notes the ids in a value. Patterns name nobody: 1111* is whoever has such an account.
func (q *question) name(s string) {
	if s == "" || s == "*" {
		return
	}
	for i := 0; i < len(s); i++ {
		start := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		if i-start == 12 { // account ids have 12 digits, so a wildcard beside one matches nothing more
			q.accounts = append(q.accounts, s[start:i])
		}
	}
	if strings.Contains(s, "o-") {
		q.orgs = appendWhole(q.orgs, s, orgText())
	}
	if strings.Contains(s, "vpc") {
		q.ids = appendWhole(q.ids, s, vpcText())
	}
	if strings.Contains(s, "AROA") || strings.Contains(s, "AIDA") {
		q.uniqueIDs = appendWhole(q.uniqueIDs, s, uniqueText())
	}
}

func appendWhole(list []string, s string, re *regexp.Regexp) []string {
	for _, at := range re.FindAllStringIndex(s, -1) {
		if !wild(s, at[0], at[1]) {
			list = append(list, s[at[0]:at[1]])
		}
	}
	return list
}

// wild says whether a wildcard touches the part of a pattern, so that it is not an id but the beginning or end of many.
func wild(s string, start, end int) bool {
	return start > 0 && (s[start-1] == '*' || s[start-1] == '?') || end < len(s) && (s[end] == '*' || s[end] == '?')
}

// freshAccountID is an account that the document does not name.
func (q *question) freshAccountID() string {
	for _, id := range []string{"999999999999", "888888888888", "777777777777", "666666666666", "555555555555"} {
		if !slices.Contains(q.accounts, id) {
			return id
		}
	}
	for n := uint64(999999999998); ; n-- {
		if id := decimal(n); !slices.Contains(q.accounts, id) {
			return id
		}
	}
}

func decimal(n uint64) string {
	b := make([]byte, 12)
	for i := 11; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b)
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
