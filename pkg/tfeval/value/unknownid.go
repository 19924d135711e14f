package value

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"math/big"
	"strconv"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Everything that is evaluated here is pure, so an unknown value is told apart from others by what it is computed from.
// Its signature becomes [unknown.Symbol.Variant] and the key of the choice where it is a condition: the same condition in two
// places has one outcome.

// variants is what unknown values become when they are only a part of something, or something is made of each.
func variants(operation string, in []unknown.Symbol) []unknown.Symbol {
	out := make([]unknown.Symbol, len(in))
	for i, u := range in {
		s := NewSigner(operation)
		s.Unknown(u)
		out[i] = unknown.Symbol{Ref: u.Ref, Sensitive: u.Sensitive, Variant: s.Variant()}
		if named(u) {
			out[i].Variant = part(s)
		}
	}
	return out
}

// part is the variant of a value that lies where its reference says: even, and not 0.
func part(s Signer) int { return s.Variant() ^ 3 }

// named says whether a value lies where its reference says: it is the reference itself, or a part of it. What is computed of
// a value has the same reference, and an odd variant.
func named(u unknown.Symbol) bool { return u.Variant%2 == 0 }

// maxName is longer than the names that people write.
const maxName = 500

// member is the unknown member of an unknown value. One of a value that was computed goes by the name of what it was computed
// of: there may be no such member.
func member(of unknown.Symbol, name string) unknown.Symbol {
	out := unknown.Symbol{Ref: of.Ref}
	if named(of) && len(of.Ref) < maxName {
		out = tf.Typed(unknown.Member(of.Ref, name), "")
		out.Variant = of.Variant
	} else {
		s := NewSigner("." + name)
		s.Unknown(of)
		out.Variant = s.Variant()
	}
	out.Sensitive, out.Provider = of.Sensitive, of.Provider
	return out
}

// Signer tells apart what unknown values are computed from.
type Signer struct{ h hash.Hash64 }

// NewSigner begins the signature of the result of an operation.
func NewSigner(operation string) Signer {
	s := Signer{fnv.New64a()}
	s.Text(operation)
	return s
}

// Variant is odd: 0 stands for a reference itself.
func (s Signer) Variant() int { return int(s.h.Sum64()>>2) | 1 }

// Text takes in a text.
func (s Signer) Text(t string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(t)))
	s.h.Write(n[:])
	s.h.Write([]byte(t))
}

// Number takes in a number.
func (s Signer) Number(n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	s.h.Write(b[:])
}

// Unknown takes in what decides an unknown value.
func (s Signer) Unknown(u unknown.Symbol) {
	s.Text(u.Ref)
	s.Text(u.Of)
	if u.Index != "" {
		s.Text(u.Index)
	}
	s.Number(u.Variant)
}

// Value takes in a value with all its parts.
func (s Signer) Value(v cty.Value) {
	raw, m := unknown.Unmark(v)
	switch {
	case !raw.IsKnown():
		s.Text("unknown")
		for _, r := range m.Refs {
			s.Unknown(r)
		}
	case raw.IsNull():
		s.Text("null")
	case raw.Type() == LazyType:
		if l := lazyOf(raw); l != nil {
			s.Text(l.Ref())
		}
	case raw.Type() == cty.String:
		s.Text(raw.AsString())
	case raw.Type() == cty.Number:
		if n, exact := raw.AsBigFloat().Int64(); exact == big.Exact {
			s.Text(strconv.FormatInt(n, 10))
			break
		}
		s.Text(raw.AsBigFloat().Text('g', -1))
	case raw.Type() == cty.Bool:
		s.Text(map[bool]string{true: "true", false: "false"}[raw.True()])
	case raw.CanIterateElements():
		s.Number(raw.LengthInt())
		for it := raw.ElementIterator(); it.Next(); {
			k, el := it.Element()
			if k.Type() == cty.String {
				s.Value(k)
			}
			s.Value(el)
		}
	}
}

// Signature tells values apart.
func Signature(vs ...cty.Value) string {
	s := NewSigner("")
	for _, v := range vs {
		s.Value(v)
	}
	return string(binary.LittleEndian.AppendUint64(nil, s.h.Sum64()))
}
