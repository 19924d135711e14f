package rules_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	symbols "github.com/keyproof/keyproof/pkg/unknown"
)

// pools are conditions of key policies: operators, then keys with values that fit them.
var pools = []struct {
	operators []string
	key       string
	values    []string
}{
	{[]string{"StringEquals", "StringLike", "StringNotEquals", "StringNotLike"}, "aws:PrincipalOrgID", []string{"o-a1b2c3d4e5", "o-*", "*", "${aws:PrincipalOrgID}"}},
	{[]string{"StringEquals", "StringLike", "StringNotEquals"}, "aws:PrincipalAccount", []string{"111122223333", "444455556666", "4*", "*"}},
	{[]string{"StringEquals", "StringNotEquals"}, "kms:CallerAccount", []string{"111122223333", "444455556666"}},
	{[]string{"ArnLike", "ArnNotLike", "StringLike", "ArnEquals"}, "aws:PrincipalArn", []string{"arn:aws:iam::*:role/deploy", "arn:aws:iam::444455556666:*", "arn:aws:iam::444455556666:role/app", "arn:aws:iam::111122223333:role/app"}},
	{[]string{"IpAddress", "NotIpAddress"}, "aws:SourceIp", []string{"203.0.113.0/24", "0.0.0.0/0", "10.0.0.0/8"}},
	{[]string{"StringEquals", "StringLike", "StringNotEquals"}, "aws:SourceVpce", []string{"vpce-0a1b2c3d4e5f60789", "vpce-*"}},
	{[]string{"StringEquals", "StringLike"}, "kms:ViaService", []string{"s3.us-east-1.amazonaws.com", "*"}},
	{[]string{"StringEquals", "StringLike"}, "aws:SourceAccount", []string{"111122223333", "*"}},
	{[]string{"ArnLike"}, "kms:EncryptionContext:aws:logs:arn", []string{"arn:aws:logs:*:*:*", "arn:aws:logs:us-east-1:111122223333:*"}},
	{[]string{"Bool"}, "aws:SecureTransport", []string{"true"}},
	{[]string{"DateGreaterThan"}, "aws:CurrentTime", []string{"2020-01-01T00:00:00Z", "2031-01-01T00:00:00Z"}},
	{[]string{"NumericLessThan"}, "kms:RotationPeriodInDays", []string{"365"}},
}

// randomStatement is a statement of a key policy that may let strangers in, look as if it did, or name somebody.
func randomStatement(r *rand.Rand) object {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	who := []any{aws("*"), aws("*"), aws("*"), aws("arn:aws:iam::444455556666:root"), aws("arn:aws:iam::444455556666:role/app"), object{"Service": "logs.us-east-1.amazonaws.com"}}
	what := []any{"kms:Decrypt", []string{"kms:Decrypt", "kms:DescribeKey"}, "kms:*", "kms:PutKeyPolicy", "kms:EnableKeyRotation", "kms:DescribeKey"}
	s := statement("", who[r.IntN(len(who))], what[r.IntN(len(what))])
	conditions := object{}
	for range r.IntN(3) {
		p := pools[r.IntN(len(pools))]
		operator := pick(p.operators...)
		switch r.IntN(8) {
		case 0:
			operator += "IfExists"
		case 1:
			operator = "ForAllValues:" + operator
		case 2:
			operator = "ForAnyValue:" + operator
		case 3:
			conditions["Null"] = object{p.key: pick("true", "false")}
			continue
		}
		values := []string{pick(p.values...)}
		if r.IntN(3) == 0 {
			values = append(values, pick(p.values...))
		}
		conditions[operator] = object{p.key: values}
	}
	if len(conditions) > 0 {
		s["Condition"] = conditions
	}
	if r.IntN(6) == 0 {
		s["Effect"], s["Principal"] = "Deny", "*"
	}
	return s
}

// TestClaims reads what messages claim, and holds it against the engine and the plain evaluator: who is let in, to do what,
// and which condition lets them through.
func TestClaims(t *testing.T) {
	r := rand.New(rand.NewPCG(20261127, 1))
	counts := map[string]int{}
	var changes []change
	texts := map[string]string{}
	for n := range 3000 {
		statements := []object{statement("", aws(ownRoot), "kms:*")}
		for range 1 + r.IntN(2) {
			statements = append(statements, randomStatement(r))
		}
		text := document(t, statements...)
		name := "k" + strconv.Itoa(n)
		texts["aws_kms_key."+name] = text
		changes = append(changes, change{typ: "aws_kms_key", name: name, after: object{"policy": text, "arn": keyARN, "enable_key_rotation": true, "deletion_window_in_days": 30}})
	}
	for _, f := range findings(t, changes...) {
		text := texts[f.Address]
		c := claim{t: t, f: f, text: text, doc: parsed(text), counts: counts}
		c.who()
		c.conditions()
		c.without()
		if f.Statement == nil && f.Rule != "kms-key-lockout" {
			c.wrong("it names no statement")
		}
	}
	t.Log(counts)
	for _, kind := range []string{"any account", "strangers", "absent", "lets in", "other values", "nobody", "without a condition", "instead of", "services"} {
		if counts[kind] == 0 {
			t.Errorf("no message claimed %q", kind)
		}
	}
}

// claim is a finding whose message is read back.
type claim struct {
	t      *testing.T
	f      finding.Finding
	text   string
	doc    *iam.Document
	counts map[string]int
}

func (c *claim) wrong(format string, args ...any) {
	c.t.Helper()
	c.t.Errorf(format+"\n%s: %s\n%s\n%s", append(args, c.f.Rule, c.f.Message, c.f.Remedy, c.text)...)
}

func subject() access.Subject {
	return access.Subject{Kind: iam.Key, Account: "111122223333", Resource: keyARN, Partition: "aws", Region: "us-east-1", Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
}

var (
	whoClaim      = regexp.MustCompile(`(any AWS account may|strangers may|everyone is allowed to|strangers are allowed to) call ([^.]*?)(?: and \d+ more actions)?(?:, which today [^.]*)?\.`)
	absentClaim   = regexp.MustCompile(`(\S+) on (\S+) holds for a stranger whose request has no such key\.`)
	letsInClaim   = regexp.MustCompile(`(\S+) on (\S+) with ("[^ ]*") (?:is so wide that it )?lets in a stranger's (\S+)\.(?: |$)`)
	othersClaim   = regexp.MustCompile(`(\S+) on (\S+) holds for other values than .*?, such as a stranger's (\S+)\.(?: |$)`)
	nobodyClaim   = regexp.MustCompile(`statement (\d+): .*lets nobody in`)
	withoutClaim  = regexp.MustCompile(`statement (\d+) lets in (.*?) without any condition( that keeps anybody of these out)?, so`)
	insteadRemedy = regexp.MustCompile(`^Write (\S+) instead of (\S+) on (\S+),`)
)

// who holds that each action that is named is open to a stranger, and to each where the message speaks of any account.
func (c *claim) who() {
	m := whoClaim.FindStringSubmatch(c.f.Message)
	if m == nil {
		return
	}
	every := strings.HasPrefix(m[1], "any") || strings.HasPrefix(m[1], "everyone")
	c.counts[map[bool]string{true: "any account", false: "strangers"}[every]]++
	for action := range strings.SplitSeq(m[2], ", ") {
		doc := parsed(strings.Replace(c.text, `"Statement":[`, `"Statement":[{"Effect":"Deny","Principal":"*","NotAction":"`+action+`","Resource":"*"},`, 1))
		got := access.Analyze(doc, subject())
		if got.Public != access.Yes || got.Witness == nil {
			c.wrong("%s is not open to strangers: %s", action, got.Verdict)
			continue
		}
		if !every {
			continue
		}
		for _, account := range []string{"999900001111", "123400005678"} {
			for _, org := range []string{"", "o-zzzzzzzzzz"} {
				if req := as(got.Witness, account, org); evaluate.Decide(doc, req) != evaluate.Allowed {
					c.wrong("%s is not open to the account %s in the organization %q", action, account, org)
				}
			}
		}
	}
}

func parsed(text string) *iam.Document { return iam.Parse(symbols.Known(text)) }

// as is the request, made by a role of another account, in an organization or in none.
func as(w *evaluate.Request, account, org string) *evaluate.Request {
	out := *w
	out.Principal = "arn:aws:iam::" + account + ":role/someone"
	out.Context = maps.Clone(w.Context)
	for k := range w.Context {
		switch lower := strings.ToLower(k); lower {
		case "aws:principalarn":
			out.Context[k] = evaluate.One(out.Principal)
		case "aws:principalaccount", "kms:calleraccount":
			out.Context[k] = evaluate.One(account)
		case "aws:principalorgid":
			delete(out.Context, k)
		}
	}
	out.Context["aws:PrincipalArn"], out.Context["aws:PrincipalAccount"], out.Context["kms:CallerAccount"] = evaluate.One(out.Principal), evaluate.One(account), evaluate.One(account)
	if org != "" {
		out.Context["aws:PrincipalOrgID"] = evaluate.One(org)
	}
	return &out
}

// conditions holds what is said of single conditions, and what the remedy would make of them.
func (c *claim) conditions() {
	holds := func(operator, key string, values []string, request map[string]evaluate.Values) bool {
		list, err := json.Marshal(values)
		if err != nil {
			c.t.Fatal(err)
		}
		doc := parsed(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"` + operator + `":{"` + key + `":` + string(list) + `}}}]}`)
		return evaluate.Decide(doc, &evaluate.Request{Principal: "arn:aws:iam::999999999999:role/stranger", Action: "kms:Decrypt", Resource: keyARN, Context: request}) == evaluate.Allowed
	}
	one := func(key, value string) map[string]evaluate.Values {
		return map[string]evaluate.Values{key: evaluate.One(value)}
	}
	for _, m := range absentClaim.FindAllStringSubmatch(c.f.Message, -1) {
		c.counts["absent"]++
		if !holds(m[1], m[2], c.values(m[1], m[2]), nil) {
			c.wrong("%s on %s does not hold without the key", m[1], m[2])
		}
	}
	for _, m := range letsInClaim.FindAllStringSubmatch(c.f.Message, -1) {
		c.counts["lets in"]++
		value, err := strconv.Unquote(m[3])
		if err != nil || !holds(m[1], m[2], []string{value}, one(m[2], m[4])) {
			c.wrong("%s on %s with %s does not let in %s", m[1], m[2], m[3], m[4])
		}
	}
	for _, m := range othersClaim.FindAllStringSubmatch(c.f.Message, -1) {
		c.counts["other values"]++
		if !holds(m[1], m[2], c.values(m[1], m[2]), one(m[2], m[3])) {
			c.wrong("%s on %s does not hold for %s", m[1], m[2], m[3])
		}
	}
	if m := insteadRemedy.FindStringSubmatch(c.f.Remedy); m != nil {
		c.counts["instead of"]++
		values := c.values(m[2], m[3])
		if len(values) == 0 || holds(m[1], m[3], values, nil) {
			c.wrong("%s on %s holds without the key, too, or there is no %s", m[1], m[3], m[2])
		}
	}
}

// values are those of the condition of the finding's statement.
func (c *claim) values(operator, key string) []string {
	var out []string
	for i := range c.doc.Statements {
		if s := &c.doc.Statements[i]; c.f.Statement != nil && s.Index == c.f.Statement.Index {
			for _, k := range s.Conditions {
				if k.Operator.S != operator || k.Key.S != key {
					continue
				}
				for _, v := range k.Values.Items {
					out = append(out, v.S)
				}
			}
		}
	}
	return out
}

// without holds what is said of statements as a whole: that one lets in nobody, somebody without a condition, or a service
// for anybody.
func (c *claim) without() {
	if m := nobodyClaim.FindStringSubmatch(c.f.Message); m != nil {
		c.counts["nobody"]++
		if got := access.Analyze(c.only(m[1]), subject()); got.Verdict != access.None {
			c.wrong("the statement alone is %s", got.Verdict)
		}
	}
	if strings.Contains(c.f.Message, "nothing keeps out calls for the resources of strangers") {
		c.counts["services"]++
		if got := access.Analyze(c.only(strconv.Itoa(c.f.Statement.Index+1)), subject()); got.Verdict != access.ServiceOpen && got.Verdict != access.Everyone && got.Verdict != access.Invalid {
			c.wrong("the statement alone is %s", got.Verdict)
		}
	}
	m := withoutClaim.FindStringSubmatch(c.f.Message)
	if m == nil {
		return
	}
	c.counts["without a condition"]++
	doc := c.only(m[1])
	if (len(doc.Statements[0].Conditions) > 0) != (m[3] != "") {
		c.wrong("the statement has %d conditions", len(doc.Statements[0].Conditions))
	}
	account := regexp.MustCompile(`\d{12}`).FindString(m[2])
	for _, org := range []string{"", "o-zzzzzzzzzz", "o-a1b2c3d4e5"} {
		for _, way := range []map[string]string{{"aws:SourceIp": "198.51.100.7"}, {"aws:SourceVpce": "vpce-0fffffffffffffff0"}, {"aws:SourceIp": "203.0.113.9"}, {"kms:ViaService": "rds.us-east-1.amazonaws.com"}} {
			req := as(&evaluate.Request{Action: actionOf(doc), Resource: keyARN, Context: map[string]evaluate.Values{"aws:SecureTransport": evaluate.One("true"),
				"aws:CurrentTime": evaluate.One("2026-11-02T00:00:00Z")}}, account, org)
			if strings.Contains(m[2], "role/app") {
				req.Principal = "arn:aws:iam::" + account + ":role/app"
				req.Context["aws:PrincipalArn"] = evaluate.One(req.Principal)
			}
			for k, v := range way {
				req.Context[k] = evaluate.One(v)
			}
			if evaluate.Decide(doc, req) != evaluate.Allowed {
				c.wrong("a condition keeps out %v in %q", way, org)
			}
		}
	}
}

// only is the document with one statement, counted from 1.
func (c *claim) only(number string) *iam.Document {
	out := *c.doc
	out.Statements = slices.DeleteFunc(slices.Clone(c.doc.Statements), func(s iam.Statement) bool { return strconv.Itoa(s.Index+1) != number })
	return &out
}

func actionOf(doc *iam.Document) string {
	a := doc.Statements[0].Action.Items[0].S
	if a == "kms:*" {
		return "kms:Decrypt"
	}
	return a
}
