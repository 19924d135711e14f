package value

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/unknown"
)

// MadeBy says how the elements of an open collection are made.
func MadeBy(v cty.Value, by *Making) cty.Value {
	if by == nil || !v.HasMark(Open) {
		return v
	}
	return without[made](v).Mark(made{by})
}

// MakingOf is how the elements of a collection are made that are all made in one way, nil where they are not.
func MakingOf(v cty.Value) *Making {
	if !IsOpen(v) {
		return nil
	}
	els := Elements(v)
	_, marks := v.Unmark()
	for m := range marks {
		by, ok := m.(made)
		switch {
		case ok && !v.HasMark(Loose):
			return by.Making
		case ok && len(els) == 1:
			return Alike(els[0].Value, by.Perhaps)
		}
	}
	if len(els) == 1 {
		if raw, _ := els[0].Value.Unmark(); raw.Type() == LazyType && raw.IsKnown() && !raw.IsNull() {
			l := lazyOf(raw)
			return &Making{At: l.At, Key: l.Key()}
		}
	}
	return nil
}

// Alike is the making of elements of which each is like the one that is shown, whatever its key.
func Alike(el cty.Value, perhaps bool) *Making {
	return &Making{At: func(cty.Value) (cty.Value, bool) { return someOf(el), false }, Perhaps: perhaps}
}

// someOf is one of the elements of which one stands for all: which instance it is of is not known.
func someOf(el cty.Value) cty.Value {
	raw, _ := el.Unmark()
	if raw.Type() == LazyType && raw.IsKnown() && !raw.IsNull() {
		some, _ := lazyOf(raw).At(cty.DynamicVal)
		return some
	}
	if raw.IsKnown() {
		return el
	}
	return remarked(el, func(m any) any {
		if r, ok := m.(unknown.Ref); ok && r.Of != "" {
			r.Index = unknown.SomeIndex
			return r
		}
		return m
	})
}

// Another is what is made of another element as this value is made of one. Of what is not known it is not the same.
func Another(v cty.Value) cty.Value {
	if v.IsKnown() {
		return v
	}
	return remarked(v, func(m any) any {
		if r, ok := m.(unknown.Ref); ok {
			s := NewSigner("another")
			s.Unknown(r.Symbol)
			r.Variant = part(s)
			return r
		}
		return m
	})
}

// KeyOf says of an unknown key that it is one of the collection.
func KeyOf(key, coll cty.Value) cty.Value {
	if m := MakingOf(coll); m != nil {
		return WithKeys(key, m.Key)
	}
	return key.Mark(keyOf(Signature(coll)))
}

// WithKeys says of an unknown key that it is one of those that another key is of.
func WithKeys(key, other cty.Value) cty.Value {
	if other == cty.NilVal {
		return key
	}
	_, marks := other.Unmark()
	for m := range marks {
		if k, ok := m.(keyOf); ok {
			key = key.Mark(k)
		}
	}
	return key
}

// OfSameKeys says that both are keys of the same collection, so that what has an element for each key of it has one for both.
func OfSameKeys(a, b cty.Value) bool {
	if a == cty.NilVal || b == cty.NilVal {
		return false
	}
	_, marks := a.Unmark()
	for m := range marks {
		if _, ok := m.(keyOf); ok && b.HasMark(m) {
			return true
		}
	}
	return false
}
