package access

import (
	"cmp"
	"math/big"
	"strings"

	"go4.org/netipx"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

func (sh *shape) addressTest(b *box, c *condition) valueTest {
	op := c.op
	if op.Name != "ipaddress" && sh.comparesFree(c) {
		return valueTest{all: true, not: !sh.q.holds(b.deny)}
	}
	if op.Name != "ipaddress" && c.key != aws.KeySourceIp && c.key != aws.KeyVpcSourceIp { // a text that is no address: one dimension does not hold both
		sh.q.inexact = "the operator " + c.Operator.S + " on the key " + c.Key.S
		return valueTest{all: true, not: !sh.q.holds(b.deny)}
	}
	var set netipx.IPSetBuilder
	for _, v := range c.Values.Items {
		switch op.Name {
		case "ipaddress":
			if p, ok := iam.ParsePrefix(v.S); ok {
				set.AddPrefix(p)
			}
		case "stringequals", "stringequalsignorecase", "stringlike":
			p, ok := textualPrefix(v.S, op.Name == "stringlike")
			if !ok {
				sh.q.inexact = "the pattern " + v.S + " on addresses"
			}
			for _, one := range p {
				set.AddPrefix(one)
			}
		}
	}
	addresses, err := set.IPSet()
	if err != nil {
		addresses = &netipx.IPSet{}
	}
	return valueTest{addresses: addresses, not: op.Negated}
}

// orderTest compares numbers, and dates in milliseconds.
func (sh *shape) orderTest(b *box, c *condition, r ref) valueTest {
	op := c.op
	numeric := strings.HasPrefix(op.Name, "numeric")
	if !numeric && !strings.HasPrefix(op.Name, "date") || numeric != r.number && !(numeric && c.key == aws.KeyEpochTime) {
		sh.q.inexact = "the operator " + c.Operator.S + " on the key " + c.Key.S
		return valueTest{all: true, not: !sh.q.holds(b.deny)}
	}
	t := valueTest{not: op.Negated}
	for _, v := range c.Values.Items {
		n, ok := 0.0, false
		if numeric {
			var rat *big.Rat
			if rat, ok = iam.ParseNumber(v.S); ok {
				n, _ = rat.Float64()
				if !r.number {
					n *= 1000
				}
			}
		} else if d, valid := iam.ParseDate(v.S); valid {
			n, ok = float64(d.UnixMilli()), true
		}
		switch {
		case ok:
			t.points = append(t.points, n)
		case op.Negated && b.deny:
			return valueTest{all: true, not: true}
		}
	}
	points := t.points
	t.test = func(x float64) bool {
		for _, p := range points {
			if related(op.Name, cmp.Compare(x, p)) {
				return true
			}
		}
		return false
	}
	return t
}
