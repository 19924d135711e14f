package tfhcl

import (
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// lazy is a resource instance or module instance as a value: its attributes are computed when something asks for them,
// and it may have attributes that the sources do not write.
type lazy interface {
	attr(name string) (cty.Value, *hcl.Diagnostic)
	names() []string // the attributes that are known to exist
	ref() string     // how an expression calls it
}

type lazyBox struct{ lazy }

// lazyType is the cty type of lazy values.
var lazyType = cty.Capsule("instance", reflect.TypeFor[lazyBox]())

func lazyValue(l *lazyBox) cty.Value { return cty.CapsuleVal(lazyType, l) }

// lazyOf returns what is in a value of lazyType, nil if that is unknown or null.
func lazyOf(raw cty.Value) lazy {
	if raw.IsNull() || !raw.IsKnown() {
		return nil
	}
	if b, ok := raw.EncapsulatedValue().(*lazyBox); ok {
		return b.lazy
	}
	return nil
}

// forced returns the attributes of a lazy value that are known to exist.
func (e *evaluator) forced(raw cty.Value) []element {
	l := lazyOf(raw)
	if l == nil {
		return nil
	}
	names := l.names()
	slices.Sort(names)
	var out []element
	for _, n := range slices.Compact(names) {
		v, f := l.attr(n)
		if f != nil {
			e.note(f)
			continue
		}
		out = append(out, element{cty.StringVal(n), v})
	}
	return out
}

// force turns lazy values inside v into objects. With a type, attributes that it asks for are among them.
func (e *evaluator) force(v cty.Value, ty cty.Type) cty.Value {
	raw, marks := v.Unmark()
	if raw.Type() == lazyType {
		if !raw.IsKnown() || raw.IsNull() {
			return cty.DynamicVal.WithMarks(marks)
		}
		vals := map[string]cty.Value{}
		if ty.IsObjectType() {
			for _, n := range slices.Sorted(maps.Keys(ty.AttributeTypes())) {
				if a, f := lazyOf(raw).attr(n); f == nil {
					vals[n] = e.force(a, ty.AttributeType(n))
				}
			}
		} else {
			for _, el := range e.forced(raw) {
				vals[el.key.AsString()] = el.value
			}
		}
		return object(vals).WithMarks(marks)
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
	if isSequence(raw.Type()) {
		var vals []cty.Value
		for _, el := range elements(v) {
			vals = append(vals, e.force(el.value, elem("")))
		}
		return sequence(vals, false).WithMarks(marks)
	}
	vals := map[string]cty.Value{}
	for _, el := range elements(v) {
		k, _ := el.key.Unmark()
		vals[k.AsString()] = e.force(el.value, elem(k.AsString()))
	}
	return object(vals).WithMarks(marks)
}

func holdsLazy(ty cty.Type) bool {
	switch {
	case ty == lazyType:
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
