package unknown

import "github.com/zclconf/go-cty/cty"

// Get returns the attribute of an object, without its marks, and whether the object has it as a known value that is not
// null. The second result is false for unknown values, too.
func Get(object cty.Value, name string) (cty.Value, bool) {
	v, ok := Lookup(object, name)
	if !ok {
		return cty.NilVal, false
	}
	v, _ = v.Unmark()
	return v, v.IsKnown() && !v.IsNull()
}

// Lookup returns the attribute of an object or map with its marks, and false if there is none by that name.
// An object that is unknown as a whole has every attribute, unknown.
func Lookup(object cty.Value, name string) (cty.Value, bool) {
	if object == cty.NilVal {
		return cty.NilVal, false
	}
	object, marks := object.Unmark()
	switch {
	case object.IsNull():
		return cty.NilVal, false
	case !object.IsKnown():
		return cty.DynamicVal.WithMarks(marks), true
	case object.Type().IsObjectType() && object.Type().HasAttribute(name):
		return object.GetAttr(name).WithMarks(marks), true
	case object.Type().IsMapType() && object.HasIndex(cty.StringVal(name)).True():
		return object.Index(cty.StringVal(name)).WithMarks(marks), true
	}
	return cty.NilVal, false
}

// String returns the attribute of an object as a string, "" and false where it is absent, null, unknown or no string.
func String(object cty.Value, name string) (string, bool) {
	v, ok := Get(object, name)
	if !ok || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// IsEmpty says whether a value is known, and is null or holds nothing.
func IsEmpty(v cty.Value) bool {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown():
		return false
	case v.IsNull():
		return true
	case v.Type() == cty.String:
		return v.AsString() == ""
	}
	return v.CanIterateElements() && v.LengthInt() == 0
}

// OpenString is [String] for what may be shown: a sensitive attribute is as one that is not known.
func OpenString(object cty.Value, name string) (string, bool) {
	if v, ok := Lookup(object, name); !ok || IsSensitive(v) {
		return "", false
	}
	return String(object, name)
}
