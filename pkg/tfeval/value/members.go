package value

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/keyproof/keyproof/pkg/tfsource"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// GetAttr reads a member by name.
func (e *Run) GetAttr(v cty.Value, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	raw, marks := v.Unmark()
	ty := raw.Type()
	switch {
	case raw.IsNull() && raw.IsKnown():
		return cty.DynamicVal, Fault(at, "Attribute of a null value", fmt.Sprintf("The value is null and has no attribute %q.", name))
	case ty == LazyType:
		out, f := lazyOf(raw).Attr(name)
		_, marks = without[unknown.Origin](v).Unmark()
		return inherit(out, marks, false), f
	case !raw.IsKnown():
		return e.unknownMember(v, name, at)
	case ty.IsObjectType() && ty.HasAttribute(name):
		return inherit(raw.GetAttr(name), marks, false), nil
	case ty.IsMapType() && raw.HasIndex(cty.StringVal(name)).True():
		return inherit(raw.Index(cty.StringVal(name)), marks, false), nil
	case IsOpen(v):
		return e.Example(v, cty.StringVal(name), cty.DynamicPseudoType), nil
	case ty.IsListType() || ty.IsTupleType():
		if n, err := strconv.Atoi(name); err == nil {
			return e.Index(v, cty.NumberIntVal(int64(n)), at)
		}
	}
	return cty.DynamicVal, Fault(at, "Unsupported attribute", fmt.Sprintf("The value has no attribute %q.", name))
}

// Index reads an element by its key or number. What is found by something sensitive is sensitive.
func (e *Run) Index(v, k cty.Value, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	if !IsSecret(k) {
		return e.element(v, k, at)
	}
	if raw, _ := v.Unmark(); !raw.IsKnown() || raw.Type() == LazyType {
		e.Unsure++
		return e.Derived(cty.DynamicPseudoType, "[]", v, k), nil // named as a whole
	}
	out, f := e.element(v, k, at)
	if f != nil {
		return out, Fault(at, f.Summary, "The index is sensitive, so it is not shown.")
	}
	if raw, _ := out.Unmark(); !raw.IsKnown() {
		return Secret(e.Derived(raw.Type(), "[]", v, k)), nil // its name tells the index
	}
	return Secret(out), nil
}

func (e *Run) element(v, k cty.Value, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	raw, marks := v.Unmark()
	key, _ := k.Unmark()
	ty := raw.Type()
	elem := cty.DynamicPseudoType
	if ty.IsCollectionType() {
		elem = ty.ElementType()
	}
	switch {
	case raw.IsNull() && raw.IsKnown():
		return cty.DynamicVal, Fault(at, "Index of a null value", "The value is null and has no elements.")
	case key.IsNull() && key.IsKnown():
		return cty.DynamicVal, Fault(at, "Null value as an index", "The index must not be null.")
	case ty == LazyType && IsString(key):
		return e.GetAttr(v, key.AsString(), at)
	case !raw.IsKnown():
		if IsString(key) && !unknown.HasHole(key.AsString()) && (ty == cty.DynamicPseudoType || ty.IsMapType() || ty.IsObjectType()) {
			return e.unknownMember(v, key.AsString(), at)
		}
		e.Unsure++
		if _, m := unknown.Unmark(v); key.Type() == cty.Number && key.IsKnown() && len(m.Refs) == 1 && named(m.Refs[0]) {
			return nth(v, key, elem, m), nil
		}
		return e.Derived(elem, "[]", v, k), nil
	case !key.IsKnown(), IsString(key) && unknown.HasHole(key.AsString()):
		if ty.IsPrimitiveType() {
			return cty.DynamicVal, Fault(at, "Invalid index", "A value of this type has no elements.")
		}
		if raw.CanIterateElements() && raw.LengthInt() == 0 {
			return cty.DynamicVal, Fault(at, "Invalid index", "The collection has no elements.")
		}
		return e.elementLike(v, k, elem, "[]"), nil
	case ty.IsObjectType(), ty.IsMapType():
		str, err := convert.Convert(key, cty.String)
		if err != nil {
			return cty.DynamicVal, Fault(at, "Invalid index", "The index must be a string: "+tfsource.Sentence(err))
		}
		out, f := e.GetAttr(v, str.AsString(), at)
		if f != nil {
			return out, Fault(at, "Invalid index", "The collection has no element with this key.")
		}
		return out, nil
	case ty.IsTupleType(), ty.IsListType():
		n, err := convert.Convert(key, cty.Number)
		if err != nil {
			return cty.DynamicVal, Fault(at, "Invalid index", "The index must be a number: "+tfsource.Sentence(err))
		}
		i, acc := n.AsBigFloat().Int64()
		if head, _ := Ends(v); IsOpen(v) && (acc != 0 || i < 0 || i >= int64(head)) {
			return e.Example(v, key, elem), nil
		}
		if acc != 0 || i < 0 || i >= int64(raw.LengthInt()) {
			return cty.DynamicVal, Fault(at, "Invalid index", "The collection has no element with this number.")
		}
		return inherit(raw.Index(cty.NumberIntVal(i)), marks, false), nil
	}
	return cty.DynamicVal, Fault(at, "Invalid index", "A value of this type has no elements.")
}

// Example is the element of an open collection with that key. Elements that are all made in one way are alike; nothing else is.
func (e *Run) Example(v, key cty.Value, elem cty.Type) cty.Value {
	return e.elementLike(v, key, elem, "[*]")
}

func (e *Run) elementLike(v, key cty.Value, elem cty.Type, operation string) cty.Value {
	if m := MakingOf(v); m != nil {
		if el, there := m.At(key); el != cty.NilVal {
			if !there {
				e.Unsure++
			}
			_, marks := without[unknown.Origin](v).Unmark()
			return inherit(el, marks, false)
		}
	}
	e.Unsure++
	return e.Derived(elem, operation, v, key)
}

// nth is an element of a sequence that is not known, by its number. It lies in what the reference names.
func nth(v, key cty.Value, elem cty.Type, m unknown.Marks) cty.Value {
	s := NewSigner("[]")
	s.Unknown(m.Refs[0])
	s.Value(key)
	u := unknown.Symbol{Ref: m.Refs[0].Ref, Sensitive: m.Refs[0].Sensitive, Provider: m.Refs[0].Provider, Variant: part(s)}
	if v.Type().IsCollectionType() && elem == cty.String { // the kind of a collection is that of its elements
		u.Kind = m.Refs[0].Kind
	}
	out := UnknownOf(elem, u)
	return SecretIf(m.Sensitive, out)
}

// unknownMember is a member of a value that is unknown itself.
func (e *Run) unknownMember(v cty.Value, name string, at hcl.Range) (cty.Value, *hcl.Diagnostic) {
	raw, m := unknown.Unmark(v)
	if n, err := strconv.Atoi(name); err == nil && !raw.Type().IsObjectType() && !raw.Type().IsMapType() {
		return e.element(v, cty.NumberIntVal(int64(n)), at) // x.0 is x[0]
	}
	ty := cty.DynamicPseudoType
	switch t := raw.Type(); {
	case t.IsObjectType() && t.HasAttribute(name):
		ty = t.AttributeType(name)
	case t.IsObjectType(), t.IsPrimitiveType():
		return cty.DynamicVal, Fault(at, "Unsupported attribute", fmt.Sprintf("The value has no attribute %q.", name))
	case t.IsMapType():
		ty = t.ElementType()
	}
	if !raw.Type().IsObjectType() || !Fits(v, cty.NilType) {
		e.Unsure++
	}
	var refs []unknown.Symbol
	for _, r := range m.Refs {
		u := member(r, name)
		if u.Kind != unknown.AnyText && ty == cty.DynamicPseudoType {
			ty = cty.String
		}
		refs = append(refs, u)
	}
	out := UnknownOf(ty, refs...)
	return SecretIf(m.Sensitive, out), nil
}

// KeyText is the name of a member. A name that is not known is a token.
func (e *Run) KeyText(k cty.Value, at hcl.Range) (string, *hcl.Diagnostic) {
	raw, _ := k.Unmark()
	switch {
	case !raw.IsKnown():
		return e.Holes.Add(e.Unknown(k)), nil
	case raw.IsNull():
		return "", Fault(at, "Null value as a key", "The name of a member must not be null.")
	}
	str, err := plainString(raw)
	if err != nil {
		return "", Fault(at, "Invalid key", "The name of a member must be a string: "+Reason(err, k))
	}
	return str, nil
}

// Sample is an element of a collection that is not known.
func (e *Run) Sample(raw cty.Value, m unknown.Marks) Element {
	ty := cty.DynamicPseudoType
	key := cty.DynamicPseudoType
	switch t := raw.Type(); {
	case t.IsCollectionType():
		ty = t.ElementType()
		if t.IsMapType() {
			key = cty.String
		}
	}
	elem := variants("element", m.Refs)
	if ty == cty.String { // the kind of a collection is that of its elements
		for i := range elem {
			elem[i].Kind, elem[i].Provider = m.Refs[i].Kind, m.Refs[i].Provider
		}
	}
	v, k := UnknownOf(ty, elem...), UnknownOf(key, variants("key", m.Refs)...)
	if m.Sensitive {
		v, k = Secret(v), Secret(k)
	}
	if raw.Type().IsSetType() {
		k = v
	}
	return Element{k, v}
}

// MadeOfUnknown is the making of what a loop sees of a collection of which nothing is known.
func (e *Run) MadeOfUnknown(coll cty.Value) *Making {
	_, m := unknown.Unmark(coll)
	raw, _ := coll.Unmark()
	keys := KeyOf(e.Sample(raw, m).Key, coll)
	at := func(key cty.Value) (cty.Value, bool) {
		before := e.Unsure
		el, f := e.Index(coll, key, firstOrigin(coll))
		e.Unsure = before
		if f != nil {
			return cty.NilVal, false
		}
		return el, OfSameKeys(key, keys)
	}
	return &Making{At: at, Key: keys}
}

// Completed gives objects that may have more members than they show all that a type has, unknown where they are not shown.
func (e *Run) Completed(v cty.Value, ty cty.Type) cty.Value {
	out, _ := e.completed(v, ty)
	return out
}

func (e *Run) completed(v cty.Value, ty cty.Type) (cty.Value, bool) {
	raw, marks := v.Unmark()
	if raw.Type() == LazyType || !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() || raw.Type().IsSetType() {
		return v, false
	}
	more := false
	part := func(v cty.Value, ty cty.Type) cty.Value {
		out, changed := e.completed(v, ty)
		more = more || changed
		return out
	}
	switch {
	case ty.IsCollectionType() && !ty.ElementType().IsPrimitiveType() && IsSequence(raw.Type()):
		var vals []cty.Value
		for _, el := range Elements(v) {
			vals = append(vals, part(el.Value, ty.ElementType()))
		}
		if more {
			return Sequence(vals, false).WithMarks(marks), true
		}
	case ty.IsMapType() && !ty.ElementType().IsPrimitiveType():
		vals := raw.AsValueMap()
		for name, el := range vals {
			vals[name] = part(el, ty.ElementType())
		}
		if more {
			return cty.ObjectVal(vals).WithMarks(marks), true
		}
	case ty.IsObjectType() && !IsSequence(raw.Type()):
		vals := map[string]cty.Value{}
		maps.Copy(vals, raw.AsValueMap())
		for name, t := range ty.AttributeTypes() {
			if shown, ok := vals[name]; ok {
				vals[name] = part(shown, t)
			} else if IsOpen(v) {
				vals[name], more = e.Example(v, cty.StringVal(name), t), true
			}
		}
		if more {
			return cty.ObjectVal(vals).WithMarks(withoutMark(marks, Open)), true
		}
	}
	return v, false
}
