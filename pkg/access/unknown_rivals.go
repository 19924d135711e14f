package access

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Where several documents have their say about one party, a request is held against the values of all of them. The same
// unknown value is itself in each. Two that differ are perhaps one, and an unknown value is perhaps a text that is written
// out: neither certainly equal nor certainly different.

// rivals are what a value of a condition is besides, where it matches more: the values of the same key that one request is
// held against together with it, and that are perhaps the same.
func (w *filler) rivals(c *iam.Condition, op iam.Operator, written, v iam.String) []iam.String {
	key := aws.Lower(c.Key.S)
	if len(w.peers) == 0 || ofThePrincipal(key) || w.keys[key] || !comparesText(op.Name) || strings.ContainsRune(v.S, sets.AnyRun) {
		return nil
	}
	var out []iam.String
	var refs []string
	for _, p := range w.peers {
		of := filler{leaves: p}
		for s := range p.doc.All() {
			if !w.meets(p, s) {
				continue
			}
			for k := range s.Conditions {
				o := &s.Conditions[k]
				other, ok := iam.ParseOperator(o.Operator.S)
				if !ok || !comparesText(other.Name) || aws.Lower(o.Key.S) != key || s == w.statement && o.Values.Start == c.Values.Start {
					continue
				}
				for _, value := range o.Values.Items {
					one := iam.String{S: of.fixed(key, value.S), Set: true}
					if value.Known() && written.Known() || one.S == v.S || !pattern(other, value) && !pattern(op, written) && w.differ(written, &of, value) {
						continue
					}
					refs = p.refs(refs, value.S)
					out = append(out, of.asValue(op, other, value, one))
				}
			}
		}
	}
	if len(out) == 0 || !w.matchesWith(written, op.Negated, refs) {
		return nil
	}
	return out
}

// meets says whether one request is held against a statement and the one that is filled in, both at once.
func (w *filler) meets(p *leaves, s *iam.Statement) bool {
	sameSide := p == w.leaves || p.subject.Kind == iam.Identity && w.subject.Kind == iam.Identity
	return !sameSide || p == w.leaves && s == w.statement || w.deny || s.Effect.S != "Allow"
}

// asValue is a value of another condition as one of an operator: any text where it is, or may be, a pattern.
func (w *filler) asValue(op, other iam.Operator, written, fixed iam.String) iam.String {
	if pattern(other, written) || strings.Contains(written.S, "${") {
		return w.anything(op, fixed, string(sets.AnyRun))
	}
	fixed.S = sets.Literal(fixed.S)
	return fixed
}

// pattern says whether a value is, or may be, a pattern.
func pattern(op iam.Operator, v iam.String) bool {
	return (op.Name == "stringlike" || op.Name == "arnlike") && (!v.Known() || strings.ContainsAny(v.S, "*?"))
}

// differ says whether two values that are not both known are certainly not the same: what is known of them differs, or they
// are the ids of two resources.
func (w *filler) differ(a iam.String, of *filler, b iam.String) bool {
	x, y := w.only(a), of.only(b)
	switch {
	case strings.Contains(a.S+b.S, "${"):
		return false
	case x != nil && y != nil:
		return x.Kind == y.Kind && x.Unique() && y.Unique() && !x.MayBeInstance(y.Of, y.Index)
	case x != nil && b.Known():
		return !x.Kind.MayBe(b.S)
	case y != nil && a.Known():
		return !y.Kind.MayBe(a.S)
	}
	return !unknown.MayEqual(strings.ToLower(w.numberedText(a.S)), strings.ToLower(of.numberedText(b.S)))
}

// only is the unknown value that a value is as a whole, nil where it is none.
func (l *leaves) only(v iam.String) *unknown.Symbol {
	hole, ok := unknown.OneHole(v.S)
	if !ok || hole >= len(l.doc.Text.Holes) {
		return nil
	}
	return &l.doc.Text.Holes[hole]
}
