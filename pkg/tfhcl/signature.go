package tfhcl

import (
	"encoding/binary"
	"hash"
	"hash/fnv"

	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
)

// Everything that is evaluated here is pure, so an unknown value is told apart from others by what it is computed from.
// Its signature becomes [unknown.Symbol.Variant] and the key of the choice where it is a condition: the same condition in two
// places has one outcome.

// derived is an unknown value that an operation makes of others.
func (e *evaluator) derived(ty cty.Type, operation string, from ...cty.Value) cty.Value {
	refs := map[unknown.Symbol]bool{}
	sensitive := false
	s := newSigner(operation)
	for _, v := range from {
		if e.gather(refs, v) {
			sensitive = true
		}
		s.value(v)
	}
	variant := s.variant()
	list := sortedUnknowns(refs)
	for i := range list {
		list[i].Variant = variant
	}
	v := unknownOf(ty, list...)
	if sensitive {
		v = secret(v)
	}
	return v
}

// variants is what unknown values become when they are only a part of something, or something is made of each.
func variants(operation string, in []unknown.Symbol) []unknown.Symbol {
	out := make([]unknown.Symbol, len(in))
	for i, u := range in {
		s := newSigner(operation)
		s.unknown(u)
		out[i] = unknown.Symbol{Ref: u.Ref, Sensitive: u.Sensitive, Variant: s.variant()}
	}
	return out
}

type signer struct{ h hash.Hash64 }

func newSigner(operation string) signer {
	s := signer{fnv.New64a()}
	s.text(operation)
	return s
}

// variant is never 0, which stands for a reference itself.
func (s signer) variant() int { return int(s.h.Sum64()>>2) | 1 }

func (s signer) text(t string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(t)))
	s.h.Write(n[:])
	s.h.Write([]byte(t))
}

func (s signer) number(n int) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	s.h.Write(b[:])
}

func (s signer) unknown(u unknown.Symbol) {
	s.text(u.Ref)
	s.text(u.Of)
	s.number(u.Variant)
}

func (s signer) value(v cty.Value) {
	raw, m := unknown.Unmark(v)
	switch {
	case !raw.IsKnown():
		s.text("unknown")
		for _, r := range m.Refs {
			s.unknown(r)
		}
	case raw.IsNull():
		s.text("null")
	case raw.Type() == lazyType:
		if l := lazyOf(raw); l != nil {
			s.text(l.ref())
		}
	case raw.Type() == cty.String:
		s.text(raw.AsString())
	case raw.Type() == cty.Number:
		s.text(raw.AsBigFloat().Text('g', -1))
	case raw.Type() == cty.Bool:
		s.text(map[bool]string{true: "true", false: "false"}[raw.True()])
	case raw.CanIterateElements():
		s.number(raw.LengthInt())
		for it := raw.ElementIterator(); it.Next(); {
			k, el := it.Element()
			if k.Type() == cty.String {
				s.value(k)
			}
			s.value(el)
		}
	}
}

// signature tells values apart.
func signature(vs ...cty.Value) string {
	s := newSigner("")
	for _, v := range vs {
		s.value(v)
	}
	return string(binary.LittleEndian.AppendUint64(nil, s.h.Sum64()))
}
