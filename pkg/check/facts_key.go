package check

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// keyFacts are the facts of a key.
func keyFacts() []Fact {
	made := func(name, doc string, t cty.Type, of func(*thing) cty.Value, arguments ...string) Fact {
		return Fact{Name: name, Type: t, Doc: doc, value: func(_ *Input, t *thing) cty.Value { return of(t) }, madeOf: arguments}
	}
	argument := func(name, doc, argument string, t cty.Type, missing cty.Value) Fact {
		return made(name, doc, t, func(of *thing) cty.Value { return attribute(of.values, argument, t, missing) }, argument)
	}
	return []Fact{
		made("can_rotate", "AWS can rotate its material", cty.Bool, func(t *thing) cty.Value { return canRotate(t.resource, t.values) },
			"customer_master_key_spec", "key_spec", "key_usage", "custom_key_store_id"),
		argument("rotates", "rotation is on", "enable_key_rotation", cty.Bool, cty.False),
		argument("rotation_period_days", "the days between rotations", "rotation_period_in_days", cty.Number, cty.NumberIntVal(365)),
		argument("deletion_window_days", "the days before a deletion takes effect", "deletion_window_in_days", cty.Number, cty.NumberIntVal(30)),
		made("has_deletion_window", "it is a resource that has a deletion window", cty.Bool, func(t *thing) cty.Value { return cty.BoolVal(t.resource.Type != "aws_kms_key_policy") }),
		argument("bypass_lockout_check", "the lockout check is switched off", "bypass_policy_lockout_safety_check", cty.Bool, cty.False),
		made("spec", "the key's spec, such as SYMMETRIC_DEFAULT", cty.String, func(t *thing) cty.Value { return keySpec(t.values) }, "customer_master_key_spec", "key_spec"),
		made("tags", "the tags", cty.Map(cty.String), func(t *thing) cty.Value { return tagFacts(t.values) }, "tags"),
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
