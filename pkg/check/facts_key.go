package check

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// keyFacts are the facts of a key.
func keyFacts() []Fact {
	return []Fact{
		{Name: "can_rotate", Type: cty.Bool, Doc: "AWS can rotate its material",
			value: func(_ *Input, t *thing) cty.Value { return canRotate(t.resource, t.values) }, madeOf: []string{"customer_master_key_spec", "key_spec", "key_usage", "custom_key_store_id"}},
		{Name: "rotates", Type: cty.Bool, Doc: "rotation is on",
			value: func(_ *Input, t *thing) cty.Value {
				return attribute(t.values, "enable_key_rotation", cty.Bool, cty.False)
			}, madeOf: []string{"enable_key_rotation"}},
		{Name: "rotation_period_days", Type: cty.Number, Doc: "the days between rotations",
			value: func(_ *Input, t *thing) cty.Value {
				return attribute(t.values, "rotation_period_in_days", cty.Number, cty.NumberIntVal(365))
			}, madeOf: []string{"rotation_period_in_days"}},
		{Name: "deletion_window_days", Type: cty.Number, Doc: "the days before a deletion takes effect",
			value: func(_ *Input, t *thing) cty.Value {
				return attribute(t.values, "deletion_window_in_days", cty.Number, cty.NumberIntVal(30))
			}, madeOf: []string{"deletion_window_in_days"}},
		{Name: "has_deletion_window", Type: cty.Bool, Doc: "it is a resource that has a deletion window",
			value: func(_ *Input, t *thing) cty.Value { return cty.BoolVal(t.resource.Type != "aws_kms_key_policy") }},
		{Name: "bypass_lockout_check", Type: cty.Bool, Doc: "the lockout check is switched off",
			value: func(_ *Input, t *thing) cty.Value {
				return attribute(t.values, "bypass_policy_lockout_safety_check", cty.Bool, cty.False)
			}, madeOf: []string{"bypass_policy_lockout_safety_check"}},
		{Name: "spec", Type: cty.String, Doc: "the key's spec, such as SYMMETRIC_DEFAULT",
			value: func(_ *Input, t *thing) cty.Value { return keySpec(t.values) }, madeOf: []string{"customer_master_key_spec", "key_spec"}},
		{Name: "tags", Type: cty.Map(cty.String), Doc: "the tags",
			value: func(_ *Input, t *thing) cty.Value { return tagFacts(t.values) }, madeOf: []string{"tags"}},
	}
}

func keySpec(values cty.Value) cty.Value {
	spec := attribute(values, "customer_master_key_spec", cty.String, cty.StringVal("SYMMETRIC_DEFAULT"))
	if v, ok := unknown.Lookup(values, "key_spec"); ok && !v.IsNull() {
		return attribute(values, "key_spec", cty.String, spec)
	}
	return spec
}

// canRotate follows https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
func canRotate(r *tf.Resource, values cty.Value) cty.Value {
	if r.Type != "aws_kms_key" {
		return cty.False
	}
	is := func(v cty.Value, want string) cty.Value { return v.Equals(cty.StringVal(want)) }
	symmetric := is(keySpec(values), "SYMMETRIC_DEFAULT")
	usage := is(attribute(values, "key_usage", cty.String, cty.StringVal("ENCRYPT_DECRYPT")), "ENCRYPT_DECRYPT")
	store := is(attribute(values, "custom_key_store_id", cty.String, cty.StringVal("")), "")
	return symmetric.And(usage).And(store)
}

// attribute is an attribute as a value of the type: missing where it is absent or null, unknown where it is not known.
// A sensitive value counts, but must not be shown: rules put facts into messages, so its mark is kept.
func attribute(values cty.Value, name string, t cty.Type, missing cty.Value) cty.Value {
	v, ok := unknown.Lookup(values, name)
	if !ok {
		return missing
	}
	plain, marks := unknown.Unmark(v)
	if plain.IsKnown() && plain.IsNull() {
		return missing
	}
	if !plain.IsKnown() {
		return cty.UnknownVal(t)
	}
	out, err := convert.Convert(plain, t)
	if err != nil {
		return cty.UnknownVal(t)
	}
	if marks.Sensitive {
		out = out.Mark(unknown.Sensitive)
	}
	return out
}

// tagFacts are the tags. A value that is not known before apply stays unknown, a sensitive one keeps its mark.
func tagFacts(values cty.Value) cty.Value {
	out := map[string]cty.Value{}
	for _, name := range []string{"tags", "tags_all"} {
		v, ok := unknown.Lookup(values, name)
		if !ok {
			continue
		}
		plain, marks := unknown.Unmark(v)
		switch {
		case !plain.IsKnown() && name == "tags":
			return cty.UnknownVal(cty.Map(cty.String))
		case !plain.IsKnown() || plain.IsNull() || !plain.CanIterateElements():
			continue
		}
		for it := plain.ElementIterator(); it.Next(); {
			k, e := it.Element()
			e, own := unknown.Unmark(e)
			k, _ = k.Unmark()
			switch text, err := convert.Convert(e, cty.String); {
			case err != nil || !e.IsKnown():
				e = cty.UnknownVal(cty.String)
			case e.IsNull():
				continue
			default:
				e = text
			}
			if marks.Sensitive || own.Sensitive {
				e = e.Mark(unknown.Sensitive)
			}
			if known, ok := out[k.AsString()]; !ok || !known.IsKnown() {
				out[k.AsString()] = e
			}
		}
	}
	if len(out) == 0 {
		return cty.MapValEmpty(cty.String)
	}
	return cty.MapVal(out)
}
