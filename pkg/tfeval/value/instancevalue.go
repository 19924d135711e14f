package value

import (
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Lazy is a resource instance or module instance as a value: its attributes are computed when something asks for them,
// and it may have attributes that the sources do not write.
type Lazy interface {
	Attr(name string) (cty.Value, *hcl.Diagnostic)
	Names() []string // the attributes that are known to exist
	Ref() string     // how an expression calls it
	// At is the instance with that key, of one that stands for all because their keys are not known.
	At(key cty.Value) cty.Value
}

// LazyBox is what a value of LazyType holds.
type LazyBox struct{ Lazy }

// LazyType is the cty type of lazy values.
var LazyType = cty.Capsule("instance", reflect.TypeFor[LazyBox]())

// LazyValue makes a value of an instance.
func LazyValue(l *LazyBox) cty.Value { return cty.CapsuleVal(LazyType, l) }

// lazyOf returns what is in a value of lazyType, nil if that is unknown or null.
func lazyOf(raw cty.Value) Lazy {
	if raw.IsNull() || !raw.IsKnown() {
		return nil
	}
	if b, ok := raw.EncapsulatedValue().(*LazyBox); ok {
		return b.Lazy
	}
	return nil
}

// Forced returns the attributes of a lazy value that are known to exist.
func (e *Run) Forced(raw cty.Value) []Element {
	l := lazyOf(raw)
	if l == nil {
		return nil
	}
	names := l.Names()
	slices.Sort(names)
	var out []Element
	for _, n := range slices.Compact(names) {
		v, f := l.Attr(n)
		if f != nil {
			e.Note(f)
			continue
		}
		out = append(out, Element{cty.StringVal(n), v})
	}
	return out
}

// Force turns lazy values inside v into objects. With a type, attributes that it asks for are among them.
func (e *Run) Force(v cty.Value, ty cty.Type) cty.Value {
	raw, marks := v.Unmark()
	if raw.Type() == LazyType {
		if !raw.IsKnown() || raw.IsNull() {
			return cty.DynamicVal.WithMarks(marks)
		}
		vals := map[string]cty.Value{}
		if ty.IsObjectType() {
			for _, n := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
				if a, f := lazyOf(raw).Attr(n); f == nil {
					vals[n] = e.Force(a, ty.AttributeType(n))
				}
			}
		} else {
			for _, el := range e.Forced(raw) {
				vals[el.Key.AsString()] = el.Value
			}
		}
		return Object(vals).WithMarks(marks)
	}
	if !holdsLazy(raw.Type()) || !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return v
	}
	elem := func(k string) cty.Type {
		switch {
		case ty.IsCollectionType():
			return ty.ElementType()
		case ty.IsObjectType() && ty.HasAttribute(k):
			return ty.AttributeType(k)
		}
		return cty.DynamicPseudoType
	}
	if IsSequence(raw.Type()) {
		var vals []cty.Value
		for _, el := range Elements(v) {
			vals = append(vals, e.Force(el.Value, elem("")))
		}
		return Sequence(vals, false).WithMarks(marks)
	}
	vals := map[string]cty.Value{}
	for _, el := range Elements(v) {
		k, _ := el.Key.Unmark()
		vals[k.AsString()] = e.Force(el.Value, elem(k.AsString()))
	}
	return Object(vals).WithMarks(marks)
}

func holdsLazy(ty cty.Type) bool {
	switch {
	case ty == LazyType:
		return true
	case ty.IsCollectionType():
		return holdsLazy(ty.ElementType())
	case ty.IsTupleType():
		return slices.ContainsFunc(ty.TupleElementTypes(), holdsLazy)
	case ty.IsObjectType():
		for _, t := range ty.AttributeTypes() {
			if holdsLazy(t) {
				return true
			}
		}
	}
	return false
}
