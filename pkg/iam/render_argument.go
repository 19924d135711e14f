package iam

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// argument is a value that a document is rendered from, with what its marks and those around it say.
type argument struct {
	v         cty.Value
	sensitive bool
	refs      []unknown.Symbol
	built     []unknown.Built
	// origin is the tightest range that holds the value, the zero range where none is known. placed says that it is the
	// value's own, not that of something around it.
	origin hcl.Range
	placed bool
}

// inner is a value inside of this one. What the marks of this one say holds for it too, unless its own say more.
func (a argument) inner(v cty.Value) argument {
	if v == cty.NilVal {
		v = cty.NullVal(cty.DynamicPseudoType)
	}
	v, m := unknown.Unmark(v)
	in := argument{v: v, sensitive: a.sensitive || m.Sensitive, refs: m.Refs, built: m.Built, origin: a.origin}
	if len(in.refs) == 0 {
		in.refs = a.refs
	}
	in.placed = len(m.Origins) > 0
	switch {
	case !in.placed:
	case v.Type().IsSetType() && len(m.Origins) > 1:
		// A set carries the marks of its elements, and does not tell which is whose.
		in.origin = hull(m.Origins)
	default:
		in.origin = m.Origins[0]
	}
	return in
}

// hull is the range from the first to the last of the ranges, or the first where they are in several files.
func hull(ranges []hcl.Range) hcl.Range {
	out := ranges[0]
	for _, r := range ranges[1:] {
		if r.Filename != out.Filename {
			return ranges[0]
		}
		out = hcl.RangeOver(out, r)
	}
	return out
}

// hullOfSpans is the range of all parts of a string, or otherwise where they have none.
func hullOfSpans(spans []unknown.Span, otherwise hcl.Range) hcl.Range {
	var ranges []hcl.Range
	for _, s := range spans {
		if s.Range != (hcl.Range{}) {
			ranges = append(ranges, s.Range)
		}
	}
	if len(ranges) == 0 {
		return otherwise
	}
	return hull(ranges)
}

func (a argument) isNull() bool    { return a.v.IsKnown() && a.v.IsNull() }
func (a argument) isUnknown() bool { return !a.v.IsKnown() }

// holds says whether the value is a collection with elements.
func (a argument) holds() bool {
	return !a.isUnknown() && !a.isNull() && a.v.CanIterateElements() && a.v.LengthInt() > 0
}

// get is the attribute of an object, null where there is none.
func (a argument) get(name string) argument {
	v, ok := unknown.Lookup(a.v, name)
	if !ok {
		v = cty.NullVal(cty.DynamicPseudoType)
	}
	return a.inner(v)
}

// elements are those of a list, tuple or set; none of null.
func (r *renderer) elements(in argument) []argument {
	if in.isNull() {
		return nil
	}
	if t := in.v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		r.fail(in.origin, "There is %s where a list is needed.", in.v.Type().FriendlyName())
		return nil
	}
	var out []argument
	for _, v := range in.v.AsValueSlice() {
		out = append(out, in.inner(v))
	}
	return out
}

// text is the value as a string; false if it is null.
func (r *renderer) text(in argument) (piece, bool) {
	p := piece{at: in.origin, sensitive: in.sensitive}
	switch {
	case in.isUnknown():
		p.s = r.token(in)
		return p, true
	case in.v.IsNull():
		return piece{}, false
	}
	v, err := convert.Convert(in.v, cty.String)
	if err != nil {
		r.fail(in.origin, "There is %s where a string is needed.", in.v.Type().FriendlyName())
		return piece{}, false
	}
	p.s = v.AsString()
	for _, b := range in.built {
		if b.S == p.s && b.Spans != nil {
			p.spans = *b.Spans
			if !in.placed {
				p.at = hullOfSpans(p.spans, p.at)
			}
			break
		}
	}
	return p, true
}

// token stands for an unknown string, after what is known of how it starts.
func (r *renderer) token(in argument) string {
	u := in.unknown()
	prefix := ""
	if u.Kind == unknown.AnyText && in.v.Type() == cty.String {
		prefix = in.v.Range().StringPrefix()
	}
	return prefix + r.holes.Add(u)
}

// bareHole is a token for an unknown value that may be any number of things.
func (r *renderer) bareHole(in argument) tree {
	return tree{kind: kindBare, text: piece{s: r.holes.Add(in.unknown()), at: in.origin, sensitive: in.sensitive}}
}

func (a argument) unknown() unknown.Symbol {
	u := unknown.Join(a.refs)
	u.Sensitive = u.Sensitive || a.sensitive
	return u
}

// strings are the elements of a set of strings as the provider writes them: without repetitions, the last one first.
// A set that is unknown as a whole is one bare token.
func (r *renderer) strings(in argument, vars bool) []tree {
	if in.isUnknown() {
		return []tree{r.bareHole(in)}
	}
	var pieces []piece
	for _, e := range r.elements(in) {
		p, ok := r.text(e)
		if !ok {
			r.fail(in.origin, "A list of strings holds null.")
			continue
		}
		if vars {
			p = r.variables(p)
		}
		pieces = append(pieces, p)
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(b.s, a.s) })
	pieces = slices.CompactFunc(pieces, func(a, b piece) bool { return a.s == b.s })
	var out []tree
	for _, p := range pieces {
		out = append(out, p.tree())
	}
	return out
}

// variables writes policy variables as AWS does: Terraform keeps ${ to itself, so authors write &{.
func (r *renderer) variables(p piece) piece {
	if !strings.Contains(p.s, "&{") {
		return p
	}
	if r.version == "2008-10-17" {
		r.fail(p.at, "%s holds &{, which version 2008-10-17 does not support.", p.quote())
	}
	p.s = strings.ReplaceAll(p.s, "&{", "${")
	return p
}

// oneOrList is a list as the provider writes it: a single element without brackets.
func oneOrList(elems []tree) tree {
	if len(elems) == 1 {
		return elems[0]
	}
	return tree{kind: kindList, elems: elems}
}
