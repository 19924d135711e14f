package access_test

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// audiences are the universes of a key or trust policy, one or more for each kind of callers.
func audiences(doc *iam.Document, s access.Subject) []universe {
	m := mentions(doc)
	a := audienceMaker{doc: doc, s: s, m: m}
	freshOrgs := func(id string) bool { return !names(doc, id) && id != s.Organization }
	anyOrg := func(string) bool { return true }
	none := []option{{}}
	principalOrgs := func(keep func(string) bool) []option {
		return append(slices.Clone(none), orgs("aws:Principal", doc, m, keep)...)
	}
	strangers := a.callers(freshAccounts(doc, s, append(m["aws:principalaccount"], m["kms:calleraccount"]...))...)
	var out []universe
	out = append(out, a.accounts(access.Everyone, strangers, principalOrgs(freshOrgs), false)...)
	out = append(out, a.accounts(access.Network, strangers, principalOrgs(freshOrgs), true)...)
	if namesAccount(doc, partner) {
		// Of the own organization it is let in with all of it.
		outside := func(id string) bool { return id != s.Organization }
		out = append(out, a.accounts(access.External, a.callers(partner), principalOrgs(outside), false)...)
		out = append(out, a.accounts(access.Network, a.callers(partner), principalOrgs(anyOrg), true)...)
	}
	for _, o := range []string{ownOrg, otherOrg} {
		if names(doc, o) || o == s.Organization && m["aws:resourceorgid"] != nil {
			named := orgs("aws:Principal", doc, m, func(id string) bool { return id == o })
			for _, id := range []string{"/r-ab12/", "/r-ab12/ou-ab12-11111111/"} {
				x := with("aws:PrincipalOrgID", o)
				x.context["aws:PrincipalOrgPaths"] = evaluate.Many(o + id)
				named = append(named, x)
			}
			out = append(out, a.accounts(access.ExternalOrg, strangers, named, false)...)
		}
	}
	out = append(out, a.accounts(access.Internal, a.callers(s.Account), principalOrgs(anyOrg), false)...)
	out = append(out, a.accounts(access.Internal, a.callers(s.Account), principalOrgs(anyOrg), true)...)
	return append(out, a.services()...)
}

type audienceMaker struct {
	doc *iam.Document
	s   access.Subject
	m   map[string][]string
}

func (a *audienceMaker) callers(accounts ...string) []option {
	var out []option
	for _, id := range accounts {
		out = append(out, callersOf(id, a.m["aws:principalarn"])...)
	}
	if names := instances(append(a.m["aws:username"], a.m["aws:principaltag/team"]...)); len(names) > 0 {
		for _, n := range names {
			out = append(out, callersOf(accounts[0], []string{"arn:aws:iam::" + accounts[0] + ":user/" + n})...)
		}
	}
	return out
}

func (a *audienceMaker) actions() []string {
	if a.s.Kind == iam.Trust {
		return []string{"sts:AssumeRole"}
	}
	return []string{"kms:Decrypt", "kms:Encrypt", "kms:CreateGrant", "kms:DescribeKey", "kms:PutKeyPolicy"}
}

// accounts are calls by principals of accounts, over the internet and an endpoint, directly and through a service.
func (a *audienceMaker) accounts(verdict access.Verdict, callers, orgs []option, fromNamed bool) []universe {
	var out []universe
	for _, way := range a.ways() {
		for _, caller := range a.byID(callers) {
			u := universe{verdict: verdict, actions: a.actions(), resource: a.s.Resource, dimensions: [][]option{caller}}
			if a.speaks("aws:principalorg") {
				u.dimensions = append(u.dimensions, orgs)
			}
			network := a.network(way.Origin, fromNamed)
			if fromNamed && way.Origin == aws.Endpoint && len(network) == 0 {
				continue
			}
			u.dimensions = append(u.dimensions, network...)
			u.dimensions = append(u.dimensions, a.way(way)...)
			u.dimensions = append(u.dimensions, a.free(false)...)
			out = append(out, u)
		}
	}
	return out
}

// ways are the ways that calls come: over the internet, through an endpoint, or from a service that forwards them and may
// pass neither the network nor the chain of calls on.
func (a *audienceMaker) ways() []aws.Form {
	var out []aws.Form
	for _, origin := range []aws.Origin{aws.Internet, aws.Endpoint, aws.Unseen} {
		if origin != aws.Internet && !a.speaks("aws:sourceip") && !a.speaks("aws:vpc") && !a.speaks("aws:sourcevpc") {
			break
		}
		if origin != aws.Unseen {
			out = append(out, aws.Form{Origin: origin})
		}
		if origin == aws.Unseen || a.speaks("kms:viaservice") || a.speaks("aws:viaawsservice") || a.speaks("aws:calledvia") {
			out = append(out, aws.Form{Origin: origin, Forwarded: true}, aws.Form{Origin: origin, Forwarded: true, Chained: true})
		}
	}
	return out
}

// byID are the callers in groups, each with the ids that its callers have, where the document speaks of them.
func (a *audienceMaker) byID(callers []option) [][]option {
	if a.m["aws:userid"] == nil {
		return [][]option{callers}
	}
	var out []option
	for _, c := range callers {
		account := strings.Split(c.principal, ":")[4]
		for _, id := range a.userIDs(c.context["aws:PrincipalType"].All[0], account) {
			o := option{principal: c.principal, context: maps.Clone(c.context)}
			o.context["aws:userid"] = evaluate.One(id)
			out = append(out, o)
		}
	}
	return [][]option{out}
}

// speaks says whether the document speaks of a key that begins so.
func (a *audienceMaker) speaks(prefix string) bool {
	for k := range a.m {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return false
}

var addresses = []string{"198.51.100.7", "203.0.113.7", "203.0.113.8", "2600::1", "54.1.2.3", "200.1.1.1", "2a00::1", "8.8.8.8"}

// network are the keys of where a call comes from: networks that the document names, or others.
func (a *audienceMaker) network(from aws.Origin, named bool) [][]option {
	switch from {
	case aws.Internet:
		return a.internet(named)
	case aws.Unseen:
		return nil
	}
	vpcs, vpces, owners := []string{"vpc-0fffffffffffffff0"}, []string{"vpce-0fffffffffffffff0"}, []string{fresh}
	vpcs = append(vpcs, instances(a.m["aws:sourcevpc"])...)
	vpces = append(vpces, instances(a.m["aws:sourcevpce"])...)
	owners = append(owners, instances(a.m["aws:vpceaccount"], "7777")...)
	isNamed := func(id string) bool { return names(a.doc, id) || id == a.s.Account }
	keep := func(ids []string, valid func(string) bool) (out []string) {
		for _, id := range ids {
			if valid(id) && (named || !isNamed(id)) {
				out = append(out, id)
			}
		}
		return out
	}
	dims := [][]option{
		list("aws:SourceVpc", false, keep(vpcs, func(id string) bool { return strings.HasPrefix(id, "vpc-") && len(id) > 11 })),
		list("aws:SourceVpce", false, keep(vpces, func(id string) bool { return strings.HasPrefix(id, "vpce-") && len(id) > 12 })),
		list("aws:VpceAccount", false, keep(owners, accountID.MatchString)),
		list("aws:VpcSourceIp", false, []string{"10.0.0.1", "10.1.2.3", "192.168.0.1"}),
	}
	for i := range dims {
		dims[i] = dims[i][1:] // calls through an endpoint have these keys
	}
	return dims
}

func (a *audienceMaker) internet(named bool) [][]option {
	var out []option
	for _, ip := range addresses {
		addr := netip.MustParseAddr(ip)
		narrow := false
		for _, v := range a.m["aws:sourceip"] {
			p, err := netip.ParsePrefix(v)
			if one, err := netip.ParseAddr(v); err == nil {
				narrow = narrow || one == addr
			}
			narrow = narrow || err == nil && p.Contains(addr) && (p.Addr().Is4() && p.Bits() >= 8 || p.Addr().Is6() && p.Bits() >= 32)
		}
		if !narrow || named {
			out = append(out, with("aws:SourceIp", ip))
		}
	}
	return [][]option{out}
}

// way are the keys of calls that a service makes for its caller.
func (a *audienceMaker) way(form aws.Form) [][]option {
	if !form.Forwarded {
		return [][]option{{with("aws:ViaAWSService", "false")}}
	}
	dims := [][]option{{with("aws:ViaAWSService", "true")}}
	if a.speaks("kms:viaservice") {
		var services []string
		for _, v := range append([]string{"s3.us-east-1.amazonaws.com", "ec2.eu-west-1.amazonaws.com"}, instances(a.m["kms:viaservice"], "us-east-1.amazonaws.com")...) {
			if strings.Count(v, ".") == 3 && strings.HasSuffix(v, ".amazonaws.com") && !strings.HasPrefix(v, ".") {
				services = append(services, v)
			}
		}
		dims = append(dims, list("kms:ViaService", false, services))
	}
	for _, key := range []string{"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"} {
		if a.speaks(strings.ToLower(key)) && form.Chained {
			dims = append(dims, list(key, key == "aws:CalledVia", []string{"athena.amazonaws.com", "kms.amazonaws.com", "x.amazonaws.com"})[1:])
		}
	}
	return dims
}

// freeKeys are the keys that callers choose, with values to try where the document has none that fit.
var freeKeys = map[string][]string{
	"aws:PrincipalTag/team":      {"red", "xx"},
	"kms:EncryptionContext:app":  {"pay", "xx"},
	"kms:EncryptionContextKeys":  {"app", "xx"},
	"kms:GrantIsForAWSResource":  {"true", "false"},
	"aws:MultiFactorAuthPresent": {"true", "false"},
	"aws:MultiFactorAuthAge":     {"0", "50", "100", "200", "300", "1000"},
	"aws:TagKeys":                {"team", "xx"},
	"aws:RequestTag/team":        {"red", "xx"},
	"sts:ExternalId":             {"secret", "xx"},
	"kms:GranteePrincipal":       {"arn:aws:iam::777777777777:role/grantee", "arn:aws:iam::111122223333:role/app"},
	"sts:RoleSessionName":        {"alice", "xx"},
}

// free are the dimensions of the other keys that the document speaks of.
func (a *audienceMaker) free(service bool) [][]option {
	constants := with("aws:SecureTransport", "true")
	if a.s.Account != "" {
		constants.context["aws:ResourceAccount"] = evaluate.One(a.s.Account)
	}
	constants.context["aws:ResourceOrgID"] = evaluate.One(a.s.Organization)
	if a.s.Region != "" {
		constants.context["aws:RequestedRegion"] = evaluate.One(a.s.Region)
	}
	dims := [][]option{{constants}}
	for _, name := range slices.Sorted(maps.Keys(freeKeys)) {
		key := strings.ToLower(name)
		if a.m[key] == nil || service && strings.HasPrefix(key, "aws:principaltag") || service && strings.HasPrefix(key, "aws:multi") {
			continue
		}
		values := slices.Clone(freeKeys[name])
		if key != "aws:multifactorauthage" && !slices.Contains(values, "false") {
			for _, v := range instances(a.m[key]) {
				if !slices.Contains(values, v) && (key != "kms:granteeprincipal" || callerARN.MatchString(v) && !strings.ContainsAny(v, "*?")) {
					values = append(values, v)
				}
			}
		}
		dims = append(dims, list(name, key == "aws:tagkeys" || key == "kms:encryptioncontextkeys", values))
	}
	if a.m["aws:currenttime"] != nil {
		dims = append(dims, a.times())
	}
	return dims
}

// userIDs are ids of callers of a type: those of roles and users are none that the document names.
func (a *audienceMaker) userIDs(kind, account string) []string {
	switch kind {
	case "Account":
		return []string{account}
	case "User":
		return []string{"AIDASTRANGER00000001"}
	case "FederatedUser":
		return []string{account + ":bob", account + ":alice"}
	}
	out := []string{"AROASTRANGER00000001:session"}
	for _, v := range instances(a.m["aws:userid"], "AROASTRANGER00000002", "STRANGER00000003:alice") {
		if strings.HasPrefix(v, "AROA") && strings.Contains(v, ":") && len(v) > 22 && !strings.HasPrefix(v, roleID) {
			out = append(out, v)
		}
	}
	return out
}

func (a *audienceMaker) times() []option {
	out := []option{}
	for _, v := range append([]string{"2026-11-23T00:00:00Z", "2026-12-01T00:00:00Z", "2027-06-01T00:00:00Z", "2028-05-01T00:00:00Z", "2040-01-01T00:00:00Z"}, a.m["aws:currenttime"]...) {
		if at, err := time.Parse(time.RFC3339, v); err == nil && !at.Before(now) {
			out = append(out, with("aws:CurrentTime", v))
		}
	}
	return out
}

// services are calls of AWS services: for nobody or for a stranger's resource, for a named account's, for the own.
func (a *audienceMaker) services() []universe {
	source := func(account, arn string) option {
		o := option{context: map[string]evaluate.Values{}}
		if account != "" {
			o.context["aws:SourceAccount"] = evaluate.One(account)
		}
		if arn != "" {
			o.context["aws:SourceArn"] = evaluate.One(arn)
		}
		return o
	}
	of := func(account string) []option {
		out := []option{source(account, ""), source(account, "arn:aws:s3:::unnamed"), source(account, bucketARN)}
		for _, topic := range []string{"topic", "other"} {
			arn := "arn:aws:sns:us-east-1:" + account + ":" + topic
			out = append(out, source(account, arn), source("", arn))
		}
		return out
	}
	var open []option
	for _, id := range freshAccounts(a.doc, a.s, a.m["aws:sourceaccount"]) {
		open = append(open, of(id)...)
	}
	open = append(open, option{}, source("", "arn:aws:s3:::unnamed"))
	open = slices.DeleteFunc(open, func(o option) bool {
		v, ok := o.context["aws:SourceArn"]
		return ok && v.All[0] == bucketARN && names(a.doc, bucketARN)
	})
	freshOrg := append([]option{{}}, orgs("aws:Source", a.doc, a.m, func(id string) bool { return !names(a.doc, id) && id != a.s.Organization })...)
	ownOrgs := orgs("aws:Source", a.doc, a.m, func(id string) bool { return id == a.s.Organization })
	var out []universe
	add := func(verdict access.Verdict, sources, orgs []option) {
		u := universe{verdict: verdict, actions: a.actions(), resource: a.s.Resource, dimensions: [][]option{a.serviceNames(), sources}}
		if a.speaks("aws:sourceorg") {
			u.dimensions = append(u.dimensions, orgs)
		}
		u.dimensions = append(u.dimensions, a.free(true)...)
		out = append(out, u)
	}
	if a.s.Kind == iam.Trust {
		add(access.Service, append(open, of(a.s.Account)...), append(freshOrg, ownOrgs...))
		return out
	}
	add(access.ServiceOpen, open, freshOrg)
	if namesAccount(a.doc, partner) {
		sources := of(partner)
		if names(a.doc, bucketARN) && !a.speaks("aws:sourceaccount") && !a.speaks("kms:calleraccount") {
			// One named bucket belongs to whom it belongs.
			sources = slices.DeleteFunc(sources, func(o option) bool {
				return o.context["aws:SourceArn"].All != nil && o.context["aws:SourceArn"].All[0] == bucketARN
			})
		}
		add(access.External, sources, freshOrg)
	}
	add(access.Service, of(a.s.Account), append(freshOrg, ownOrgs...))
	return out
}

func (a *audienceMaker) serviceNames() []option {
	var out []option
	for _, name := range []string{"sns.amazonaws.com", "s3.amazonaws.com", "other.amazonaws.com"} {
		o := with("aws:PrincipalIsAWSService", "true", "aws:ViaAWSService", "false", "aws:PrincipalServiceName", name,
			"aws:PrincipalAccount", "000000000000", "kms:CallerAccount", "000000000000")
		o.context["aws:PrincipalServiceNamesList"] = evaluate.Many(name)
		o.principal = name
		out = append(out, o)
	}
	return out
}
