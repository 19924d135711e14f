package access_test

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/netip"
	"strings"
	"time"
)

// This file is a third evaluator: one request against the text of one policy, written from the documentation of AWS
// alone, by somebody who had not read the other two. It shares no line with them, neither parser nor tables, and is as
// direct as it can be: it is there to disagree with. A document's refused parts are taken literally.

// third is one request as the third evaluator reads it.
type third struct {
	principal, action, resource string
	// trust says that the document has no Resource element, being a role's.
	trust   bool
	context map[string]thirdValue
	// variables says that the document's version has them; deny, that the statement at hand denies; anybody, that it does so to
	// everyone, who may show a token, too.
	variables, deny, anybody bool
}

// thirdValue is the value of a condition key: many for a key that may have several.
type thirdValue struct {
	many   bool
	values []string
}

// decide answers with the words of the plain evaluator.
func (t third) decide(policy string) string {
	var doc struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(policy), &doc); err != nil {
		panic(err)
	}
	t.variables = doc.Version == "2012-10-17"
	var statements []map[string]any
	if json.Unmarshal(doc.Statement, &statements) != nil {
		statements = make([]map[string]any, 1)
		decoder := json.NewDecoder(strings.NewReader(string(doc.Statement)))
		if err := decoder.Decode(&statements[0]); err != nil {
			panic(err)
		}
	}
	lower := map[string]thirdValue{}
	for key, value := range t.context {
		lower[strings.ToLower(key)] = value
	}
	t.context = lower

	decision := "ImplicitlyDenied"
	for _, s := range statements {
		t.deny = s["Effect"] == "Deny"
		switch {
		case !t.statement(s):
		case t.deny:
			return "ExplicitlyDenied"
		case s["Effect"] == "Allow":
			decision = "Allowed"
		}
	}
	return decision
}

func (t third) statement(s map[string]any) bool {
	who, not := s["NotPrincipal"], s["NotPrincipal"] != nil
	if !not {
		who = s["Principal"]
	}
	t.anybody = t.deny && !not
	if who == nil || t.isPrincipal(who) == not {
		return false
	}
	actions, not := s["NotAction"], s["NotAction"] != nil
	if !not {
		actions = s["Action"]
	}
	if actions == nil || t.anyOf(actions, t.isAction) == not {
		return false
	}
	if !t.trust {
		resources, not := s["NotResource"], s["NotResource"] != nil
		if !not {
			resources = s["Resource"]
		}
		if resources == nil || t.anyOf(resources, t.isResource) == not {
			return false
		}
	}
	block, _ := s["Condition"].(map[string]any)
	for operator, keys := range block {
		for key, values := range keys.(map[string]any) {
			if !t.condition(operator, key, texts(values)) {
				return false
			}
		}
	}
	return true
}

func (t third) anyOf(v any, is func(string) bool) bool {
	for _, text := range texts(v) {
		if is(text) {
			return true
		}
	}
	return false
}

// texts is a value or list of values as the texts that are compared.
func texts(v any) []string {
	switch v := v.(type) {
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, texts(e)...)
		}
		return all
	case string:
		return []string{v}
	}
	text, _ := json.Marshal(v)
	return []string{string(text)}
}

func (t third) isPrincipal(who any) bool {
	if who == "*" {
		return true
	}
	byType, _ := who.(map[string]any)
	arn := strings.HasPrefix(t.principal, "arn:") && !t.token()
	for kind, names := range byType {
		for _, name := range texts(names) {
			switch {
			case kind == "AWS" && name == "*" && (t.anybody || !t.token()),
				kind == "AWS" && arn && t.isCaller(name),
				kind == "Service" && !arn && name == t.principal,
				kind == "Federated" && t.token() && name == t.principal:
				return true
			}
		}
	}
	return false
}

// token says that the caller shows the token of an identity provider instead of credentials of AWS.
func (t third) token() bool {
	return strings.HasPrefix(t.action, "sts:AssumeRoleWith")
}

// isCaller says whether an account, a root, a role, a user or a session of a policy is the caller.
func (t third) isCaller(name string) bool {
	caller := strings.SplitN(t.principal, ":", 6)
	if name == caller[4] || name == "arn:"+caller[1]+":iam::"+caller[4]+":root" || name == t.principal {
		return true
	}
	session := strings.Split(caller[5], "/")
	if session[0] != "assumed-role" {
		return false
	}
	role := strings.TrimPrefix(name, "arn:"+caller[1]+":iam::"+caller[4]+":role/")
	return role != name && role[strings.LastIndex(role, "/")+1:] == session[1]
}

func (t third) isAction(pattern string) bool {
	return glob([]rune(strings.ToLower(pattern)), []rune(strings.ToLower(t.action)))
}

func (t third) isResource(pattern string) bool {
	filled, ok := t.fill(pattern)
	return ok && glob(filled, []rune(t.resource))
}

// The wildcards of a pattern. What a variable or an escape puts in is never one of them: it is written as it stands,
// with star and question mark as these private runes.
const literalStar, literalMark = '\U000F0001', '\U000F0002'

func glob(pattern, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	switch p := pattern[0]; p {
	case '*':
		return glob(pattern[1:], text) || len(text) > 0 && glob(pattern, text[1:])
	default:
		if len(text) == 0 {
			return false
		}
		same := p == '?' || p == text[0] || p == literalStar && text[0] == '*' || p == literalMark && text[0] == '?'
		return same && glob(pattern[1:], text[1:])
	}
}

// fill puts the request's values in place of variables. It says whether all had a value.
func (t third) fill(text string) ([]rune, bool) {
	var filled strings.Builder
	for t.variables {
		before, rest, found := strings.Cut(text, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			break
		}
		filled.WriteString(before)
		text = after
		switch name {
		case "*", "?", "$":
			filled.WriteString(asItStands(name))
			continue
		}
		key, byDefault, hasDefault := strings.Cut(name, ",")
		value, present := t.context[strings.ToLower(strings.TrimSpace(key))]
		switch {
		case present && !value.many:
			filled.WriteString(asItStands(value.values[0]))
		case hasDefault && !present:
			filled.WriteString(asItStands(strings.Trim(strings.TrimSpace(byDefault), "'")))
		default:
			return nil, false
		}
	}
	filled.WriteString(text)
	return []rune(filled.String()), true
}

func asItStands(s string) string {
	return strings.NewReplacer("*", string(literalStar), "?", string(literalMark)).Replace(s)
}

func plain(r []rune) string {
	return strings.NewReplacer(string(literalStar), "*", string(literalMark), "?").Replace(string(r))
}

// condition follows the tables of operators: absent key, one value, several values, sets.
func (t third) condition(operator, key string, policy []string) bool {
	name := strings.ToLower(operator)
	value, present := t.context[strings.ToLower(key)]
	if name == "null" {
		for _, p := range policy {
			if strings.EqualFold(p, "true") && !present || strings.EqualFold(p, "false") && present {
				return true
			}
		}
		return false
	}
	name, ifExists := strings.CutSuffix(name, "ifexists")
	name, all := strings.CutPrefix(name, "forallvalues:")
	name, any := strings.CutPrefix(name, "foranyvalue:")
	positive := strings.Replace(name, "not", "", 1)
	negated := positive != name
	switch {
	case !present || len(value.values) == 0 && (all || any):
		return all || ifExists || negated && !any
	case !all && !any && value.many:
		return false
	}
	for _, v := range value.values {
		holds := t.compare(positive, negated, policy, v)
		if holds && any {
			return true
		}
		if !holds && !any {
			return false
		}
	}
	return !any
}

// compare holds one value of the request against all values of the policy: one of them, or for a negated operator none
// of them. What is no ARN matches no operator of ARNs, negated ones neither; what else cannot be compared takes the side
// of more access: it lets an Allow's negation hold, not a Deny's.
func (t third) compare(operator string, negated bool, policy []string, v string) bool {
	if strings.HasPrefix(operator, "arn") && strings.Count(v, ":") < 5 {
		return false
	}
	for _, p := range policy {
		if filled, ok := t.fill(p); ok && negated && strings.HasPrefix(operator, "arn") && strings.Count(string(filled), ":") < 5 {
			return false
		}
		same, comparable := t.same(operator, p, v)
		switch {
		case !comparable && negated && t.deny:
			return false
		case comparable && same:
			return !negated
		}
	}
	return negated
}

func (t third) same(operator, p, v string) (same, comparable bool) {
	switch operator {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike":
		filled, ok := t.fill(p)
		if !ok {
			return false, false
		}
		switch operator {
		case "stringequals":
			return plain(filled) == v, true
		case "stringequalsignorecase":
			//lint:ignore SA6005 lower case is the documented comparison
			return strings.ToLower(plain(filled)) == strings.ToLower(v), true
		case "stringlike":
			return glob(filled, []rune(v)), true
		}
		return sameARN(string(filled), v)
	case "bool":
		return strings.EqualFold(p, "true") == strings.EqualFold(v, "true"), true
	case "binaryequals":
		a, err := base64.StdEncoding.DecodeString(p)
		b, err2 := base64.StdEncoding.DecodeString(v)
		return string(a) == string(b), err == nil && err2 == nil
	case "ipaddress":
		return sameNetwork(p, v)
	}
	kind, relation, _ := strings.Cut(strings.NewReplacer("numeric", "numeric ", "date", "date ").Replace(operator), " ")
	a, ok := number(kind, v)
	b, ok2 := number(kind, p)
	if !ok || !ok2 {
		return false, false
	}
	c := a.Cmp(b)
	switch relation {
	case "equals":
		return c == 0, true
	case "lessthan":
		return c < 0, true
	case "lessthanequals":
		return c <= 0, true
	case "greaterthan":
		return c > 0, true
	case "greaterthanequals":
		return c >= 0, true
	}
	panic("operator " + operator)
}

// sameARN compares the six parts one by one.
func sameARN(p, v string) (same, comparable bool) {
	pattern, value := strings.SplitN(p, ":", 6), strings.SplitN(v, ":", 6)
	if len(pattern) != 6 || len(value) != 6 {
		return false, false
	}
	for i := range pattern {
		if !glob([]rune(pattern[i]), []rune(value[i])) {
			return false, true
		}
	}
	return true, true
}

// sameNetwork says whether an address is in a network. An address without a prefix is a network of one, one of IPv4
// written in IPv6 is one of IPv4, and a network of IPv6 that names a host is none.
func sameNetwork(p, v string) (same, comparable bool) {
	address, err := netip.ParseAddr(v)
	if err != nil {
		return false, false
	}
	network, err := netip.ParsePrefix(p)
	if err != nil {
		single, err := netip.ParseAddr(p)
		if err != nil {
			return false, false
		}
		network = netip.PrefixFrom(single.Unmap(), single.Unmap().BitLen())
	}
	if network.Addr().Is6() && network.Masked().Addr() != network.Addr() {
		return false, false
	}
	return network.Masked().Contains(address.Unmap()), true
}

// number reads a number, or a date as seconds since 1970.
func number(kind, s string) (*big.Rat, bool) {
	if kind == "date" {
		for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
			if d, err := time.Parse(layout, s); err == nil {
				return big.NewRat(d.UnixMilli(), 1000), true
			}
		}
	}
	if strings.Trim(s, "+-0123456789.e") != "" || kind == "date" && strings.Contains(s, "e") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}
