package access_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// The universe of requests: for each key that a document speaks of, the values that it names, instances of its patterns,
// values that it does not name, and absence; keys that belong together are one dimension.

// option is one value of a dimension: the part of a request that it fixes.
type option struct {
	principal string
	resource  string
	context   map[string]evaluate.Values
}

func with(pairs ...string) option {
	o := option{context: map[string]evaluate.Values{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.context[pairs[i]] = evaluate.One(pairs[i+1])
	}
	return o
}

// universe is one kind of callers, as a product of dimensions. verdict is the audience that they are.
type universe struct {
	verdict    access.Verdict
	actions    []string
	resource   string
	dimensions [][]option
	whole      [][]option // before some were left out, nil where none were
}

var variableName = regexp.MustCompile(`\$\{([^},]+)`)

// mentions are the keys of the document's conditions and variables, in lower case, with the values that they meet.
func mentions(doc *iam.Document) map[string][]string {
	out := map[string][]string{}
	for _, s := range doc.Statements {
		for _, c := range s.Conditions {
			key := strings.ToLower(c.Key.S)
			for _, v := range c.Values.Items {
				out[key] = append(out[key], v.S)
				for _, m := range variableName.FindAllStringSubmatch(v.S, -1) {
					name := strings.ToLower(m[1])
					out[name] = append(out[name], out[key]...)
				}
			}
			if len(c.Values.Items) == 0 {
				out[key] = append(out[key], "")
			}
		}
	}
	return out
}

// instances are strings that the patterns match, alone and two at a time.
func instances(patterns []string, fill ...string) []string {
	var out []string
	add := func(s string) {
		for _, value := range []string{"x", "alice", "red"} {
			if one := variableText.ReplaceAllString(s, value); !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	for _, p := range patterns {
		if !strings.ContainsAny(p, "*?") {
			add(p)
			add(strings.ToLower(p))
			add(strings.ToUpper(p))
			continue
		}
		for _, f := range append([]string{"", "x"}, fill...) {
			add(strings.ReplaceAll(strings.ReplaceAll(p, "*", f), "?", "x"))
			add(strings.ReplaceAll(strings.ReplaceAll(strings.Replace(p, "*", f, 1), "*", "x"), "?", "9"))
		}
		for _, o := range patterns {
			if o != p {
				add(strings.ReplaceAll(strings.ReplaceAll(p, "*", strings.NewReplacer("*", "", "?", "x").Replace(o)), "?", "x"))
				head, _, _ := strings.Cut(p, "*")
				add(strings.ReplaceAll(head+o[strings.LastIndex(o, "*")+1:], "?", "x"))
			}
		}
	}
	return out
}

var variableText = regexp.MustCompile(`\$\{[^}]*\}`)

const fresh = "777777777777"

// freshAccounts are ids that the document does not name; instances of its patterns among them.
func freshAccounts(doc *iam.Document, s access.Subject, patterns []string) []string {
	out := []string{fresh}
	for _, v := range instances(patterns, "77777777", "7777") {
		for len(v) < 12 && strings.Trim(v, "0123456789") == "" {
			v += "7"
		}
		v = strings.ReplaceAll(v, "x", "7")
		if accountID.MatchString(v) && v != s.Account && !namesAccount(doc, v) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// callersOf are ARNs of the account's principals, those that the patterns match among them.
func callersOf(account string, patterns []string) []option {
	var out []option
	add := func(arn string) {
		if m := callerARN.FindStringSubmatch(arn); m == nil || m[1] != account || slices.ContainsFunc(out, func(o option) bool { return o.principal == arn }) {
			return
		}
		_, resource, _ := strings.Cut(arn, account+":")
		o := with("aws:PrincipalArn", arn, "aws:PrincipalAccount", account, "kms:CallerAccount", account, "aws:PrincipalIsAWSService", "false")
		o.principal = arn
		switch {
		case strings.HasPrefix(resource, "role/"):
			o.context["aws:PrincipalType"] = evaluate.One("AssumedRole")
		case strings.HasPrefix(resource, "user/"):
			o.context["aws:PrincipalType"] = evaluate.One("User")
			o.context["aws:username"] = evaluate.One(resource[strings.LastIndex(resource, "/")+1:])
		case resource == "root":
			o.context["aws:PrincipalType"] = evaluate.One("Account")
		default:
			o.context["aws:PrincipalType"] = evaluate.One("FederatedUser")
		}
		out = append(out, o)
	}
	for _, r := range []string{"role/stranger", "role/app", "user/alice", "user/red", "root", "role/path/x", "federated-user/bob"} {
		service := "iam"
		if strings.HasPrefix(r, "federated") {
			service = "sts"
		}
		add("arn:aws:" + service + "::" + account + ":" + r)
	}
	for _, i := range instances(patterns, account, account+":role/", "iam::"+account+":role/", "arn:aws:iam::"+account) {
		i = strings.ReplaceAll(i, "::x:", "::"+account+":")
		add(i)
		add(i + "x")
	}
	return out
}

// keysOf tells which keys are of which actions only, for those that the generator uses.
var keysOf = map[string][]string{
	"kms:encryptioncontext:app":   {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"},
	"kms:encryptioncontextkeys":   {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"},
	"kms:grantisforawsresource":   {"kms:CreateGrant"},
	"kms:grantoperations":         {"kms:CreateGrant"},
	"kms:granteeprincipal":        {"kms:CreateGrant"},
	"sts:externalid":              {"sts:AssumeRole"},
	"kms:recipientattestation:x1": {"kms:Decrypt"},
}

// list is a dimension of a key that the caller chooses, or leaves out where it can.
func list(key string, multi bool, values []string) []option {
	out := []option{{}}
	if strings.EqualFold(key, "sts:RoleSessionName") {
		out = []option{with(key, "stranger")}
	}
	for _, v := range values {
		o := with(key, v)
		if multi {
			o.context[key] = evaluate.Many(v)
		}
		out = append(out, o)
	}
	if multi {
		for i := range values {
			for _, other := range values[i+1:] {
				if len(out) < 100 {
					out = append(out, option{context: map[string]evaluate.Values{key: evaluate.Many(values[i], other)}})
				}
			}
		}
	}
	return out
}

// orgs are organizations with a path, and none. Those for which keep is false are left out.
func orgs(prefix string, doc *iam.Document, m map[string][]string, keep func(id string) bool) []option {
	id, path := prefix+"OrgID", prefix+"OrgPaths"
	ids := append([]string{"o-fresh00000", "o-freshfresh"}, instances(m[strings.ToLower(id)], "freshfresh", "0000000000")...)
	var out []option
	add := func(o, rest string) {
		if orgID.MatchString(o) && keep(o) && orgPath.MatchString(o+rest) {
			x := with(id, o)
			x.context[path] = evaluate.Many(o + rest)
			out = append(out, x)
		}
	}
	for _, o := range ids {
		add(o, "/r-ab12/")
		add(o, "/r-zz99/ou-zz99-22222222/")
	}
	for _, p := range instances(m[strings.ToLower(path)], "o-freshfresh", "ou-ab12-11111111/", "freshfresh/r-ab12/", "/r-ab12/") {
		for _, q := range []string{p, p + "/", p + "r-ab12/", p + "/r-ab12/"} {
			o, _, _ := strings.Cut(q, "/")
			add(o, strings.TrimPrefix(q, o))
		}
	}
	return out
}

// pick draws a request. Keys that the action does not have are left out.
func (u *universe) pick(r *rand.Rand, index []int) *evaluate.Request {
	req := &evaluate.Request{Resource: u.resource, Context: map[string]evaluate.Values{}}
	req.Action = u.actions[r.IntN(len(u.actions))]
	for i, d := range u.dimensions {
		n := 0
		if index != nil {
			n = index[i]
		} else {
			n = r.IntN(len(d))
		}
		o := &d[n]
		if o.principal != "" {
			req.Principal = o.principal
		}
		if o.resource != "" {
			req.Resource = o.resource
		}
		for k, v := range o.context {
			if strings.HasPrefix(req.Action, "sts:") && strings.HasPrefix(k, "kms:") {
				continue
			}
			if only, ok := keysOf[strings.ToLower(k)]; ok && !slices.Contains(only, req.Action) {
				continue
			}
			req.Context[k] = v
		}
	}
	u.agree(req)
	return req
}

// lists are the keys that list what keys of a family are called.
var lists = map[string]string{"kms:EncryptionContextKeys": "kms:EncryptionContext:", "aws:TagKeys": "aws:RequestTag/"}

// agree makes the lists of a request have the names of the keys that are there, and the chain of calls its first and last one.
func (u *universe) agree(req *evaluate.Request) {
	speaks := func(of string) (names []string) {
		dimensions := u.dimensions
		if u.whole != nil {
			dimensions = u.whole
		}
		for _, d := range dimensions {
			for name := range d[len(d)-1].context {
				if strings.HasPrefix(name, of) {
					names = append(names, name)
				}
			}
		}
		return names
	}
	for list, family := range lists {
		names := speaks(family)
		if len(names) == 0 || len(speaks(list)) == 0 {
			continue
		}
		texts := slices.Clone(req.Context[list].All)
		for _, name := range names {
			of := name[len(family):]
			if _, there := req.Context[name]; !there {
				texts = slices.DeleteFunc(texts, func(s string) bool { return strings.EqualFold(s, of) })
			} else if !slices.ContainsFunc(texts, func(s string) bool { return strings.EqualFold(s, of) }) {
				texts = append(texts, of)
			}
		}
		delete(req.Context, list)
		if len(texts) > 0 {
			req.Context[list] = evaluate.Many(texts...)
		}
	}
	if _, ok := req.Context["aws:MultiFactorAuthAge"]; ok {
		req.Context["aws:MultiFactorAuthPresent"] = evaluate.One("true")
	}
	if via, ok := req.Context["aws:CalledVia"]; ok {
		chain := slices.Concat(req.Context["aws:CalledViaFirst"].All, via.All, req.Context["aws:CalledViaLast"].All)
		req.Context["aws:CalledVia"] = evaluate.Many(slices.Compact(chain)...)
	}
}

// each calls f with up to limit requests: all of them where they are few, else as many at random.
func (u *universe) each(r *rand.Rand, limit int, f func(*evaluate.Request)) {
	size := len(u.actions)
	for _, d := range u.dimensions {
		if len(d) == 0 {
			return
		}
		size = min(size*len(d), 1<<30)
	}
	if size > limit {
		for range limit {
			f(u.pick(r, nil))
		}
		return
	}
	index := make([]int, len(u.dimensions))
	for {
		for _, a := range u.actions {
			one := *u
			one.actions = []string{a}
			f(one.pick(r, index))
		}
		i := 0
		for ; i < len(index); i++ {
			if index[i]++; index[i] < len(u.dimensions[i]) {
				break
			}
			index[i] = 0
		}
		if i == len(index) {
			return
		}
	}
}

// fit leaves out the options that a condition of the statement alone rules out, so that more requests meet it.
func (u *universe) fit(doc *iam.Document, s *iam.Statement) *universe {
	out := *u
	out.dimensions, out.whole = slices.Clone(u.dimensions), u.dimensions
	for i := range s.Conditions {
		c := &s.Conditions[i]
		if slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return strings.Contains(v.S, "${") }) {
			continue
		}
		alone := &iam.Document{Version: doc.Version, Statements: []iam.Statement{{Effect: s.Effect, Principal: everybody, Action: anyText, Resource: anyText, Conditions: s.Conditions[i : i+1]}}}
		for d, options := range out.dimensions {
			if !slices.ContainsFunc(options, func(o option) bool { return o.has(c.Key.S) }) {
				continue
			}
			var fitting []option
			for _, o := range options {
				if evaluate.Decide(alone, &evaluate.Request{Principal: "arn:aws:iam::777777777777:root", Action: "kms:Decrypt", Context: o.context}) == evaluate.Allowed {
					fitting = append(fitting, o)
				}
			}
			out.dimensions[d] = fitting
		}
	}
	return &out
}

var (
	anyText   = &iam.List{Items: []iam.String{{S: "*", Set: true}}}
	everybody = &iam.Principals{Text: iam.String{S: "*", Set: true}}
)

func (o *option) has(key string) bool {
	for k := range o.context {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}
