package access_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// thirdDecides asks the third evaluator.
func thirdDecides(text string, kind iam.Kind, req *evaluate.Request) string {
	t := third{principal: req.Principal, action: req.Action, resource: req.Resource, trust: kind == iam.Trust, context: map[string]thirdValue{}}
	for key, v := range req.Context {
		t.context[key] = thirdValue{many: v.List, values: v.All}
	}
	return t.decide(text)
}

// shapeOf are the values that AWS gives a key: the symbolic evaluator asks only about requests that exist.
var shapeOf = map[string]*regexp.Regexp{
	"kms:granteeprincipal": regexp.MustCompile(`^arn:aws:(iam|sts)::\d{12}:(root|(role|user|federated-user|assumed-role)(/[!-~]*)?/[\w+=,.@-]{1,64})$`),
	"aws:principalarn":     regexp.MustCompile(`^arn:aws:(iam|sts)::\d{12}:(root|(role|user|federated-user)(/[!-~]*)?/[\w+=,.@-]{1,64})$`),
	"kms:viaservice":       regexp.MustCompile(`^[a-z0-9-]+\.[a-z]{2}-[a-z]+-\d\.amazonaws\.com$`),
	"aws:userid":           regexp.MustCompile(`^(AROA[0-9A-Z]{16}:[\w+=,.@-]{2,64}|AIDA[0-9A-Z]{16}|\d{12}(:[\w+=,.@-]{2,32})?)$`),
	"aws:sourcevpc":        regexp.MustCompile(`^vpc-([0-9a-f]{8}|[0-9a-f]{17})$`),
	"aws:sourcevpce":       regexp.MustCompile(`^vpce-([0-9a-f]{8}|[0-9a-f]{17})$`),
}

// exists says whether AWS could make the request.
func exists(req *evaluate.Request) bool {
	for key, v := range req.Context {
		if shape := shapeOf[strings.ToLower(key)]; shape != nil && !shape.MatchString(v.All[0]) {
			return false
		}
	}
	return !malformed(req)
}

// pinned is the policy with statements that deny every request but this one, as far as the policy tells requests apart.
func pinned(p policy, req *evaluate.Request, keys []string) policy {
	out := p
	out.statements = slices.Clone(p.statements)
	everyone := map[string][]string{"": {"*"}}
	if p.kind == iam.Trust {
		everyone = map[string][]string{"AWS": {"*"}, "Federated": providerNames}
	}
	all := map[iam.Kind][]string{iam.Key: {"*"}}[p.kind]
	deny := func(op, key string, values ...string) {
		for i, v := range values {
			values[i] = strings.ReplaceAll(v, "${", "${$}{")
		}
		out.statements = append(out.statements, statement{effect: "Deny", principal: everyone, actions: []string{"*"}, resources: all, conditions: []condition{{op: op, key: key, values: values}}})
	}
	out.statements = append(out.statements, statement{effect: "Deny", principal: everyone, actions: []string{req.Action}, notAction: true, resources: all})
	for _, key := range keys {
		v, present := valueOf(req, key)
		switch {
		case !present:
			deny("Null", key, "false")
		case v.List:
			deny("Null", key, "true")
			deny("ForAnyValue:StringNotEquals", key, slices.Clone(v.All)...)
			for _, one := range v.All {
				deny("ForAllValues:StringNotEquals", key, one)
			}
		default:
			deny("StringNotEquals", key, v.All[0])
		}
	}
	if _, isPrincipal := valueOf(req, "aws:PrincipalArn"); !isPrincipal {
		who := map[string][]string{"Service": {req.Principal}}
		if strings.HasPrefix(req.Action, "sts:AssumeRoleWith") {
			who = map[string][]string{"Federated": {req.Principal}}
		}
		out.statements = append(out.statements, statement{effect: "Deny", not: true, principal: who, actions: []string{"*"}, resources: all})
	}
	return out
}

func valueOf(req *evaluate.Request, key string) (evaluate.Values, bool) {
	for k, v := range req.Context {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return evaluate.Values{}, false
}

// pinnedKeys are the keys by which the document tells requests apart.
func pinnedKeys(doc *iam.Document, req *evaluate.Request) []string {
	keys := map[string]bool{}
	for key := range mentions(doc) {
		keys[key] = true
	}
	for key := range req.Context {
		key = strings.ToLower(key)
		if strings.HasPrefix(key, "aws:principal") && !strings.HasPrefix(key, "aws:principaltag") && key != "aws:principaltype" {
			keys[key] = true
		}
	}
	delete(keys, "")
	var out []string
	for key := range keys {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// disturb puts operators and values of another family on some keys that the caller chooses.
func disturb(t *rapid.T, p policy) policy {
	for i := range p.statements {
		for j := range p.statements[i].conditions {
			c := &p.statements[i].conditions[j]
			chosen := strings.HasPrefix(strings.ToLower(c.key), "aws:principaltag/") || strings.HasPrefix(strings.ToLower(c.key), "kms:encryptioncontext")
			if !chosen || strings.EqualFold(c.op, "null") || !chance(t, "disturb", 60) {
				continue
			}
			k := pick(t, "other pool", wildPools...)
			c.op = pick(t, "set", "", "", "", "ForAllValues:", "ForAnyValue:") + pick(t, "operator", wildOperators(k.family)...) + pick(t, "if exists", "", "", "", "IfExists")
			c.values = some(t, "value", 3, k.values)
		}
	}
	return p
}

// TestThreeAgree asks three evaluators about random requests: the third one, the plain one, and the symbolic one, which
// is asked whether anything is left of the policy when all other requests are denied.
func TestThreeAgree(t *testing.T) {
	var c tally
	const share = 80 // of the requests: each is an analysis of its own
	want := requestsWanted(t) / share
	c.repeat(t, share, func(t *rapid.T) {
		if c.requests >= want {
			return
		}
		p := genKeyPolicy(t)
		if chance(t, "trust", 30) {
			p = genTrustPolicy(t)
		}
		if chance(t, "another family", 30) {
			p = disturb(t, p)
		}
		text := p.json(rapid.Bool().Draw(t, "single"))
		doc := iam.Parse(unknown.Known(text))
		s := own(p.kind)
		c.add(access.Result{})
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		try := func(req *evaluate.Request) {
			if req.Resource == "" {
				req.Resource = s.Resource
			}
			c.requests++
			plain, third := evaluate.Decide(doc, req), thirdDecides(text, p.kind, req)
			if string(plain) != third {
				t.Fatalf("the plain evaluator says %s, the third %s: %s\n%s", plain, third, show(req), text)
			}
			if plain == evaluate.Allowed {
				c.allowed++
			}
			if !exists(req) {
				return
			}
			only := pinned(p, req, pinnedKeys(doc, req))
			r := access.Analyze(iam.Parse(unknown.Known(only.json(true))), s)
			if r.Verdict == access.Invalid || r.Verdict == access.Unknown {
				c.verdicts["open"]++
				return
			}
			if plain != evaluate.Allowed && r.Verdict != access.None && (r.Witness == nil || r.Witness.Principal != req.Principal) {
				c.verdicts["widest"]++ // what keys in no table, and values that the caller chooses, may be at most; or a session of the role
				return
			}
			if symbolic := r.Verdict != access.None; symbolic != (plain == evaluate.Allowed) {
				t.Fatalf("the evaluators say %s, but of this request alone the verdict is %s: %s\n%s\n%s", plain, r.Verdict, show(req), text, only.json(true))
			}
		}
		universes := audiences(doc, s)
		if p.kind == iam.Trust {
			universes = append(universes, tokens(doc)...)
		}
		for _, u := range universes {
			u.each(random, 3, try)
			for j := range doc.Statements {
				if doc.Statements[j].Effect.S == "Allow" {
					u.fit(doc, &doc.Statements[j]).each(random, 3, try)
				}
			}
		}
	})
	t.Log(c.verdicts)
}

// wildPools are keys with values of every family, those that are none among them.
var wildPools = []keyPool{
	{"aws:PrincipalTag/Team", stringKey, false, []string{"red", "Red", "r*d", "", "${aws:username}", "${aws:username, 'red'}", "${aws:TagKeys}", "${nosuch:key, 'r*'}", "${nosuch:key}", "${$}{*}", "${*}", "a${?}b", "a?b", "*", "${aws:username", "É", "é", "k", "\u212a", "s", "\u017f", "1", "true"}},
	{"aws:username", stringKey, false, []string{"alice", "Alice", "a*", "*", "red", "r*d", "a?b"}},
	{"aws:TagKeys", stringKey, true, []string{"team", "Team", "t*", "", "cost", "${aws:username}"}},
	{"aws:PrincipalArn", arnKey, false, []string{"arn:aws:iam::111122223333:role/app", "arn:aws:iam::111122223333:role/a:b/*", "arn:aws:iam::111122223333:role/a:b/c", "arn:aws:iam:*:role/app", "*", "arn:aws:iam::*:*",
		"arn:*", "arn:aws:iam::1111*:user/${aws:username}", "arn:aws:iam::111122223333:user/alice", "no-arn", "", "ARN:aws:iam::111122223333:role/app", "arn:aws:iam::${aws:PrincipalAccount}:role/app"}},
	{"aws:PrincipalAccount", stringKey, false, []string{"111122223333", "1111*", "444455556666", "11112222333?"}},
	{"aws:SourceIp", ipKey, false, []string{"203.0.113.7", "203.0.113.0/24", "203.0.113.9/24", "::ffff:203.0.113.7", "2001:db8::/32", "2001:db8::1", "2001:db8::1/32", "0.0.0.0/0", "::/0", "203.0.113.7/33", "soon", "", "203.0.113", "::ffff:203.0.113.0/120"}},
	{"aws:SecureTransport", boolKey, false, []string{"true", "false", "TRUE", "False", "yes", "", "1"}},
	{"aws:MultiFactorAuthAge", numberKey, false, []string{"10", "10.0", "10.50", "9.999999999999999999999", "-1", "+10", "1e1", "0x0a", "1/2", "1_0", "", "ten", ".5", "5."}},
	{"aws:CurrentTime", dateKey, false, []string{"2026-06-15T12:30:00Z", "2026-06-15T14:30:00+02:00", "2026-06-15", "2026-06-15T12:30Z", "1781526600", "2026-06-15T12:30:00.5Z", "soon", "", "2026-06-15 12:30:00", "1781526600.5", "2026-06"}},
	{"kms:EncryptionContext:Data", binaryKey, false, []string{"AQI=", "AQI", "QUJD", "no base64!", "", "AQJ="}},
	{"nosuch:Key", stringKey, false, []string{"x", "*"}},
}

const binaryKey family = 100

// wildOperators are all operators of all families.
func wildOperators(f family) []string {
	if f == binaryKey {
		return []string{"BinaryEquals"}
	}
	return operatorsOf[f]
}

// wildPolicy is a policy over operators and values that hardly fit together.
func wildPolicy(t *rapid.T) policy {
	p := policy{kind: iam.Key, version: pick(t, "version", "2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", "")}
	for range rapid.IntRange(1, 4).Draw(t, "statements") {
		s := genStatement(t, p.kind, wildPools[:1], pick(t, "effect", "Allow", "Allow", "Deny"))
		s.conditions = nil
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			k := pick(t, "key", wildPools...)
			family := k.family
			if chance(t, "another family", 15) {
				family = pick(t, "family", stringKey, arnKey, ipKey, boolKey, numberKey, dateKey, binaryKey)
			}
			op := pick(t, "operator", wildOperators(family)...)
			op = pick(t, "set", "", "", "", "ForAllValues:", "ForAnyValue:") + op + pick(t, "if exists", "", "", "", "IfExists")
			key := pick(t, "case", k.name, k.name, strings.ToLower(k.name), strings.ToUpper(k.name))
			values := some(t, "value", 3, k.values)
			if chance(t, "Null", 10) {
				op, values = "Null", some(t, "null", 2, []string{"true", "false", "TRUE"})
			}
			if chance(t, "no value", 3) {
				values = []string{}
			}
			s.conditions = append(s.conditions, condition{op: op, key: key, values: values})
		}
		p.statements = append(p.statements, s)
	}
	return p
}

// wildRequest is a request with any values.
func wildRequest(r *rand.Rand) *evaluate.Request {
	one := func(from ...string) string { return from[r.IntN(len(from))] }
	account := one(ownAccount, partner, fresh)
	req := &evaluate.Request{Resource: own(iam.Key).Resource, Action: one("kms:Decrypt", "KMS:DECRYPT", "kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy"), Context: map[string]evaluate.Values{},
		Principal: one("arn:aws:iam::"+account+":role/app", "arn:aws:iam::"+account+":user/alice", "arn:aws:sts::"+account+":assumed-role/app/alice", "arn:aws:iam::"+account+":root",
			"arn:aws:sts::"+account+":federated-user/bob", "sns.amazonaws.com", "s3.amazonaws.com")}
	for _, k := range wildPools[:len(wildPools)-1] {
		if r.IntN(4) == 0 {
			continue
		}
		name := one(k.name, strings.ToLower(k.name), strings.ToUpper(k.name))
		req.Context[name] = evaluate.One(one(k.values...))
		if k.multi && r.IntN(8) > 0 || r.IntN(20) == 0 {
			req.Context[name] = evaluate.Many([]string{one(k.values...), one(k.values...)}[:r.IntN(3)]...)
		}
	}
	return req
}

// TestThirdAgrees asks the two evaluators that answer for any request, whether AWS could make it or not.
func TestThirdAgrees(t *testing.T) {
	var c tally
	c.repeat(t, 10, func(t *rapid.T) {
		p := wildPolicy(t)
		text := p.json(rapid.Bool().Draw(t, "single"))
		doc := iam.Parse(unknown.Known(text))
		c.add(access.Result{})
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		for range 100 {
			req := wildRequest(random)
			c.requests++
			plain, third := evaluate.Decide(doc, req), thirdDecides(text, p.kind, req)
			if plain == evaluate.Allowed {
				c.allowed++
			}
			if string(plain) != third {
				t.Fatalf("the plain evaluator says %s, the third %s: %s\n%s", plain, third, show(req), text)
			}
		}
	})
}
