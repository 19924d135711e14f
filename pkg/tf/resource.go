// Package tf is the resource model that plans, states and sources are read into.
//
// It knows nothing of files or formats: pkg/tfplan and pkg/tfhcl fill it, pkg/extract reads it. A value that is not
// known before apply is a cty unknown, or a [Text] with holes where the text around it is known; it is never a zero
// value or an empty string. A value that Terraform marks sensitive carries the mark [Sensitive].
package tf

import "github.com/zclconf/go-cty/cty"

type mark string

// Sensitive is the cty mark of values that must never be printed.
const Sensitive = mark("sensitive")

// HiddenSource is in the Extra of a diagnostic whose source must not be shown, because it writes a sensitive value.
type HiddenSource struct{}

// Mode tells a managed resource from a data source.
type Mode string

// The two modes, as the plan JSON spells them.
const (
	Managed Mode = "managed"
	Data    Mode = "data"
)

// Action is what the plan does to an object. The zero value means that there is no plan: a state, or sources alone.
type Action string

// The actions that leave an object to judge. Objects that are deleted or forgotten are never read into the model.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace"
	Read    Action = "read"
	NoOp    Action = "no-op"
)

// Resource is one instance of a resource or data source.
type Resource struct {
	// Address is the full address of the instance, such as module.kms["a.b"].aws_kms_key.this[0].
	Address string
	// Module is the address of the module instance, "" for the root module.
	Module string
	Mode   Mode
	Type   string
	Name   string
	// Index is the instance key: a string, a number, or cty.NilVal without count and for_each.
	// It is unknown where the sources do not tell the keys.
	Index cty.Value
	// Provider names the provider configuration, as the plan's configuration does; "" where it is not known.
	Provider string
	Action   Action
	// Previous is the address before a move, or "".
	Previous string
	// Before and After are objects of the attributes, with unknowns and Sensitive marks; cty.NilVal where there is none
	// (Before of a create, everything of sources alone but After).
	Before, After cty.Value
	// Config is how the plan's configuration writes the resource, nil where that is not known.
	Config *Config
	// Source is where the sources write it, nil without sources.
	Source *Source
}

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

// IsSensitive says whether the value or a part of it carries the mark Sensitive.
func IsSensitive(v cty.Value) bool {
	if v == cty.NilVal {
		return false
	}
	_, paths := v.UnmarkDeepWithPaths()
	for _, p := range paths {
		if _, ok := p.Marks[Sensitive]; ok {
			return true
		}
	}
	return false
}
