package fix

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// wildARNs write the account into the patterns that leave it open, where nothing else of the condition changes.
func (m *maker) wildARNs(st *iam.Statement, c *iam.Condition, to condition) []step {
	if to.operator != c.Operator.S || len(to.values) != len(c.Values.Items) {
		return nil
	}
	var out []step
	for i, v := range c.Values.Items {
		if to.values[i] == v.S {
			continue
		}
		of, ok := aws.ParseARN(v.S)
		if !ok {
			return nil
		}
		out = append(out, step{kind: replaceString, statement: st.Index, leaf: v, text: to.values[i], part: ":" + of.Account + ":", partText: ":" + m.account() + ":"})
	}
	return out
}

// exactConditions closes the conditions that look like a limit and are none.
func (m *maker) exactConditions(st *iam.Statement) (candidate, bool) {
	c := candidate{strategy: "exact"}
	var words []string
	for i := range st.Conditions {
		cond := &st.Conditions[i]
		to, why, ok := m.exact(cond)
		if !ok {
			to, why, ok = m.presence(st, cond)
		}
		if !ok {
			continue
		}
		words = append(words, why)
		if leaves := m.wildARNs(st, cond, to); leaves != nil {
			c.steps = append(c.steps, leaves...)
			continue
		}
		c.steps = append(c.steps, step{kind: setCondition, statement: st.Index, operator: cond.Operator.S, key: cond.Key.S, conditions: []condition{to}})
	}
	if len(c.steps) == 0 {
		return c, false
	}
	c.title = "In " + label(st) + " " + strings.Join(words, ", and ")
	return c, true
}

// exact is a condition that holds only for a named value, where the one at hand holds for others, too.
func (m *maker) exact(c *iam.Condition) (to condition, why string, ok bool) {
	op, known := iam.ParseOperator(c.Operator.S)
	key := lower(c.Key.S)
	if !known || op.Negated || !c.Key.Known() || op.Name == "null" || !restricting(key) {
		return to, "", false
	}
	to = condition{operator: plainOperator(c.Operator.S), key: c.Key.S}
	if !aws.Single(key) {
		to.operator = "ForAnyValue:" + to.operator
	}
	values, wild := m.exactValues(key, c)
	switch {
	case wild && len(values) == 0:
		return to, "", false
	case wild:
		to.values = values
		patterns := slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "*?") })
		switch {
		case !strings.HasSuffix(key, "arn") && !patterns:
			to.operator = "StringEquals"
			if !aws.Single(key) {
				to.operator = "ForAnyValue:StringEquals"
			}
		case strings.HasSuffix(key, "arn") && lower(to.operator) == "stringlike":
			to.operator = "ArnLike"
		case patterns && op.Name == "stringequals":
			return to, "", false
		}
		why = "name the account in " + c.Key.S
		if strings.Contains(key, "org") {
			why = "name the organization in " + c.Key.S
		}
		if strings.HasSuffix(key, ":sub") {
			why = "close the name of the owner in " + c.Key.S
		}
	case op.IfExists:
		why = "drop IfExists from the condition on " + c.Key.S + ": it holds where the key is absent"
	case op.Set == "all":
		why = "use " + to.operator + " for " + c.Key.S + " instead of ForAllValues: it holds where the key is absent"
	case op.Name == "stringlike" && strings.HasSuffix(key, "arn"):
		to.operator = "ArnLike"
		why = "compare " + c.Key.S + " with ArnLike, whose wildcards stay within their part of the ARN"
	default:
		return to, "", false
	}
	return to, why, !strings.EqualFold(to.operator, c.Operator.S) || to.values != nil
}

// presence is the condition that a check for the presence of a key was meant to be, where nothing else asks what it holds.
func (m *maker) presence(st *iam.Statement, c *iam.Condition) (to condition, why string, ok bool) {
	op, _ := iam.ParseOperator(c.Operator.S)
	if op.Name != "null" || len(c.Values.Items) != 1 || lower(c.Values.Items[0].S) != "false" {
		return to, "", false
	}
	asked := 0
	for i := range st.Conditions {
		if strings.EqualFold(st.Conditions[i].Key.S, c.Key.S) {
			asked++
		}
	}
	value, whose := "", ""
	switch key := lower(c.Key.S); {
	case asked > 1:
	case key == aws.KeyPrincipalOrgID:
		if org, told := m.organization(); told {
			value, whose = org, "organization"
		}
	case key == aws.KeyPrincipalAccount, key == aws.KeyCallerAccount:
		value, whose = m.account(), "account"
	}
	return condition{"StringEquals", c.Key.S, []string{value}}, "name the " + whose + " in " + c.Key.S + ": that it is there says nothing", value != ""
}

// restricting are the keys that AWS fills in and that say who calls, from where or for whom.
func restricting(key string) bool {
	for _, p := range []string{"aws:principalorg", aws.KeyPrincipalAccount, aws.KeyPrincipalArn, aws.KeyCallerAccount, "aws:source", aws.KeyUserID, "aws:vpc", "aws:vpce"} {
		if strings.HasPrefix(key, p) && key != aws.KeySourceIdentity {
			return true
		}
	}
	return strings.HasSuffix(key, ":sub") || strings.HasSuffix(key, ":aud")
}

// plainOperator is an operator without what makes it hold for an absent key.
func plainOperator(name string) string {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if strings.HasSuffix(lower(name), "ifexists") {
		name = name[:len(name)-len("ifexists")]
	}
	return name
}

// exactValues are the values of a condition with what a wildcard leaves open written out; wild says that one did.
func (m *maker) exactValues(key string, c *iam.Condition) (values []string, wild bool) {
	for _, v := range c.Values.Items {
		if v.Bare {
			return nil, true
		}
		to := v.S
		switch {
		case !strings.ContainsAny(v.S, "*?"):
		case strings.HasSuffix(key, "arn"):
			to = m.ownARN(v.S)
		case strings.HasSuffix(key, "account"):
			to = m.account()
		case strings.HasSuffix(key, "orgid"):
			to, _ = m.organization()
		case strings.HasSuffix(key, ":sub"):
			to = wholeOwner(v.S)
		}
		if to != v.S {
			wild = true
		}
		if to == "" {
			return nil, true
		}
		values = append(values, to)
	}
	if !wild {
		return nil, false
	}
	return values, true
}

// ownARN is a pattern of ARNs with the own account where it leaves the account open, "" where it cannot be written so.
func (m *maker) ownARN(pattern string) string {
	of, ok := aws.ParseARN(pattern)
	if !ok {
		return ""
	}
	if strings.ContainsAny(of.Account, "*?") {
		of.Account = m.account()
	}
	return of.String()
}

// wholeOwner closes a pattern of subjects behind the name of the owner: repo:acme* becomes repo:acme/*.
func wholeOwner(pattern string) string {
	rest, ok := strings.CutPrefix(pattern, "repo:")
	owner, tail, slash := strings.Cut(rest, "/")
	name := strings.TrimRight(owner, "*")
	if !ok || name == "" || strings.ContainsAny(name, "*?@:") || owner == name {
		return pattern
	}
	if !slash {
		tail = "*"
	}
	return "repo:" + name + "/" + tail
}
