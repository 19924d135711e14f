package access_test

import (
	"encoding/json"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/iam"
)

// The generator of policies: small documents over few keys, so that statements meet, with values that are close to each
// other, so that the answers differ.

type policy struct {
	kind       iam.Kind
	version    string
	statements []statement
}

type statement struct {
	effect      string
	principal   map[string][]string // nil: none; "" → the bare star
	not         bool                // NotPrincipal
	actions     []string
	notAction   bool
	resources   []string
	notResource bool
	conditions  []condition
}

type condition struct {
	op, key string
	values  []string
}

// json writes the policy. Lists of one are written as single values where single is set.
func (p policy) json(single bool) string {
	list := func(v []string) any {
		if single && len(v) == 1 {
			return v[0]
		}
		return v
	}
	var statements []any
	for _, s := range p.statements {
		m := map[string]any{"Effect": s.effect}
		if s.principal != nil {
			who := map[string]any{}
			for k, v := range s.principal {
				who[k] = list(v)
			}
			m[negated("Principal", s.not)] = who
			if slices.Equal(s.principal[""], []string{"*"}) {
				m[negated("Principal", s.not)] = "*"
			}
		}
		m[negated("Action", s.notAction)] = list(s.actions)
		if s.resources != nil {
			m[negated("Resource", s.notResource)] = list(s.resources)
		}
		if len(s.conditions) > 0 {
			ops := map[string]any{}
			for _, c := range s.conditions {
				keys, _ := ops[c.op].(map[string]any)
				if keys == nil {
					keys = map[string]any{}
					ops[c.op] = keys
				}
				keys[c.key] = list(c.values)
			}
			m["Condition"] = ops
		}
		statements = append(statements, m)
	}
	m := map[string]any{"Statement": statements}
	if p.version != "" {
		m["Version"] = p.version
	}
	b, _ := json.Marshal(m)
	return string(b)
}

func negated(name string, not bool) string {
	if not {
		return "Not" + name
	}
	return name
}

// family is what values of a key look like.
type family int

const (
	stringKey family = iota
	arnKey
	ipKey
	boolKey
	numberKey
	dateKey
)

// keyPool is a condition key with the values that policies compare it with.
type keyPool struct {
	name   string
	family family
	multi  bool
	values []string
}

const (
	partner    = "444455556666"
	otherOrg   = "o-zzzzzzzzzz"
	namedVPCE  = "vpce-0a1b2c3d4e5f60789"
	namedVPC   = "vpc-0a1b2c3d4e5f60789"
	roleID     = "AROAEXAMPLEID0000001"
	bucketARN  = "arn:aws:s3:::bucket"
	topicOfOwn = "arn:aws:sns:us-east-1:111122223333:topic"
)

var accountValues = []string{ownAccount, ownAccount, partner, "1111*", "*", "????????????", "44445555666?", "${aws:PrincipalAccount}", "${aws:ResourceAccount}", "${kms:CallerAccount}"}

var keyPools = []keyPool{
	{"aws:PrincipalArn", arnKey, false, []string{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:*", "arn:aws:iam::*:role/app",
		"arn:aws:iam::444455556666:role/app", "arn:aws:iam::*:root", "arn:aws:iam::*111122223333:role/*", "arn:aws:*::111122223333:role/*", "arn:aws:iam::444455556666:*", "*",
		"arn:aws:iam::${aws:PrincipalAccount}:role/app", "arn:aws:iam::${aws:ResourceAccount}:role/*", "*:role/app", "arn:aws:iam::*:user/a*", "no-arn",
		"arn:aws:iam::444455556666:role/a:b/*", "arn:aws:iam::*:role/a:b/x", "arn:aws:iam::*:role/a:*"}},
	{"aws:PrincipalAccount", stringKey, false, accountValues},
	{"kms:CallerAccount", stringKey, false, accountValues},
	{"aws:PrincipalOrgID", stringKey, false, []string{ownOrg, ownOrg, otherOrg, "o-*", "*", "o-a1b2c3d4e5*", "${aws:PrincipalOrgID}", "${aws:ResourceOrgID}", "O-A1B2C3D4E5", "${aws:NoSuchKey, 'o-a1b2c3d4e5'}"}},
	{"aws:PrincipalOrgPaths", stringKey, true, []string{ownOrg + "/*", ownOrg + "/r-ab12/*", ownOrg + "/r-ab12/ou-ab12-11111111/", "*", "*/r-ab12/*", otherOrg + "/*", ownOrg + "*"}},
	{"aws:PrincipalTag/team", stringKey, false, []string{"red", "r*", "*d", "?ed", "blue", "*", "${aws:PrincipalTag/team}", "${aws:username}", "${aws:PrincipalTag/none, 'red'}", "R${*}"}},
	{"aws:PrincipalType", stringKey, false, []string{"AssumedRole", "User", "Account", "A*", "*"}},
	{"aws:username", stringKey, false, []string{"alice", "a*", "${aws:username}", "*"}},
	{"aws:username", arnKey, false, []string{"alice", "*", "arn:aws:iam::*:user/alice"}},
	{"kms:GranteePrincipal", arnKey, false, []string{"arn:aws:iam::111122223333:role/*", "arn:aws:iam::*:role/grantee", "arn:aws:iam::444455556666:root"}},
	{"aws:userid", stringKey, false, []string{roleID + ":*", "AROA*", "*:alice", roleID + ":alice", ownAccount, "????????????:bob", "77777777777?:*", ownAccount + ":bob"}},
	{"aws:PrincipalIsAWSService", boolKey, false, []string{"true", "false"}},
	{"aws:PrincipalServiceName", stringKey, false, []string{"sns.amazonaws.com", "*.amazonaws.com", "s3.amazonaws.com"}},
	{"aws:SourceIp", ipKey, false, []string{"203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "2600::/16", "54.0.0.0/8"}},
	{"aws:VpcSourceIp", ipKey, false, []string{"10.0.0.0/8", "10.1.0.0/16"}},
	{"aws:SourceVpc", stringKey, false, []string{namedVPC, "vpc-*", "vpc-0a1b2c3d4e5f6078?"}},
	{"aws:SourceVpce", stringKey, false, []string{namedVPCE, namedVPCE, "vpce-*", "vpce-0a1b2c3d4e5f6078?"}},
	{"aws:VpceAccount", stringKey, false, []string{ownAccount, partner, "*"}},
	{"aws:SourceArn", arnKey, false, []string{topicOfOwn, "arn:aws:sns:*:111122223333:*", "arn:aws:sns:*:*:topic", bucketARN, "arn:aws:s3:::*", "arn:aws:sns:us-east-1:444455556666:*"}},
	{"aws:SourceAccount", stringKey, false, []string{ownAccount, partner, "*", "1111*"}},
	{"aws:SourceOrgID", stringKey, false, []string{ownOrg, "o-*"}},
	{"kms:ViaService", stringKey, false, []string{"s3.us-east-1.amazonaws.com", "*.amazonaws.com", "s3.*"}},
	{"aws:ViaAWSService", boolKey, false, []string{"true", "false"}},
	{"aws:CalledVia", stringKey, true, []string{"athena.amazonaws.com", "*.amazonaws.com"}},
	{"aws:CalledViaFirst", stringKey, false, []string{"athena.amazonaws.com", "kms.*", "a*"}},
	{"aws:CalledViaLast", stringKey, false, []string{"athena.amazonaws.com", "kms.*", "a*"}},
	{"aws:RequestTag/team", stringKey, false, []string{"red", "r*"}},
	{"kms:EncryptionContext:app", stringKey, false, []string{"pay", "p*", "*y", "${aws:username}", "p-${aws:username}", "${aws:username, 'pay'}", "${aws:PrincipalTag/team}-x", "x*y*z", "*b*", "a*c"}},
	{"kms:EncryptionContextKeys", stringKey, true, []string{"app", "a*", "tenant"}},
	{"kms:GrantIsForAWSResource", boolKey, false, []string{"true", "false"}},
	{"aws:MultiFactorAuthPresent", boolKey, false, []string{"true", "false", "TRUE"}},
	{"aws:MultiFactorAuthAge", numberKey, false, []string{"100", "300", "0", "99.5", "x"}},
	{"aws:SecureTransport", boolKey, false, []string{"true", "false"}},
	{"aws:CurrentTime", dateKey, false, []string{"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2028-06-01", "1800000000", "soon"}},
	{"aws:ResourceAccount", stringKey, false, []string{ownAccount, partner, "1111*", "${aws:PrincipalAccount}"}},
	{"aws:NoSuchKey", stringKey, false, []string{"x", "*"}},
	{"aws:TagKeys", stringKey, true, []string{"team", "t*", "*m", "cost"}},
	{"aws:RequestedRegion", stringKey, false, []string{"us-east-1", "eu-*", "us-*"}},
}

var operatorsOf = map[family][]string{
	stringKey: {"StringEquals", "StringEquals", "StringNotEquals", "StringLike", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"},
	arnKey:    {"ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals", "StringLike", "StringNotLike", "StringEquals"},
	ipKey:     {"IpAddress", "IpAddress", "NotIpAddress", "NotIpAddress", "StringEquals"},
	boolKey:   {"Bool", "Bool", "StringEquals", "StringNotEquals"},
	numberKey: {"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
	dateKey:   {"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
}

// pick draws one of a list.
func pick[T any](t *rapid.T, label string, from ...T) T {
	return rapid.SampledFrom(from).Draw(t, label)
}

// chance is true in percent of the draws.
func chance(t *rapid.T, label string, percent int) bool {
	return rapid.IntRange(0, 99).Draw(t, label) >= 100-percent
}

// some draws one to most of a list.
func some(t *rapid.T, label string, most int, from []string) []string {
	var out []string
	for range rapid.IntRange(1, most).Draw(t, label+" count") {
		if v := pick(t, label, from...); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

func genCondition(t *rapid.T, k keyPool) condition {
	c := condition{key: k.name}
	if chance(t, "lower case", 10) {
		c.key = strings.ToLower(k.name)
	}
	if chance(t, "Null", 12) {
		return condition{op: "Null", key: c.key, values: some(t, "null", 1, []string{"true", "false"})}
	}
	c.op = pick(t, "operator", operatorsOf[k.family]...)
	if chance(t, "if exists", 15) {
		c.op += "IfExists"
	}
	sets := 10
	if k.multi {
		sets = 80
	}
	if chance(t, "set", sets) {
		c.op = pick(t, "set operator", "ForAllValues:", "ForAnyValue:") + c.op
	}
	c.values = some(t, "value", 3, k.values)
	return c
}

func genStatement(t *rapid.T, kind iam.Kind, pools []keyPool, effect string) statement {
	s := statement{effect: effect}
	genWho(t, kind, &s)
	if kind == iam.Key {
		s.actions = some(t, "action", 2, []string{"kms:Decrypt", "kms:Decrypt", "kms:*", "kms:De*", "kms:Encrypt", "kms:CreateGrant", "*", "kms:DescribeKey", "KMS:decrypt", "kms:PutKeyPolicy"})
		s.resources = some(t, "resource", 1, []string{"*", "*", "*", "*", ownKey, "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000"})
		s.notResource = chance(t, "NotResource", 5)
	}
	s.notAction = chance(t, "NotAction", 8)
	for range rapid.IntRange(0, 3).Draw(t, "conditions") {
		c := genCondition(t, pick(t, "key", pools...))
		if !slices.ContainsFunc(s.conditions, func(o condition) bool { return o.op == c.op && strings.EqualFold(o.key, c.key) }) {
			s.conditions = append(s.conditions, c)
		}
	}
	return s
}

// genWho draws the principals of a statement: mostly everyone, because that is where conditions decide.
func genWho(t *rapid.T, kind iam.Kind, s *statement) {
	named := []map[string][]string{
		{"AWS": {"arn:aws:iam::111122223333:root"}},
		{"AWS": {"arn:aws:iam::444455556666:role/app"}},
		{"AWS": {partner}},
		{"AWS": {"arn:aws:iam::111122223333:role/app", "arn:aws:iam::444455556666:root"}},
		{"Service": {"sns.amazonaws.com"}},
		{"AWS": {"arn:aws:iam::111122223333:root"}, "Service": {"s3.amazonaws.com", "sns.amazonaws.com"}},
		{"AWS": {"arn:aws:sts::444455556666:assumed-role/app/alice"}},
	}
	switch {
	case s.effect == "Deny" && chance(t, "NotPrincipal", 15), chance(t, "Allow NotPrincipal", 4):
		s.not = true
		s.principal = pick(t, "not principal", named...)
	case chance(t, "named", 25):
		s.principal = pick(t, "principal", named...)
	case kind == iam.Key && chance(t, "bare", 40):
		s.principal = map[string][]string{"": {"*"}}
	default:
		s.principal = map[string][]string{"AWS": {"*"}}
	}
}

// genKeyPolicy draws a key policy over one to four condition keys.
func genKeyPolicy(t *rapid.T) policy {
	p := policy{kind: iam.Key, version: pick(t, "version", "2012-10-17", "2012-10-17", "2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", "")}
	var pools []keyPool
	for range rapid.IntRange(1, 4).Draw(t, "keys") {
		pools = append(pools, pick(t, "pool", keyPools...))
	}
	if chance(t, "tied", 10) { // keys that agree in every request
		together := pick(t, "ties", []string{"aws:CalledVia"}, []string{"kms:EncryptionContext"}, []string{"aws:MultiFactor"}, []string{"Tag"}, []string{"kms:EncryptionContext:", "aws:username", "aws:PrincipalT"})
		pools = slices.DeleteFunc(slices.Clone(keyPools), func(k keyPool) bool {
			return !slices.ContainsFunc(together, func(s string) bool { return strings.HasPrefix(k.name, s) || s == "Tag" && strings.Contains(k.name, s) })
		})
	}
	for range rapid.IntRange(1, 2).Draw(t, "allows") {
		p.statements = append(p.statements, genStatement(t, p.kind, pools, "Allow"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "denies") {
		p.statements = append(p.statements, genStatement(t, p.kind, pools, "Deny"))
	}
	return p
}
