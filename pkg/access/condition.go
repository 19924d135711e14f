package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// condition adds one condition to a box, and returns false where it never holds for requests of the shape.
func (sh *shape) condition(b *box, c *condition) bool {
	if !c.valid {
		return b.deny // as Evaluate takes it
	}
	r := sh.ref(c.key)
	if c.op.Name == "null" {
		return sh.null(b, c, r)
	}
	op, absent := c.op, c.absent
	switch {
	case r.never:
		return absent
	case r.fixed && r.multi && op.Set == "":
		return false // a list is never compared without a set operator
	case r.fixed:
		return sh.fixedCondition(b, c, r)
	case r.multi && op.Set == "":
		b.where = append(b.where, constraint{dim: r.dim, absent: absent, value: valueTest{all: true, not: true}})
		return true
	}
	test, extra := sh.values(b, c, r)
	test.some = op.Set == "any"
	if missing := r.view.missing; missing != nil {
		// Some values of the dimension have no such key.
		switch {
		case test.nothing() && absent:
			test = valueTest{lang: missing}
		case test.lang == nil:
		case absent != test.not:
			test.lang = &sets.Language{Alternatives: append(missing.Alternatives[:len(missing.Alternatives):len(missing.Alternatives)], test.lang.Alternatives...)}
		case !absent:
			extra = append(extra, constraint{dim: r.dim, value: valueTest{lang: missing, not: true}})
		}
	}
	b.where = append(b.where, constraint{dim: r.dim, absent: absent, value: test})
	b.where = append(b.where, extra...)
	if sh.q.reading != pinned && sh.q.variables && c.free {
		sh.asks(b, c)
	}
	return true
}

// null is the operator that tests whether a key is there.
func (sh *shape) null(b *box, c *condition, r ref) bool {
	wantAbsent, wantPresent := truths(c.Values.Items)
	switch {
	case r.never:
		return wantAbsent
	case r.fixed:
		return wantPresent
	case wantAbsent && wantPresent:
		return true
	}
	t := valueTest{all: true, not: !wantPresent}
	if missing := r.view.missing; missing != nil && wantAbsent != wantPresent {
		t = valueTest{lang: missing, not: wantPresent}
	}
	b.where = append(b.where, constraint{dim: r.dim, absent: wantAbsent, value: t})
	return wantAbsent || wantPresent
}

// fixedCondition decides a condition on a key whose value is known: of the key itself, or of every such request.
func (sh *shape) fixedCondition(b *box, c *condition, r ref) bool {
	if holds, ok := sh.comparedWith(b, c, r); ok {
		return holds
	}
	if sh.q.reading != pinned && sh.comparesFree(c) {
		sh.asks(b, c)
		return sh.q.holds(b.deny)
	}
	return sh.fixedHolds(b, c, r)
}

// comparedWith turns a comparison of a known value with other keys around: "${aws:PrincipalOrgID}" against a constant is
// that key against the constant. It returns ok where all values are such, or are known.
func (sh *shape) comparedWith(b *box, c *condition, r ref) (holds, ok bool) {
	op := c.op
	if !sh.q.variables || !strings.HasPrefix(op.Name, "string") {
		return false, false
	}
	var others []ref
	for _, v := range c.Values.Items {
		text, constant := sh.q.constantPattern(v.S)
		if constant {
			if textHolds(op.Name, text, r.value) {
				return !op.Negated, true
			}
			continue
		}
		k, sole := soleVariable(v.S)
		other := sh.ref(k)
		if !sole || other.never || other.fixed || other.multi || other.view == typeView {
			return false, false
		}
		if !slices.ContainsFunc(others, func(o ref) bool { return o.dim == other.dim && o.view == other.view }) {
			others = append(others, other)
		}
	}
	if len(others) > 1 && !op.Negated || sh.numbers(others) {
		return false, false
	}
	for _, o := range others {
		l := language(o.view, func(b *sets.Builder) {
			b.IgnoreCase = op.Name == "stringequalsignorecase"
			b.Text(r.value)
			b.IgnoreCase = false
		})
		b.where = append(b.where, constraint{dim: o.dim, absent: op.Negated && !b.deny, value: valueTest{lang: l, not: op.Negated}})
		if o.view.missing != nil && op.Negated && b.deny {
			b.where = append(b.where, constraint{dim: o.dim, value: valueTest{lang: o.view.missing, not: true}})
		}
	}
	return len(others) > 0 || op.Negated, true
}

// numbers says whether one of the keys is no text.
func (sh *shape) numbers(refs []ref) bool {
	return slices.ContainsFunc(refs, func(r ref) bool { return sh.dims[r.dim].kind == orderDim || sh.dims[r.dim].kind == addressDim })
}

// soleVariable says whether a value is one variable, and which key it names.
func soleVariable(s string) (string, bool) {
	parts := iam.Variables(s)
	if len(parts) != 1 || parts[0].Key == "" || parts[0].HasFallback {
		return "", false
	}
	return aws.Lower(parts[0].Key), true
}

// values writes the policy's values as a test of one value that is there.
func (sh *shape) values(b *box, c *condition, r ref) (valueTest, []constraint) {
	op := c.op
	switch sh.dims[r.dim].kind {
	case addressDim:
		return sh.addressTest(b, c), nil
	case orderDim:
		return sh.orderTest(b, c, r), nil
	}
	if op.Name == "bool" {
		return boolTest(sh, c, r), nil
	}
	for _, known := range c.texts {
		if known.view == r.view {
			return valueTest{not: op.Negated, lang: known.lang}, nil
		}
	}
	t := valueTest{not: op.Negated, lang: &sets.Language{}}
	if op.Name == "arnlike" && op.Negated {
		// A value that is no ARN is not compared: the condition does not hold.
		t.lang.Alternatives = append(t.lang.Alternatives, language(r.view, noARN...).Alternatives...)
	}
	for _, v := range c.Values.Items {
		text, what := sh.substitute(b, op, v.S, r)
		switch what {
		case tautology:
			t.lang.Alternatives = append(t.lang.Alternatives, everyValue(r.view).Alternatives...)
			continue
		case unequal:
			continue
		case noValue:
			if op.Negated && b.deny {
				return valueTest{all: true, not: true}, nil
			}
			continue
		}
		if !readable(op.Name, text) {
			if op.Negated && (b.deny || op.Name == "arnlike") {
				return valueTest{all: true, not: true}, nil
			}
			continue
		}
		if r.view == servicesView && (op.Set == "any") == op.Negated && !c.namesServices(text) {
			continue
		}
		if !comparesText(op.Name) {
			sh.q.inexact = "the operator " + c.Operator.S + " on the key " + c.Key.S
			return valueTest{all: true, not: !sh.q.holds(b.deny)}, nil
		}
		if r.view == typeView {
			t.lang.Alternatives = append(t.lang.Alternatives, typeLanguage(op.Name, text).Alternatives...)
			continue
		}
		t.lang.Alternatives = append(t.lang.Alternatives, language(r.view, func(b *sets.Builder) { writeValue(b, op.Name, text, r.view) }).Alternatives...)
		if service, ok := strings.CutSuffix(text, aws.ServiceSuffix); ok && r.view == servicesView && (op.Set == "any") != op.Negated {
			t.lang.Alternatives = append(t.lang.Alternatives, language(r.view, func(b *sets.Builder) {
				writeValue(b, op.Name, service, r.view)
				b.Text(".")
				regionName(b)
				b.Text(aws.ServiceSuffix)
			}).Alternatives...)
		}
	}
	if !c.free {
		c.texts = append(c.texts, viewed{r.view, t.lang})
	}
	return t, nil
}

// namesServices says whether the values of a condition on the names of a service have, beside one, each other name that the service has
// where it calls under that.
func (c *condition) namesServices(name string) bool {
	return strings.ContainsAny(name, "*?") || !slices.ContainsFunc(aws.ServiceNames(name), func(other string) bool {
		return !slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return textHolds(c.op.Name, v.S, other) })
	})
}

// boolTest takes anything but true as false, in the policy and in the request.
func boolTest(sh *shape, c *condition, r ref) valueTest {
	yes, no := truths(c.Values.Items)
	if yes == no {
		return valueTest{all: true, not: !yes}
	}
	l := language(r.view, func(b *sets.Builder) {
		b.IgnoreCase = true
		b.Text("true")
		b.IgnoreCase = false
	})
	return valueTest{lang: l, not: no}
}

// fixedHolds compares the value of a key that has the same one in every request of the shape.
func (sh *shape) fixedHolds(b *box, c *condition, r ref) bool {
	op := c.op
	if op.Name == "arnlike" && !isARN(r.value) {
		return false
	}
	unresolved, matches := false, false
	for _, v := range c.Values.Items {
		text, what := sh.substitute(b, op, v.S, r)
		if what == tautology { // the key against itself
			text, what = sets.Literal(r.value), plain
		}
		if what != plain {
			unresolved = true
			continue
		}
		match, valid := constantHolds(op.Name, text, r.value)
		if !valid && op.Negated && (b.deny || op.Name == "arnlike") {
			return false
		}
		matches = matches || match && valid
	}
	if matches {
		return !op.Negated
	}
	return op.Negated && !(b.deny && unresolved)
}
