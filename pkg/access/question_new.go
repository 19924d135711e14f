package access

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

func newQuestion(doc *iam.Document, s Subject) *question {
	if s.IPv4Bits == 0 {
		s.IPv4Bits = 8
	}
	if s.IPv6Bits == 0 {
		s.IPv6Bits = 32
	}
	q := &question{Subject: s, doc: doc, table: actionTable(s.Kind), variables: doc.Version.S == "2012-10-17",
		work: newBudget(), langs: map[string]*sets.Language{}}
	q.statements = compile(q.table, doc.Statements)
	q.trusted = append(q.trusted, s.TrustedAccounts...)
	if s.Account != "" {
		q.trusted = append(q.trusted, s.Account)
	}
	q.trustedOrgs = slices.Clone(s.TrustedOrganizations)
	q.collect(q.statements)
	q.setConstants()
	return q
}

// again is the question with other values for what the caller chooses; it goes on with the work.
func (q *question) again(r reading, preferred string) *question {
	out := newQuestion(q.doc, q.Subject)
	out.work, out.reading, out.preferred = q.work, r, preferred
	return out
}

func (q *question) setConstants() {
	q.constants = map[string]string{}
	for _, w := range q.Whole {
		q.whole = append(q.whole, strings.ToLower(w))
	}
	if q.Kind == iam.Identity {
		// Whoever holds an identity policy is of the account that has it.
		holder := q.Account
		if holder == "" {
			holder = q.own()
		}
		q.constants[aws.KeyPrincipalAccount], q.constants[aws.KeyCallerAccount] = holder, holder
		return
	}
	if q.Account != "" {
		q.constants[aws.KeyResourceAccount] = q.Account
	}
	if account := aws.AccountOf(q.Resource); account != "" {
		q.constants[aws.KeyResourceAccount] = account
	}
	switch {
	case q.noOrganization:
		q.whole = append(q.whole, aws.KeyResourceOrgID, aws.KeyResourceOrgPaths)
	default:
		org := cmp.Or(q.Organization, ownOrgStandIn) // whatever its id is, it is nobody else's
		q.constants[aws.KeyResourceOrgID] = org
		q.constants[aws.KeyResourceOrgPaths] = cmp.Or(q.orgPath, org+"/"+ownRootStandIn)
	}
	if q.Region != "" && q.Kind == iam.Key { // a role is in no region: whoever assumes it chooses the endpoint
		q.constants[aws.KeyRequestedRegion] = q.Region
	}
}

var (
	orgText    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`o-[a-z0-9\x{86}\x{87}]{10,32}`) })
	vpcText    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`vpce?-[0-9a-z\x{86}\x{87}]+`) })
	uniqueText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`A(?:ROA|IDA)[A-Z0-9\x{86}\x{87}]{12,}`) })
)

// collect finds the ids that the statements name, and how they compare each key.
func (q *question) collect(statements []*statement) {
	q.accounts = append(q.accounts, q.trusted...)
	for _, s := range statements {
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			for _, v := range principalsOf(p) {
				q.name(v)
				q.sessions = q.sessions || strings.Contains(v, ":assumed-role/")
			}
		}
		for j := range s.conditions {
			q.collectCondition(&s.conditions[j])
		}
	}
	for _, list := range []*[]string{&q.accounts, &q.orgs, &q.ids, &q.uniqueIDs, &q.bareARNs, &q.measured} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	q.foreign, q.foreignOrgs = without(q.accounts, q.trusted), without(q.orgs, q.trustedOrgs)
	q.stranger = q.freshAccountID()
}

// without is what of a list is not in another one, which may hold the thousands of accounts of an organization.
func without(list, known []string) []string {
	const few = 32
	var set map[string]bool
	if len(known) > few {
		set = make(map[string]bool, len(known))
		for _, s := range known {
			set[s] = true
		}
	}
	var out []string
	for _, s := range list {
		if !set[s] && (set != nil || !slices.Contains(known, s)) {
			out = append(out, s)
		}
	}
	return out
}

func (q *question) collectCondition(c *condition) {
	op, key := c.op, c.key
	if !c.valid {
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
		if arn, ok := aws.ParseARN(v.S); ok && arn.Account == "" && key == aws.KeySourceArn && !strings.ContainsAny(v.S, "*?") {
			q.bareARNs = append(q.bareARNs, v.S)
		}
	}
}

// measures says whether a key tells the role or the instance that an enclave runs on, by a hash.
func measures(key string) bool {
	return key == aws.KeyRecipientAttestationPCR3 || key == aws.KeyRecipientAttestationPCR4
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
		// Where a wildcard follows what is an id in full, other ids begin like it, and it is one.
		if id := s[at[0]:at[1]]; !wild(s, at[0], at[1]) || (isUnique(id) || strings.HasPrefix(id, "o-")) && !wild(s, at[0], -1) {
			list = append(list, id)
		}
	}
	return list
}

// isUnique says whether a text is a unique id in full, of which no other one is the beginning: AWS makes them of 21 characters.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func isUnique(id string) bool {
	return (strings.HasPrefix(id, "AROA") || strings.HasPrefix(id, "AIDA")) && (len(id) >= 21 || unknown.HasFixed(id))
}

// wild says whether a wildcard touches the part of a pattern, so that it is not an id but the beginning or end of many.
func wild(s string, start, end int) bool {
	return start > 0 && (s[start-1] == '*' || s[start-1] == '?') || end >= 0 && end < len(s) && (s[end] == '*' || s[end] == '?')
}

// freshAccountID is an account that the document does not name.
func (q *question) freshAccountID() string {
	for _, id := range []string{"999999999999", "888888888888", "777777777777", "666666666666", "555555555555"} {
		if !slices.Contains(q.accounts, id) {
			return id
		}
	}
	for n := 999999999998; ; n-- {
		if id := fmt.Sprintf("%012d", n); !slices.Contains(q.accounts, id) {
			return id
		}
	}
}

// maxLikely bounds how many samples are made of patterns.
const maxLikely = 8

// likely are values that fit the patterns of ARNs which conditions compare a key with: in place of wildcards they have what the ARN
// that is given has there.
func (q *question) likely(key, like string) []string {
	of := strings.SplitN(like, ":", 6)
	var out []string
	for c, v := range compared(q.statements, key) {
		if c.op.Name != "arnlike" && c.op.Name != "stringlike" {
			continue
		}
		part := strings.SplitN(v.S, ":", 6)
		if name := strings.Trim(v.S, "*"); len(part) == 1 && name != "" {
			at := strings.IndexByte(of[5], '/') + 1
			part = []string{"arn", "*", "*", "*", "*", of[5][:at] + name}
		}
		if len(part) < 6 || strings.Contains(v.S, "${") {
			continue
		}
		for k := range part {
			if part[k] == "*" {
				part[k] = of[k]
			}
			part[k] = strings.ReplaceAll(strings.ReplaceAll(part[k], "*", "stranger"), "?", "x")
		}
		if out = append(out, strings.Join(part, ":")); len(out) == maxLikely {
			break
		}
	}
	return out
}
