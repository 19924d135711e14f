package value

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Equal compares as Terraform does, but knows that a token is not the text that it stands for.
func (e *Run) Equal(a, b cty.Value) cty.Value {
	is := Same(a, b)
	if is == Undecided {
		return e.Derived(cty.Bool, "==", a, b)
	}
	refs := map[unknown.Symbol]bool{}
	out := cty.BoolVal(is == Yes)
	if e.Gather(refs, a) || e.Gather(refs, b) {
		out = Secret(out)
	}
	return out
}

// Same says whether two values are equal, as far as that is known.
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
		if other.IsKnown() || other.Type() == LazyType || NeverNull(marks) {
			return No
		}
		return Undecided
	case !rawA.IsKnown() || !rawB.IsKnown():
		return sameUnknown(rawA, rawB, markA, markB)
	case rawA.Type() == LazyType || rawB.Type() == LazyType:
		return Undecided
	case IsString(rawA) && IsString(rawB):
		return sameText(rawA.AsString(), rawB.AsString())
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

// IsSequence says whether values of the type have elements without names.
func IsSequence(t cty.Type) bool { return t.IsTupleType() || t.IsListType() || t.IsSetType() }

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
		if differentARNs(ma, mb) {
			return No
		}
		return Undecided
	}
	if IsString(known) && len(m.Refs) == 1 && !m.Refs[0].Kind.MayBe(known.AsString()) {
		return No
	}
	return Undecided
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
func sameText(a, b string) Outcome {
	switch {
	case a == b && !unknown.HasHole(a):
		return Yes
	case !unknown.MayEqual(a, b):
		return No
	}
	return Undecided
}

// Unique drops values that are equal to an earlier one. maybe says that two that are left may be equal.
func Unique(in []cty.Value) (out []cty.Value, maybe bool) {
	seen := map[string]bool{}
	plain := true
	for _, v := range in {
		raw, _ := v.Unmark()
		if IsString(raw) && !unknown.HasHole(raw.AsString()) {
			if seen[raw.AsString()] {
				continue
			}
			seen[raw.AsString()] = true
			if plain || len(out) > 1000 {
				out = append(out, v)
				continue
			}
		}
		plain = false
		twice := false
		if len(out) <= 1000 {
			for _, o := range out {
				is := Same(o, v)
				twice = twice || is == Yes
				maybe = maybe || is == Undecided
			}
		}
		if !twice {
			out = append(out, v)
		}
	}
	return out, maybe
}
