package access_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

const (
	keyOne = "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012"
	keyTwo = "arn:aws:kms:eu-west-1:444455556666:key/mrk-1234abcd12ab34cd56ef1234567890ab"
)

var identityPools = []keyPool{
	{"aws:ResourceTag/team", stringKey, false, []string{"red", "r*", "*"}},
	{"kms:ResourceAliases", stringKey, true, []string{"alias/prod", "alias/*"}},
	{"kms:ViaService", stringKey, false, []string{"s3.us-east-1.amazonaws.com", "s3.*"}},
	{"aws:MultiFactorAuthPresent", boolKey, false, []string{"true", "false"}},
	{"aws:PrincipalTag/team", stringKey, false, []string{"red", "${aws:ResourceTag/team}"}},
	{"kms:EncryptionContext:app", stringKey, false, []string{"pay", "p*"}},
	{"aws:RequestedRegion", stringKey, false, []string{"us-east-1", "eu-*"}},
	{"aws:ResourceAccount", stringKey, false, []string{ownAccount, "*"}},
	{"aws:NoSuchKey", stringKey, false, []string{"x"}},
}

func genIdentityPolicy(t *rapid.T) policy {
	p := policy{kind: iam.Identity, version: "2012-10-17"}
	for i := range rapid.IntRange(1, 4).Draw(t, "statements") {
		s := statement{effect: "Allow"}
		if i > 0 {
			s.effect = pick(t, "effect", "Allow", "Deny", "Deny")
		}
		s.actions = some(t, "action", 2, []string{"kms:Decrypt", "kms:*", "*", "kms:De*", "kms:Encrypt", "s3:*", "kms:ListKeys", "kms:DescribeKey", "kms:CreateAlias", "kms:PutKeyPolicy"})
		s.notAction = chance(t, "NotAction", 12)
		s.resources = some(t, "resource", 2, []string{"*", keyOne, keyTwo, "arn:aws:kms:*:*:key/*", "arn:aws:kms:us-east-1:111122223333:key/*", "arn:aws:kms:*:111122223333:*",
			"arn:aws:kms:us-east-1:111122223333:alias/prod", "arn:aws:kms:*:*:key/1234*", "arn:aws:kms:*:*:key/mrk-*", "arn:aws:s3:::*", "arn:aws:*:*:*:key/12345678-1234-1234-1234-123456789012"})
		s.notResource = chance(t, "NotResource", 15)
		for range rapid.IntRange(0, 2).Draw(t, "conditions") {
			c := genCondition(t, pick(t, "key", identityPools...))
			if !slices.ContainsFunc(s.conditions, func(o condition) bool { return o.op == c.op && strings.EqualFold(o.key, c.key) }) {
				s.conditions = append(s.conditions, c)
			}
		}
		p.statements = append(p.statements, s)
	}
	return p
}

// TestIdentityPolicies holds the reach of identity policies against a search over keys: ids that the document names, and
// others of which nothing is known.
func TestIdentityPolicies(t *testing.T) {
	var c tally
	c.repeat(t, 6, func(t *rapid.T) {
		p := genIdentityPolicy(t)
		doc := iam.Parse(unknown.Known(p.json(rapid.Bool().Draw(t, "single"))))
		s := own(p.kind)
		r := access.Analyze(doc, s)
		c.add(r)
		checkResult(t, doc, s, r)
		if r.Public != access.No {
			t.Fatalf("an identity policy is public %s: %s", r.Public, doc.Text.S)
		}
		if (r.Verdict == access.Broad) != slices.ContainsFunc(r.AllKeys, func(a string) bool { return access.KeyActions()[a] != aws.Metadata }) && r.Verdict != access.Invalid {
			t.Fatalf("the verdict is %s with %v on all keys: %s", r.Verdict, r.AllKeys, doc.Text.S)
		}
		a := audienceMaker{doc: doc, s: s, m: mentions(doc)}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		all, any := map[string]bool{}, map[string]bool{}
		for _, fresh := range []bool{true, false} {
			u := a.holder(fresh)
			try := func(req *evaluate.Request) {
				c.requests++
				if !exists(req) || access.EvaluateHolder(doc, req) != evaluate.Allowed {
					return
				}
				c.allowed++
				any[req.Action] = true
				if fresh {
					all[req.Action] = true
				}
			}
			u.each(random, 500, try)
			for i := range doc.Statements {
				if doc.Statements[i].Effect.S == "Allow" {
					u.fit(doc, &doc.Statements[i]).each(random, 1500, try)
				}
			}
		}
		seek := func(action string, fresh bool, found map[string]bool) {
			u := a.holder(fresh)
			u.actions = []string{action}
			for i := range doc.Statements {
				if doc.Statements[i].Effect.S == "Allow" && !found[action] {
					u.fit(doc, &doc.Statements[i]).each(random, 30_000, func(req *evaluate.Request) {
						found[action] = found[action] || exists(req) && access.EvaluateHolder(doc, req) == evaluate.Allowed
					})
				}
			}
		}
		for _, action := range triedActions {
			if !all[action] && slices.Contains(r.AllKeys, action) {
				seek(action, true, all)
			}
			if !any[action] && slices.Contains(r.SomeKeys, action) {
				seek(action, false, any)
			}
		}
		for action := range all {
			if !slices.Contains(r.AllKeys, action) {
				t.Fatalf("%s is allowed on a key of which nothing is known, and is not in %v: %s", action, r.AllKeys, doc.Text.S)
			}
		}
		for action := range any {
			if !slices.Contains(r.SomeKeys, action) {
				t.Fatalf("%s is allowed on a key, and is not in %v: %s", action, r.SomeKeys, doc.Text.S)
			}
		}
		for _, action := range r.AllKeys {
			if !all[action] && slices.Contains(triedActions, action) && !strings.Contains(doc.Text.S, "${") {
				t.Fatalf("%s is said to be allowed on all keys, and no key was found: %s", action, doc.Text.S)
			}
		}
		for _, action := range r.SomeKeys {
			if !any[action] && slices.Contains(triedActions, action) && !strings.Contains(doc.Text.S, "${") {
				t.Fatalf("%s is said to be allowed on a key, and no key was found: %s", action, doc.Text.S)
			}
		}
	})
}

var triedActions = []string{"kms:Decrypt", "kms:Encrypt", "kms:DescribeKey", "kms:PutKeyPolicy"}

// holder are the requests of whoever holds the policy, about keys that it names one by one or others.
func (a *audienceMaker) holder(fresh bool) universe {
	var keys []option
	arns := []string{"arn:aws:kms:us-east-1:111122223333:key/", "arn:aws:kms:ap-south-1:111122223333:key/", "arn:aws:kms:eu-west-1:444455556666:key/", "arn:aws:kms:eu-west-1:777777777777:key/"}
	ids := []string{"00000000-1111-2222-3333-444444444444", "1234aaaa-1111-2222-3333-444444444444", "mrk-ffff", "1234", "mrk-1234", "12345678-1234-1234-1234-123456789012", "mrk-1234abcd12ab34cd56ef1234567890ab"}
	if fresh {
		ids = ids[:5]
	}
	for _, arn := range arns {
		for _, id := range ids {
			o := with("aws:ResourceAccount", strings.Split(arn, ":")[4], "aws:RequestedRegion", strings.Split(arn, ":")[3])
			o.resource = arn + id
			keys = append(keys, o)
		}
	}
	u := universe{actions: triedActions, resource: "*", dimensions: [][]option{keys}}
	for _, k := range identityPools {
		key := strings.ToLower(k.name)
		if a.m[key] == nil || key == "aws:nosuchkey" || key == "aws:resourceaccount" || key == "aws:requestedregion" || fresh && (key == "aws:resourcetag/team" || key == "kms:resourcealiases") {
			continue
		}
		values := []string{"x", "red", "pay", "true", "false", "us-east-1", "alias/x", "s3.us-east-1.amazonaws.com"}
		switch key {
		case "aws:multifactorauthpresent":
			values = []string{"true", "false"}
		case "kms:viaservice":
			values = []string{"s3.us-east-1.amazonaws.com", "s3.x.amazonaws.com", "ec2.us-east-1.amazonaws.com", "s3.*"}
		}
		if strings.Contains(key, "tag") || strings.Contains(key, "context") || strings.Contains(key, "aliases") {
			var own []string
			for _, v := range a.m[key] {
				own = append(own, v, strings.ToLower(v), strings.ToUpper(v))
			}
			values = slices.Concat(own, instances(a.m[key]), values[:3])
			slices.Sort(values)
			values = slices.Compact(values)
		}
		u.dimensions = append(u.dimensions, list(k.name, k.multi, values))
	}
	return u
}
