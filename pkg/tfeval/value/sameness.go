package value

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Same says whether two values are equal, as far as that is known of each alone.
func Same(a, b cty.Value) Outcome {
	rawA, markA := unknown.Unmark(a)
	rawB, markB := unknown.Unmark(b)
	nullA, nullB := rawA.IsKnown() && rawA.IsNull(), rawB.IsKnown() && rawB.IsNull()
	switch {
	case nullA && nullB:
		return Yes
	case nullA || nullB:
		other := rawA
		marks := markA
		if nullA {
			other, marks = rawB, markB
		}
		if other.IsKnown() || other.Type() == LazyType || NeverNull(marks) || other.Range().DefinitelyNotNull() {
			return No
		}
		return Undecided
	case !rawA.IsKnown() || !rawB.IsKnown():
		return sameUnknown(rawA, rawB, markA, markB)
	case rawA.Type() == LazyType || rawB.Type() == LazyType:
		return Undecided
	case IsString(rawA) && IsString(rawB):
		if is := sameText(rawA.AsString(), rawB.AsString()); is != No || !IsOpen(a) && !IsOpen(b) {
			return is
		}
		return Undecided // what jsonencode made of a collection of which not all elements are known
	case rawA.Type().IsPrimitiveType() || rawB.Type().IsPrimitiveType():
		if !rawA.Type().Equals(rawB.Type()) {
			return No
		}
		return OutcomeOf(rawA.RawEquals(rawB))
	}
	return sameCollections(a, b, rawA, rawB)
}

// sameCollections compares collections. A list never equals a tuple, as in var.list == [], nor a map an object.
func sameCollections(a, b, rawA, rawB cty.Value) Outcome {
	is := sameElements(a, b, rawA, rawB)
	x, y := rawA.Type(), rawB.Type()
	sameKind := x.IsTupleType() == y.IsTupleType() && x.IsListType() == y.IsListType() && x.IsObjectType() == y.IsObjectType()
	bothEmpty := is == Yes && x.IsCollectionType() && rawA.LengthInt() == 0
	switch {
	case is == No || sameKind && !bothEmpty || x.Equals(y):
		return is
	case Exact(a) && Exact(b):
		return No
	}
	return Undecided
}

func sameElements(a, b, rawA, rawB cty.Value) Outcome {
	seqA, seqB := IsSequence(rawA.Type()), IsSequence(rawB.Type())
	if IsOpen(a) || IsOpen(b) || rawA.Type().IsSetType() && !(rawA.IsWhollyKnown() && rawB.IsWhollyKnown()) {
		return Undecided
	}
	if seqA != seqB || rawA.LengthInt() != rawB.LengthInt() {
		return No
	}
	if !seqA {
		mapA, mapB := rawA.AsValueMap(), rawB.AsValueMap()
		result := Yes
		for k, v := range mapA {
			w, ok := mapB[k]
			if !ok {
				return No
			}
			if o := Same(v, w); o == No {
				return No
			} else if o == Undecided {
				result = Undecided
			}
		}
		return result
	}
	ea, eb := Elements(a), Elements(b)
	result := Yes
	for i := range ea {
		if o := Same(ea[i].Value, eb[i].Value); o == No {
			return No
		} else if o == Undecided {
			result = Undecided
		}
	}
	return result
}

// NeverNull says that an unknown value is one that AWS or Terraform will set.
func NeverNull(m unknown.Marks) bool {
	return len(m.Refs) == 1 && m.Refs[0].Kind != unknown.AnyText
}

// sameUnknown compares an unknown value with another one: what is known of its kind may exclude equality.
func sameUnknown(a, b cty.Value, ma, mb unknown.Marks) Outcome {
	known, m := a, mb
	if !a.IsKnown() {
		known, m = b, ma
	}
	if !known.IsKnown() {
		switch {
		case differentARNs(ma, mb):
			return No
		case sameID(ma, mb) && a.Type().Equals(b.Type()):
			return Yes
		}
		return Undecided
	}
	if known.Type() == cty.Number && !known.IsNull() && a.Type().Equals(b.Type()) { // what is known of its range
		if is := a.Equals(b); is.IsKnown() {
			return OutcomeOf(is.True())
		}
	}
	if IsString(known) && len(m.Refs) == 1 && !m.Refs[0].Kind.MayBe(known.AsString()) {
		return No
	}
	return Undecided
}

// sameID says that two unknown values are one and the same attribute of a resource instance that is known.
func sameID(a, b unknown.Marks) bool {
	if len(a.Refs) != 1 || len(b.Refs) != 1 {
		return false
	}
	x := a.Refs[0]
	return x == b.Refs[0] && x.Unique() && x.Variant == 0 && x.Index == "" && !strings.Contains(x.Of, "[*]")
}

// differentARNs says that two unknown values are the ARNs of two managed roles, users or keys, which are never the same.
func differentARNs(a, b unknown.Marks) bool {
	if len(a.Refs) != 1 || len(b.Refs) != 1 {
		return false
	}
	x, y := a.Refs[0], b.Refs[0]
	own := func(u unknown.Symbol) bool {
		return (u.Kind == unknown.RoleARN || u.Kind == unknown.UserARN || u.Kind == unknown.KeyARN) && u.Unique() && strings.HasSuffix(u.Ref, ".arn")
	}
	return own(x) && own(y) && !x.MayBeInstance(y.Of, y.Index)
}

// sameText compares texts with tokens. A token may stand for any text, so only what is around it can tell.
func sameText(a, b string) Outcome {
	switch {
	case a == b && !unknown.HasHole(a):
		return Yes
	case !unknown.MayEqual(a, b) && !unknown.MayEqual(Bare(a), Bare(b)):
		return No
	}
	return Undecided
}

// Bare is a text with tokens without the quotes and commas beside them. In a text of JSON they are the token's: it may be
// null, which has no quotes, or no or several elements of a list.
func Bare(s string) string {
	if !unknown.HasHole(s) {
		return s
	}
	var b strings.Builder
	parts := unknown.Parts(s)
	for i, p := range parts {
		if p.Hole >= 0 {
			b.WriteString(unknown.Hole(p.Hole))
			continue
		}
		text := p.Text
		if i > 0 {
			text = strings.TrimLeft(text, `",`)
		}
		if i < len(parts)-1 {
			text = strings.TrimRight(text, `",`)
		}
		b.WriteString(text)
	}
	return b.String()
}

// maxCompared bounds how many values of which something is not known are compared with each other.
const maxCompared = 1000

// Unique drops values that are equal to an earlier one. maybe says that two that are left may be equal.
func Unique(in []cty.Value) (out []cty.Value, maybe bool) {
	alike := map[string][]cty.Value{} // those that are known to the last part, by what tells them apart
	var vague []cty.Value
	for _, v := range in {
		known := IsPlain(v)
		key := ""
		others := out
		if known {
			key = Signature(v)
			others = append(slices.Clip(alike[key]), vague...)
		}
		twice := false
		if len(vague) <= maxCompared {
			for _, o := range others[:min(len(others), maxCompared)] {
				is := Same(o, v)
				twice = twice || is == Yes
				maybe = maybe || is == Undecided
			}
		}
		maybe = maybe || len(others) > maxCompared || len(vague) > maxCompared
		switch {
		case twice:
			continue
		case known:
			alike[key] = append(alike[key], v)
		default:
			vague = append(vague, v)
		}
		out = append(out, v)
	}
	return out, maybe
}

// IsPlain says that everything in a value is known: such values are equal or not.
func IsPlain(v cty.Value) bool {
	raw, _ := v.Unmark()
	switch {
	case !raw.IsKnown(), raw.Type() == LazyType, IsOpen(v):
		return false
	case IsString(raw):
		return !unknown.HasHole(raw.AsString())
	case raw.IsNull() || !raw.CanIterateElements():
		return true
	}
	for it := raw.ElementIterator(); it.Next(); {
		if k, el := it.Element(); IsString(k) && unknown.HasHole(k.AsString()) || !IsPlain(el) {
			return false
		}
	}
	return true
}
