package value

import (
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
	// Key is its key, cty.NilVal where it has none.
	Key() cty.Value
	// At is the instance with that key, of one that stands for all because their keys are not known, and whether there surely
	// is one.
	At(key cty.Value) (instance cty.Value, there bool)
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
