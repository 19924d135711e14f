package check

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
)

func stringList(list []string) cty.Value {
	if len(list) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	out := make([]cty.Value, len(list))
	for i, s := range list {
		out[i] = cty.StringVal(s)
	}
	return cty.ListVal(out)
}

// resourceFacts are the facts of a resource.
func (c *checker) resourceFacts(r *tf.Resource) cty.Value {
	if c.resource != r {
		c.resource, c.resourceValue = r, newResourceFacts(r)
	}
	return c.resourceValue
}

func newResourceFacts(r *tf.Resource) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"address": cty.StringVal(r.Address),
		"type":    cty.StringVal(r.Type),
		"name":    cty.StringVal(r.Name),
		"module":  cty.StringVal(r.Module),
	})
}

func (c *checker) settings() cty.Value {
	if c.set != cty.NilVal {
		return c.set
	}
	c.set = cty.ObjectVal(map[string]cty.Value{
		"min_deletion_window_days": cty.NumberIntVal(int64(c.in.MinDeletionWindow)),
		"sources_alone":            cty.BoolVal(c.in.Sources),
		"account_known":            cty.BoolVal(c.in.Subject.Account != ""),
	})
	return c.set
}

// policyFacts are the facts of a policy. They are always known: of what is not, only "undecided" speaks.
func (c *checker) policyFacts(j *judged) cty.Value {
	if j.facts == cty.NilVal {
		j.facts = c.newPolicyFacts(j)
	}
	return j.facts
}

func (c *checker) newPolicyFacts(j *judged) cty.Value {
	r := &j.result
	decided := r.Public != access.Unsure && r.Verdict != access.Unknown
	open := []string(nil)
	if r.Public == access.Yes {
		open = r.Open
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(r.AllKeys, n) })
	}
	invalid := slices.ContainsFunc(r.Problems, func(p iam.Problem) bool { return !p.NotPrincipal })
	path := ""
	if j.reach != nil {
		path = j.reach.words()
	}
	return cty.ObjectVal(map[string]cty.Value{
		"kind":              cty.StringVal(string(j.policy.Kind)),
		"attribute":         cty.StringVal(j.policy.Attribute),
		"verdict":           cty.StringVal(string(r.Verdict)),
		"public":            cty.BoolVal(r.Public == access.Yes),
		"undecided":         cty.BoolVal(!decided && (r.Verdict != access.Invalid || r.Public == access.Unsure)),
		"undecided_why":     cty.StringVal(j.undecidedWhy()),
		"refused":           cty.BoolVal(r.Verdict == access.Invalid),
		"invalid":           cty.BoolVal(invalid),
		"problem":           cty.StringVal(j.problem()),
		"metadata_only":     cty.BoolVal(r.Public == access.Yes && r.Class == access.Metadata),
		"federated_only":    cty.BoolVal(r.Token),
		"open_actions":      stringList(open),
		"who":               cty.StringVal(j.who()),
		"explanation":       cty.StringVal(j.explanation()),
		"locked_out":        cty.BoolVal(j.lockedOut),
		"reachable":         cty.BoolVal(j.reach != nil),
		"path":              cty.StringVal(path),
		"decrypts_all_keys": cty.BoolVal(has("kms:Decrypt", "kms:ReEncryptFrom")),
		"controls_all_keys": cty.BoolVal(has("kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial")),
		"uses_all_keys":     cty.BoolVal(r.Verdict == access.Broad),
		"all_actions":       cty.BoolVal(r.AllActions),
		"all_keys_actions":  stringList(r.AllKeys),
	})
}

func (c *checker) statementFacts(j *judged, f *access.StatementFacts) cty.Value {
	accounts := slices.Clone(f.Accounts)
	for i := range accounts {
		if j.sensitive {
			accounts[i] = hidden
		}
	}
	return cty.ObjectVal(map[string]cty.Value{
		"sid":               cty.StringVal(j.text(f.Sid)),
		"index":             cty.NumberIntVal(int64(f.Index)),
		"label":             cty.StringVal(j.label(f.Index, f.Sid)),
		"external_accounts": stringList(accounts),
		"loose_services":    stringList(f.Services),
		"all_actions":       cty.BoolVal(f.AllActions),
		"not_principal":     cty.BoolVal(f.NotPrincipal),
		"broad_condition":   cty.BoolVal(len(f.Broad) > 0),
		"broad_why":         cty.StringVal(j.broadWhy(f)),
	})
}

// keyFacts are the facts of a key; an attribute that is not known before apply is an unknown fact.
func keyFacts(r *tf.Resource, values cty.Value) cty.Value {
	get := func(name string, t cty.Type, missing cty.Value) cty.Value { return attribute(values, name, t, missing) }
	spec := get("customer_master_key_spec", cty.String, cty.StringVal("SYMMETRIC_DEFAULT"))
	if v, ok := tf.Lookup(values, "key_spec"); ok && !v.IsNull() {
		spec = get("key_spec", cty.String, spec)
	}
	canRotate := cty.False
	if r.Type == "aws_kms_key" {
		// https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
		symmetric := spec.Equals(cty.StringVal("SYMMETRIC_DEFAULT"))
		usage := get("key_usage", cty.String, cty.StringVal("ENCRYPT_DECRYPT")).Equals(cty.StringVal("ENCRYPT_DECRYPT"))
		store := get("custom_key_store_id", cty.String, cty.StringVal("")).Equals(cty.StringVal(""))
		canRotate = symmetric.And(usage).And(store)
	}
	window := cty.True
	if r.Type == "aws_kms_key_policy" {
		window = cty.False
	}
	return cty.ObjectVal(map[string]cty.Value{
		"can_rotate":           canRotate,
		"rotates":              get("enable_key_rotation", cty.Bool, cty.False),
		"rotation_period_days": get("rotation_period_in_days", cty.Number, cty.NumberIntVal(365)),
		"deletion_window_days": get("deletion_window_in_days", cty.Number, cty.NumberIntVal(30)),
		"has_deletion_window":  window,
		"bypass_lockout_check": get("bypass_policy_lockout_safety_check", cty.Bool, cty.False),
		"spec":                 spec,
		"tags":                 tagFacts(values),
	})
}

// attribute is an attribute as a value of the type: missing where it is absent or null, unknown where it is not known.
// A sensitive value counts, but must not be shown: rules put facts into messages, so its mark is kept.
func attribute(values cty.Value, name string, t cty.Type, missing cty.Value) cty.Value {
	v, ok := tf.Lookup(values, name)
	if !ok {
		return missing
	}
	plain, marks := tf.Unmark(v)
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
		out = out.Mark(tf.Sensitive)
	}
	return out
}

// tagFacts are the tags. A value that is not known before apply stays unknown, a sensitive one keeps its mark.
func tagFacts(values cty.Value) cty.Value {
	out := map[string]cty.Value{}
	for _, name := range []string{"tags", "tags_all"} {
		v, ok := tf.Lookup(values, name)
		if !ok {
			continue
		}
		plain, marks := tf.Unmark(v)
		switch {
		case !plain.IsKnown() && name == "tags":
			return cty.UnknownVal(cty.Map(cty.String))
		case !plain.IsKnown() || plain.IsNull() || !plain.CanIterateElements():
			continue
		}
		for it := plain.ElementIterator(); it.Next(); {
			k, e := it.Element()
			e, own := tf.Unmark(e)
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
				e = e.Mark(tf.Sensitive)
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
