package evaluate

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// conditions says whether every condition holds: operators and keys are joined by AND, values by OR.
func (e *evaluation) conditions(s *iam.Statement) bool {
	if s.ConditionHole != "" && !e.unknown() {
		return false
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		op, ok := iam.ParseOperator(c.Operator.S)
		if !ok || !c.Operator.Known() || !c.Key.Known() {
			if e.unknown() {
				continue // an operator that AWS does not know keeps nobody out of an Allow, and no Deny from matching
			}
			return false
		}
		if !e.condition(op, c) {
			return false
		}
	}
	return true
}

func (e *evaluation) condition(op iam.Operator, c *iam.Condition) bool {
	v, present := e.req.lookup(c.Key.S)
	if op.Name == "null" {
		return e.any(&c.Values, func(want string) bool { return strings.EqualFold(want, "true") != present })
	}
	if !present || op.Set != "" && len(v.All) == 0 {
		switch op.Set {
		case "all":
			return true
		case "any":
			return op.IfExists
		}
		return op.Negated || op.IfExists
	}
	switch op.Set {
	case "all":
		return !slices.ContainsFunc(v.All, func(one string) bool { return !e.holds(op, c, one) })
	case "any":
		return slices.ContainsFunc(v.All, func(one string) bool { return e.holds(op, c, one) })
	}
	// A list under an operator that takes one value never matches, negated or not.
	return !v.List && len(v.All) == 1 && e.holds(op, c, v.All[0])
}

// holds compares one value of the request: with any of the policy's values, or with none of them if negated.
func (e *evaluation) holds(op iam.Operator, c *iam.Condition, value string) bool {
	if op.Name == "arnlike" && !isARN(value) {
		return false
	}
	for _, want := range c.Values.Items {
		if !want.Known() {
			if e.unknown() != op.Negated {
				return !op.Negated
			}
			continue
		}
		text, ok := e.pattern(want.S)
		if !ok {
			// The variable has no value: the comparison says nothing. A negated one holds in an Allow.
			continue
		}
		match, valid := compare(op.Name, text, value)
		if !valid {
			if op.Negated && (e.deny || op.Name == "arnlike") {
				return false
			}
			continue
		}
		if match {
			return !op.Negated
		}
	}
	if op.Negated && e.deny && e.unresolved(c) {
		return false
	}
	return op.Negated
}

// unresolved says whether a value holds a variable that the request has no value for.
func (e *evaluation) unresolved(c *iam.Condition) bool {
	return slices.ContainsFunc(c.Values.Items, func(want iam.String) bool {
		_, ok := e.pattern(want.S)
		return !ok
	})
}

// compare applies an operator to one value of the policy and one of the request. valid is false where one of them cannot
// be read as what the operator compares.
func compare(name, want, value string) (match, valid bool) {
	if strings.HasPrefix(name, "string") && strings.ContainsRune(want, AnyText) {
		if name != "stringlike" {
			want = literal(want)
		}
		if name == "stringequalsignorecase" {
			return globFold(want, value), true
		}
		return glob(want, value), true
	}
	switch name {
	case "stringequals":
		return unescape(want) == value, true
	case "stringequalsignorecase":
		//lint:ignore SA6005 AWS lowers letters, and does not take letters for one that fold into one.
		return strings.ToLower(unescape(want)) == strings.ToLower(value), true
	case "stringlike":
		return glob(want, value), true
	case "arnlike":
		return matchARN(want, value), isARN(want)
	case "bool":
		return strings.EqualFold(want, "true") == strings.EqualFold(value, "true"), true
	case "binaryequals":
		a, errA := base64.StdEncoding.DecodeString(want)
		b, errB := base64.StdEncoding.DecodeString(value)
		return bytes.Equal(a, b), errA == nil && errB == nil
	case "ipaddress":
		p, ok := iam.ParsePrefix(want)
		a, err := netip.ParseAddr(value)
		return ok && err == nil && p.Contains(a.Unmap()), ok && err == nil
	}
	if rest, ok := strings.CutPrefix(name, "numeric"); ok {
		a, okA := iam.ParseNumber(value)
		b, okB := iam.ParseNumber(want)
		return okA && okB && ordered(rest, a.Cmp, b), okA && okB
	}
	a, okA := iam.ParseDate(value)
	b, okB := iam.ParseDate(want)
	return okA && okB && ordered(strings.TrimPrefix(name, "date"), a.Compare, b), okA && okB
}

func ordered[T any](relation string, cmp func(T) int, want T) bool {
	c := cmp(want)
	switch relation {
	case "equals":
		return c == 0
	case "lessthan":
		return c < 0
	case "lessthanequals":
		return c <= 0
	case "greaterthan":
		return c > 0
	}
	return c >= 0
}
