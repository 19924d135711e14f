package tfhcl

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// known is what a plan knows: values of resources and data sources, variables, instance keys.
type known struct {
	plan      *tf.Plan
	timestamp string
	resources map[string]*tf.Resource // by address
	keys      map[string][]cty.Value  // instance keys by the address without the last key
}

func newKnown(plan *tf.Plan) *known {
	k := &known{plan: plan, timestamp: plan.Timestamp, resources: map[string]*tf.Resource{}, keys: map[string][]cty.Value{}}
	seen := map[string]bool{}
	add := func(base string, key cty.Value) {
		if key == cty.NilVal || !key.IsKnown() || seen[base+keyText(key)] {
			return
		}
		seen[base+keyText(key)] = true
		k.keys[base] = append(k.keys[base], key)
	}
	for _, list := range [][]*tf.Resource{plan.Read, plan.Resources} {
		for _, r := range list {
			k.resources[r.Address] = r
			a, err := tf.ParseAddress(r.Address)
			if err != nil {
				continue
			}
			at := ""
			for _, m := range a.Modules {
				at = joinAddress(at, "module."+m.Name)
				add(at, m.Key)
				at += keyText(m.Key)
			}
			add(joinAddress(at, a.ConfigKey()), a.Key)
		}
	}
	return k
}

// variable is the value of a root variable. What the sources say about it tells where it is written, if they agree. The
// plan has what was given, before defaults took the place of what is null or missing.
func (k *known) variable(e *evaluator, decl *variable, v cty.Value) cty.Value {
	given, ok := k.plan.Variables[decl.name]
	if !ok {
		return v
	}
	raw, marks := given.Unmark()
	if !raw.IsKnown() {
		return unknownOf(decl.typ, unknown.Symbol{Ref: "var." + decl.name}).WithMarks(marks)
	}
	if raw.IsNull() && decl.nonNull && decl.fallback != nil {
		return e.shape(decl, e.fallback(e.root, decl)).WithMarks(marks)
	}
	given = named(given, "var."+decl.name)
	if c, err := decl.convert(given); err == nil {
		given = c
	}
	return agree(given, v)
}

// attribute is what the plan knows of an attribute; false if it says nothing about it.
func (k *known) attribute(r *resourceInstance, name string) (cty.Value, bool) {
	res := k.resources[r.address()]
	if res == nil {
		return cty.NilVal, false
	}
	v, ok := unknown.Lookup(res.After, name)
	if !ok {
		return cty.NilVal, false
	}
	raw, marks := v.Unmark()
	body := r.res.body
	writes := body.Attributes[name] != nil
	for _, b := range body.Blocks {
		writes = writes || blockType(b) == name
	}
	switch {
	case !raw.IsKnown() && writes && r.res.mode == tf.Managed:
		// The structure around what is unknown is in the sources.
		w := r.written(name)
		if _, secretValue := marks[unknown.Sensitive]; secretValue {
			w = secret(w)
		}
		return w, true
	case !raw.IsKnown():
		u := r.unknown(name)
		if _, secretValue := marks[unknown.Sensitive]; secretValue {
			u = secret(u)
		}
		return u, true
	case raw.IsNull() || !writes:
		return named(v, r.ref()+"."+name), true
	}
	return agree(named(v, r.ref()+"."+name), r.written(name)), true
}

// value is a string that the plan knows of an instance.
func (k *known) value(r *resourceInstance, name string) (cty.Value, bool) {
	res := k.resources[r.address()]
	if res == nil {
		return cty.NilVal, false
	}
	v, ok := unknown.Lookup(res.After, name)
	if !ok {
		return cty.NilVal, false
	}
	raw, _ := v.Unmark()
	return v, isString(raw) && !unknown.HasHole(raw.AsString())
}

// named gives unknown values inside v their names.
func named(v cty.Value, ref string) cty.Value {
	raw, marks := v.Unmark()
	switch {
	case !raw.IsKnown():
		if _, m := unknown.Unmark(v); len(m.Refs) > 0 {
			return v
		}
		return v.Mark(unknown.Ref{Symbol: unknown.Symbol{Ref: ref}})
	case isString(raw) && unknown.HasHole(raw.AsString()):
		// What looks like a token in a plan is none of ours.
		return unknownOf(cty.String, unknown.Symbol{Ref: ref}).WithMarks(marks)
	case raw.IsNull() || !raw.CanIterateElements():
		return v
	case isSequence(raw.Type()):
		var vals []cty.Value
		for _, el := range elements(v) {
			vals = append(vals, named(el.value, ref))
		}
		return sequence(vals, false).WithMarks(marks)
	}
	vals := map[string]cty.Value{}
	for _, el := range elements(v) {
		k, _ := el.key.Unmark()
		vals[k.AsString()] = named(el.value, ref+"."+k.AsString())
	}
	return object(vals).WithMarks(marks)
}

// agree is a value that the plan knows, with what the sources tell about where its parts are written wherever both say
// the same.
func agree(given, written cty.Value) cty.Value {
	raw, marks := given.Unmark()
	src, srcMarks := written.Unmark()
	if !src.IsKnown() || src.IsNull() || !raw.IsKnown() || raw.IsNull() {
		return given
	}
	origins := withoutRefs(srcMarks)
	switch {
	case raw.Type().IsPrimitiveType() && src.Type().IsPrimitiveType():
		c, err := convert.Convert(src, raw.Type())
		if err != nil || !c.RawEquals(raw) {
			return given
		}
		if at, ok := origin(written); ok && !src.Type().Equals(raw.Type()) {
			return located(raw, at).WithMarks(marks)
		}
		return raw.WithMarks(origins, marks)
	case isSequence(raw.Type()) && isSequence(src.Type()) && raw.LengthInt() == src.LengthInt() && !isOpen(written):
		if raw.Type().IsSetType() || src.Type().IsSetType() {
			if r, s := withoutMarks(given), withoutMarks(written); r.Equals(s).IsKnown() && r.Type().Equals(s.Type()) && r.RawEquals(s) {
				return written.WithMarks(marks)
			}
			return given
		}
		a, b := elements(given), elements(written)
		vals := make([]cty.Value, len(a))
		for i := range a {
			vals[i] = agree(a[i].value, b[i].value)
		}
		return retyped(sequence(vals, false), raw.Type()).WithMarks(origins, marks)
	case !isSequence(raw.Type()) && raw.CanIterateElements() && !isSequence(src.Type()) && src.CanIterateElements():
		theirs := src.AsValueMap()
		vals := map[string]cty.Value{}
		for _, el := range elements(given) {
			k, _ := el.key.Unmark()
			if w, ok := theirs[k.AsString()]; ok {
				vals[k.AsString()] = agree(el.value, w)
			} else {
				vals[k.AsString()] = el.value
			}
		}
		return retyped(object(vals), raw.Type()).WithMarks(origins, marks)
	}
	return given
}

// retyped gives a collection that was put together again the type that it had before.
func retyped(v cty.Value, ty cty.Type) cty.Value {
	if out, err := convert.Convert(v, ty); err == nil && out.IsKnown() {
		return out
	}
	return v
}

func withoutMarks(v cty.Value) cty.Value { out, _ := v.UnmarkDeep(); return out }

// withoutRefs drops what does not hold for a known value.
func withoutRefs(marks cty.ValueMarks) cty.ValueMarks {
	out := cty.NewValueMarks(partly)
	delete(out, partly)
	for m := range marks {
		switch m.(type) {
		case unknown.Ref:
			continue
		}
		if m != open {
			out[m] = struct{}{}
		}
	}
	return out
}

// instanceKeys are the keys that the plan shows for a module call or resource; base is its address without a key.
func (k *known) instanceKeys(base string) []cty.Value {
	if k == nil {
		return nil
	}
	return k.keys[base]
}

// sameMeaning compares documents as AWS and its provider do: the order of lists does not matter, a list of one is its
// element, and an account is its root. Texts that are no JSON are compared as they are.
func sameMeaning(a, b string) bool {
	if a == b {
		return true
	}
	x, errA := scanJSON([]byte(a))
	y, errB := scanJSON([]byte(b))
	if errA != nil || errB != nil {
		return errA != nil && errB != nil && strings.TrimSpace(a) == strings.TrimSpace(b)
	}
	return canonical(x) == canonical(y)
}
