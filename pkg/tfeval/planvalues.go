package tfeval

import (
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/tfeval/value"
	"github.com/keyproof/keyproof/pkg/unknown"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// PlanValues is what a plan knows: values of resources and data sources, variables, instance keys.
type PlanValues struct {
	plan      *tf.Plan
	timestamp string
	resources map[string]*tf.Resource // by address
	keys      map[string][]cty.Value  // instance keys by the address without the last key
}

// NewPlanValues indexes the values of a plan. They are not changed by evaluation, so that several can share them.
func NewPlanValues(plan *tf.Plan) *PlanValues {
	k := &PlanValues{plan: plan, timestamp: plan.Timestamp, resources: map[string]*tf.Resource{}, keys: map[string][]cty.Value{}}
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
				at = tf.Joined(at, "module."+m.Name)
				add(at, m.Key)
				at += keyText(m.Key)
			}
			add(tf.Joined(at, a.ConfigKey()), a.Key)
		}
	}
	return k
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
	case value.IsString(raw) && unknown.HasHole(raw.AsString()):
		// What looks like a token in a plan is none of ours.
		return value.UnknownOf(cty.String, unknown.Symbol{Ref: ref}).WithMarks(marks)
	case raw.IsNull() || !raw.CanIterateElements():
		return v
	}
	return value.Remade(v, func(name string, el cty.Value) cty.Value {
		if value.IsSequence(raw.Type()) {
			return named(el, ref)
		}
		return named(el, unknown.Member(ref, name))
	})
}

// agree is a value that the plan knows, with what the sources tell about where its parts are written wherever both say
// the same. An unknown member of an argument is what the sources write, where they do not know it either: not one of a sequence,
// which may be a set in another order, nor one of a variable, which has no other source than what it is given.
func agree(given, written cty.Value, argument bool) cty.Value {
	raw, marks := given.Unmark()
	src, srcMarks := written.Unmark()
	switch {
	case argument && !raw.IsKnown() && !value.IsPlain(written):
		return value.SecretIf(value.IsSecret(given), written)
	case !src.IsKnown() || src.IsNull() || !raw.IsKnown() || raw.IsNull():
		return given
	}
	origins := cty.ValueMarks{} // what holds for a known value, too
	for m := range srcMarks {
		if _, ref := m.(unknown.Ref); !ref && m != value.Open {
			origins[m] = struct{}{}
		}
	}
	switch {
	case raw.Type().IsPrimitiveType() && src.Type().IsPrimitiveType():
		c, err := convert.Convert(src, raw.Type())
		if err != nil || !c.RawEquals(raw) {
			return given
		}
		if at, ok := value.Origin(written); ok && !src.Type().Equals(raw.Type()) {
			return value.Located(raw, at).WithMarks(marks)
		}
		return raw.WithMarks(origins, marks)
	case value.IsSequence(raw.Type()) && value.IsSequence(src.Type()) && raw.LengthInt() == src.LengthInt() && !value.IsOpen(written):
		if raw.Type().IsSetType() || src.Type().IsSetType() {
			if r, s := value.WithoutMarks(given), value.WithoutMarks(written); r.Equals(s).IsKnown() && r.Type().Equals(s.Type()) && r.RawEquals(s) {
				return written.WithMarks(marks)
			}
			return given
		}
		a, b := value.Elements(given), value.Elements(written)
		vals := make([]cty.Value, len(a))
		for i := range a {
			vals[i] = agree(a[i].Value, b[i].Value, false)
		}
		return retyped(value.Sequence(vals, false), raw.Type()).WithMarks(origins, marks)
	case !value.IsSequence(raw.Type()) && raw.CanIterateElements() && !value.IsSequence(src.Type()) && src.CanIterateElements():
		theirs := src.AsValueMap()
		vals := map[string]cty.Value{}
		for _, el := range value.Elements(given) {
			k, _ := el.Key.Unmark()
			if w, ok := theirs[k.AsString()]; ok {
				vals[k.AsString()] = agree(el.Value, w, argument)
			} else {
				vals[k.AsString()] = el.Value
			}
		}
		return retyped(value.Object(vals), raw.Type()).WithMarks(origins, marks)
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

// instanceKeys are the keys that the plan shows for a module call or resource; base is its address without a key.
func (k *PlanValues) instanceKeys(base string) []cty.Value {
	if k == nil {
		return nil
	}
	return k.keys[base]
}
