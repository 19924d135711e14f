package access

import (
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// substitution is what became of the variables in a value.
type substitution int

const (
	plain     substitution = iota // a pattern without variables
	tautology                     // the key is compared with itself
	noValue                       // a variable has no value in requests of the shape
	unequal                       // the comparison is taken not to match
)

// substitute puts values for the variables of a policy value. Properties of the key are known. A value that the caller
// chooses is pinned: only requests with the pinned value are considered, and the question notes that.
func (sh *shape) substitute(b *box, op iam.Operator, s string, r ref) (string, substitution) {
	if !sh.q.variables || !strings.Contains(s, "${") {
		return s, plain
	}
	parts := iam.Variables(s)
	if len(parts) == 1 && parts[0].Key != "" {
		if o := sh.ref(aws.Lower(parts[0].Key)); !o.never && !o.fixed && o.dim == r.dim && o.view == r.view {
			return "", tautology
		}
	}
	var out strings.Builder
	for _, p := range parts {
		if p.Key == "" {
			out.WriteString(spelled(p))
			continue
		}
		o := sh.ref(aws.Lower(p.Key))
		switch {
		case !o.never && !o.fixed && !r.fixed && o.dim == r.dim && o.view == accountView && r.view.whole && isAccountPlace(out.String()):
			out.WriteRune(sets.AnyField) // the account of the ARN that is compared
		case o.fixed && !o.multi:
			out.WriteString(sets.Literal(o.value))
		case (o.never || o.multi) && p.HasFallback:
			out.WriteString(sets.Literal(p.Fallback))
		case o.never || o.multi:
			return "", noValue
		case sh.q.reading != pinned:
			sh.q.compares(p.Key)
			switch {
			case sh.q.holds(b.deny) == op.Negated:
				return "", unequal
			case !strings.HasPrefix(op.Name, "string") || b.deny && op.Negated && !p.HasFallback && sh.mayLack(o):
				return "", tautology
			}
			out.WriteRune(sets.AnyRun) // only what has the rest of the text may be equal
		default:
			v, ok := sh.pin(aws.Lower(p.Key), o)
			if !ok && !p.HasFallback {
				return "", noValue
			} else if !ok {
				v = p.Fallback
			}
			out.WriteString(sets.Literal(v))
		}
	}
	return out.String(), plain
}

// asks adds that the variables have values without which a comparison that is taken to hold cannot hold.
func (sh *shape) asks(b *box, c *condition) {
	if c.op.Negated || c.absent || !sh.q.holds(b.deny) {
		return
	}
	var needed []string
	for i, v := range c.Values.Items {
		var keys []string
		for _, p := range iam.Variables(v.S) {
			if key := aws.Lower(p.Key); p.Key != "" && !p.HasFallback && (i == 0 || slices.Contains(needed, key)) {
				keys = append(keys, key)
			}
		}
		needed = keys
	}
	for _, key := range needed {
		if o := sh.ref(key); !o.never && !o.fixed {
			b.where = append(b.where, o.has(true))
		}
	}
}

// has says that requests have the key, or that they lack it.
func (r ref) has(present bool) constraint {
	if r.view.missing != nil {
		return constraint{dim: r.dim, absent: !present, value: valueTest{lang: r.view.missing, not: present}}
	}
	return constraint{dim: r.dim, absent: !present, value: valueTest{all: true, not: !present}}
}

// mayLack says whether requests of the shape may lack a key.
func (sh *shape) mayLack(r ref) bool { return sh.dims[r.dim].absent || r.view.missing != nil }

// pin fixes a key that the caller chooses to one value, the same for the whole question, or to none.
func (sh *shape) pin(key string, r ref) (string, bool) {
	sh.q.compares(key)
	if v, ok := sh.pinned[key]; ok {
		return v.value, v.fixed
	}
	var one ref
	var pin constraint
	if sh.q.preferred == lacking && sh.mayLack(r) {
		pin = r.has(false)
	} else {
		pin.dim = r.dim
		if one.value, pin.value, one.fixed = sh.someValue(r); !one.fixed {
			return "", false
		}
	}
	if sh.pinned == nil {
		sh.pinned = map[string]ref{}
	}
	sh.pinned[key] = one
	sh.pins = append(sh.pins, pin)
	return one.value, one.fixed
}

// someValue is a value that a key can have in requests of the shape, and the test that only it meets.
func (sh *shape) someValue(r ref) (string, valueTest, bool) {
	d := &sh.dims[r.dim]
	find := func(l *sets.Language) (sample, bool) {
		st := state{present: d.present}
		if l != nil {
			st.tests = []valueTest{{lang: l}}
		}
		ok := st.solve(d, sh.q.work)
		return st.held, ok
	}
	var held sample
	ok := false
	switch d.kind {
	case addressDim:
		if held, ok = find(nil); !ok {
			return "", valueTest{}, false
		}
		var set netipx.IPSetBuilder
		set.AddPrefix(netip.PrefixFrom(held.addr, held.addr.BitLen()))
		only, err := set.IPSet()
		return held.text(d), valueTest{addresses: only}, err == nil
	case orderDim:
		held, ok = find(nil)
		v, valid := r.view.read(held.text(d))
		n := held.number
		return v, valueTest{test: func(x float64) bool { return x == n }, points: []float64{n}}, ok && valid
	}
	if sh.q.preferred != "" && sh.q.preferred != lacking {
		held, ok = find(language(r.view, func(b *sets.Builder) { b.Text(sh.q.preferred) }))
	}
	if !ok {
		held, ok = find(everyValue(r.view))
	}
	if !ok {
		return "", valueTest{}, false
	}
	v, ok := r.view.read(held.text(d))
	return v, valueTest{lang: language(r.view, func(b *sets.Builder) { b.Text(v) })}, ok
}

// compares notes that the document compares a key with another value that the caller chooses.
func (q *question) compares(key string) {
	q.inexact = "a comparison of " + q.spelling(strings.ToLower(key)) + " with another value that the caller chooses"
}

// comparesFree says whether a value of the condition has a variable that the caller chooses.
func (sh *shape) comparesFree(c *condition) bool {
	if !sh.q.variables || !c.free {
		return false
	}
	for _, v := range c.Values.Items {
		for _, p := range iam.Variables(v.S) {
			if p.Key == "" {
				continue
			}
			if r := sh.ref(aws.Lower(p.Key)); !r.fixed && !r.never && !r.multi {
				sh.q.compares(p.Key)
				return true
			}
		}
	}
	return false
}

// lacking is the preference of no value, where a key may have none.
const lacking = "\x00"

// candidates are values that a key may have to have where it is compared with another one: what AWS assigns to the
// stranger, such as its account, and values of the document. Before them, it may have none.
func (q *question) candidates() []string {
	out := []string{lacking, q.stranger, "o-stranger00", "arn:" + q.partition() + ":iam::" + q.stranger + ":role/stranger",
		"vpc-0fffffffffffffff0", "vpce-0fffffffffffffff0", "s3.us-east-1.amazonaws.com"}
	for _, s := range q.statements {
		for _, c := range s.Conditions {
			if info, _ := aws.Describe(aws.Lower(c.Key.S)); info.Enumerated {
				out = appendNew(out, info.Samples[0])
			}
			for _, v := range c.Values.Items {
				p := (&sets.Builder{}).Glob(v.S, sets.AnyChar).Pattern()
				if s, ok := p.Guess(-1, ""); ok && !strings.Contains(v.S, "${") && len(out) < maxCandidates {
					out = appendNew(out, sets.FromLatin(s))
				}
			}
		}
	}
	return out
}

// maxCandidates bounds how many values are tried for a key that is compared with another one.
const maxCandidates = 20
