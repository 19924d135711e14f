package tfhcl

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// equal compares as Terraform does, but knows that a token is not the text that it stands for.
func (e *evaluator) equal(a, b cty.Value) cty.Value {
	is := same(a, b)
	if is == undecided {
		return e.derived(cty.Bool, "==", a, b)
	}
	refs := map[unknown.Symbol]bool{}
	out := cty.BoolVal(is == yes)
	if e.gather(refs, a) || e.gather(refs, b) {
		out = secret(out)
	}
	return out
}

// same says whether two values are equal, as far as that is known.
func same(a, b cty.Value) outcome {
	rawA, markA := unknown.Unmark(a)
	rawB, markB := unknown.Unmark(b)
	nullA, nullB := rawA.IsKnown() && rawA.IsNull(), rawB.IsKnown() && rawB.IsNull()
	switch {
	case nullA && nullB:
		return yes
	case nullA || nullB:
		other := rawA
		marks := markA
		if nullA {
			other, marks = rawB, markB
		}
		if other.IsKnown() || other.Type() == lazyType || neverNull(marks) {
			return no
		}
		return undecided
	case !rawA.IsKnown() || !rawB.IsKnown():
		return sameUnknown(rawA, rawB, markA, markB)
	case rawA.Type() == lazyType || rawB.Type() == lazyType:
		return undecided
	case isString(rawA) && isString(rawB):
		return sameText(rawA.AsString(), rawB.AsString())
	case rawA.Type().IsPrimitiveType() || rawB.Type().IsPrimitiveType():
		if !rawA.Type().Equals(rawB.Type()) {
			return no
		}
		return of(rawA.RawEquals(rawB))
	}
	return sameCollections(a, b, rawA, rawB)
}

func of(b bool) outcome {
	if b {
		return yes
	}
	return no
}

// sameCollections compares collections. A list never equals a tuple, as in var.list == [], nor a map an object.
func sameCollections(a, b, rawA, rawB cty.Value) outcome {
	is := sameElements(a, b, rawA, rawB)
	x, y := rawA.Type(), rawB.Type()
	sameKind := x.IsTupleType() == y.IsTupleType() && x.IsListType() == y.IsListType() && x.IsObjectType() == y.IsObjectType()
	bothEmpty := is == yes && x.IsCollectionType() && rawA.LengthInt() == 0
	switch {
	case is == no || sameKind && !bothEmpty || x.Equals(y):
		return is
	case exact(a) && exact(b):
		return no
	}
	return undecided
}

func sameElements(a, b, rawA, rawB cty.Value) outcome {
	seqA, seqB := isSequence(rawA.Type()), isSequence(rawB.Type())
	if isOpen(a) || isOpen(b) || rawA.Type().IsSetType() && !(rawA.IsWhollyKnown() && rawB.IsWhollyKnown()) {
		return undecided
	}
	if seqA != seqB || rawA.LengthInt() != rawB.LengthInt() {
		return no
	}
	if !seqA {
		mapA, mapB := rawA.AsValueMap(), rawB.AsValueMap()
		result := yes
		for k, v := range mapA {
			w, ok := mapB[k]
			if !ok {
				return no
			}
			if o := same(v, w); o == no {
				return no
			} else if o == undecided {
				result = undecided
			}
		}
		return result
	}
	ea, eb := elements(a), elements(b)
	result := yes
	for i := range ea {
		if o := same(ea[i].value, eb[i].value); o == no {
			return no
		} else if o == undecided {
			result = undecided
		}
	}
	return result
}

func isSequence(t cty.Type) bool { return t.IsTupleType() || t.IsListType() || t.IsSetType() }

// neverNull says that an unknown value is one that AWS or Terraform will set.
func neverNull(m unknown.Marks) bool {
	return len(m.Refs) == 1 && m.Refs[0].Kind != unknown.AnyText
}

// sameUnknown compares an unknown value with another one: what is known of its kind may exclude equality.
func sameUnknown(a, b cty.Value, ma, mb unknown.Marks) outcome {
	known, m := a, mb
	if !a.IsKnown() {
		known, m = b, ma
	}
	if !known.IsKnown() {
		if differentARNs(ma, mb) {
			return no
		}
		return undecided
	}
	if isString(known) && len(m.Refs) == 1 && !m.Refs[0].Kind.MayBe(known.AsString()) {
		return no
	}
	return undecided
}

// differentARNs says that two unknown values are the ARNs of two managed roles or users, which are never the same.
func differentARNs(a, b unknown.Marks) bool {
	if len(a.Refs) != 1 || len(b.Refs) != 1 {
		return false
	}
	x, y := a.Refs[0], b.Refs[0]
	own := func(u unknown.Symbol) bool {
		return (u.Kind == unknown.RoleARN || u.Kind == unknown.UserARN) && u.Of != "" && !strings.HasPrefix(u.Ref, "data.") && strings.HasSuffix(u.Ref, ".arn")
	}
	return own(x) && own(y) && x.Of != y.Of
}

// sameText compares texts with tokens. A token may stand for any text, so only what is around it can tell.
func sameText(a, b string) outcome {
	if !unknown.HasHole(a) && !unknown.HasHole(b) {
		return of(a == b)
	}
	pa, sa, la := edges(a)
	pb, sb, lb := edges(b)
	n := min(len(pa), len(pb))
	m := min(len(sa), len(sb))
	switch {
	case pa[:n] != pb[:n], sa[len(sa)-m:] != sb[len(sb)-m:]:
		return no
	case !unknown.HasHole(b) && la > len(b), !unknown.HasHole(a) && lb > len(a):
		return no
	}
	return undecided
}

// edges returns the text before the first token, the text after the last one, and the length of all text.
func edges(s string) (prefix, suffix string, length int) {
	parts := unknown.Parts(s)
	for i, p := range parts {
		if p.Hole >= 0 {
			continue
		}
		length += len(p.Text)
		if i == 0 {
			prefix = p.Text
		}
		if i == len(parts)-1 {
			suffix = p.Text
		}
	}
	return prefix, suffix, length
}
