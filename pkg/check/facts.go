package check

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
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

// resourceFact is a fact of a resource.
func resourceFact(r *tf.Resource, name string) cty.Value {
	switch name {
	case "address":
		return cty.StringVal(r.Address)
	case "type":
		return cty.StringVal(r.Type)
	case "name":
		return cty.StringVal(r.Name)
	case "module":
		return cty.StringVal(r.Module)
	}
	return cty.DynamicVal
}

func (c *checker) setting(name string) cty.Value {
	switch name {
	case "min_deletion_window_days":
		return cty.NumberIntVal(int64(c.in.MinDeletionWindow))
	case "sources_alone":
		return cty.BoolVal(c.in.Sources)
	case "account_known":
		return cty.BoolVal(c.in.Subject.Account != "")
	}
	return cty.DynamicVal
}

// policyFact is a fact of a policy. It is always known: of what is not, only "undecided" speaks.
func policyFact(j *judged, name string) cty.Value {
	switch name {
	case "kind":
		return cty.StringVal(string(j.policy.Kind))
	case "attribute":
		return cty.StringVal(j.policy.Attribute)
	case "verdict":
		return cty.StringVal(string(j.result.Verdict))
	case "undecided_why":
		return cty.StringVal(j.undecidedWhy())
	case "problem":
		return cty.StringVal(j.problem())
	case "who":
		return cty.StringVal(j.who())
	case "explanation":
		return cty.StringVal(j.explanation())
	case "path":
		if j.reach == nil {
			return cty.StringVal("")
		}
		return cty.StringVal(j.reach.words())
	case "all_keys_actions":
		return stringList(j.result.AllKeys)
	case "open_actions":
		if j.result.Public != access.Yes {
			return stringList(nil)
		}
		return stringList(j.result.Open)
	}
	if yes, ok := j.is(name); ok {
		return cty.BoolVal(yes)
	}
	return cty.DynamicVal
}

// is says whether the fact holds, for those that hold or do not.
func (j *judged) is(fact string) (yes, ok bool) {
	r := &j.result
	switch fact {
	case "public":
		yes = r.Public == access.Yes
	case "undecided":
		yes = r.Public == access.Unsure || r.Verdict == access.Unknown
	case "refused":
		yes = r.Verdict == access.Invalid
	case "invalid":
		yes = slices.ContainsFunc(r.Problems, func(p iam.Problem) bool { return !p.NotPrincipal })
	case "metadata_only":
		yes = r.Public == access.Yes && r.Class == access.Metadata
	case "federated_only":
		yes = r.Token
	case "locked_out":
		yes = j.lockedOut
	case "reachable":
		yes = j.reach != nil
	case "decrypts_all_keys":
		yes = j.onAllKeys("kms:Decrypt", "kms:ReEncryptFrom")
	case "controls_all_keys":
		yes = j.onAllKeys("kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DeleteImportedKeyMaterial")
	case "uses_all_keys":
		yes = r.Verdict == access.Broad
	case "all_actions":
		yes = r.AllActions
	default:
		return false, false
	}
	return yes, true
}

// onAllKeys says whether one of the actions is allowed on all keys.
func (j *judged) onAllKeys(actions ...string) bool {
	return slices.ContainsFunc(actions, func(a string) bool { return slices.Contains(j.result.AllKeys, a) })
}

// statementFact is a fact of one of the policy's statements.
func statementFact(j *judged, f *access.StatementFacts, name string) cty.Value {
	switch name {
	case "sid":
		return cty.StringVal(j.text(f.Sid))
	case "index":
		return cty.NumberIntVal(int64(f.Index))
	case "label":
		return cty.StringVal(j.label(f.Index, f.Sid))
	case "external_accounts":
		return stringList(j.shownAccounts(f.Accounts))
	case "loose_services":
		return stringList(f.Services)
	case "all_actions":
		return cty.BoolVal(len(f.Everything) > 0)
	case "not_principal":
		return cty.BoolVal(f.NotPrincipal)
	case "broad_condition":
		return cty.BoolVal(len(f.Broad) > 0)
	case "broad_why":
		return cty.StringVal(j.broadWhy(f))
	}
	return cty.DynamicVal
}

// shownAccounts are the accounts as they may be printed.
func (j *judged) shownAccounts(accounts []string) []string {
	if !j.sensitive {
		return accounts
	}
	return slices.Repeat([]string{hidden}, len(accounts))
}

// keyArguments are the arguments that the facts of a key are made of.
var keyArguments = map[string][]string{
	"can_rotate":           {"customer_master_key_spec", "key_spec", "key_usage", "custom_key_store_id"},
	"rotates":              {"enable_key_rotation"},
	"rotation_period_days": {"rotation_period_in_days"},
	"deletion_window_days": {"deletion_window_in_days"},
	"bypass_lockout_check": {"bypass_policy_lockout_safety_check"},
	"spec":                 {"customer_master_key_spec", "key_spec"},
	"tags":                 {"tags"},
}

// late names what decides the facts of the rule's condition that are not known before apply.
func (c *checker) late(r *Rule, t *thing) []string {
	var out []string
	for _, n := range r.when.needs {
		if n.object != "key" {
			continue
		}
		for _, fact := range n.facts {
			if c.fact(t, n.object, fact).IsWhollyKnown() {
				continue
			}
			for _, name := range keyArguments[fact] {
				if v, ok := unknown.Lookup(t.values, name); ok && !v.IsWhollyKnown() {
					out = append(out, c.in.Set.DependsOn(t.resource, name)...)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keyFact is a fact of a key; an attribute that is not known before apply is an unknown fact.
func keyFact(r *tf.Resource, values cty.Value, name string) cty.Value {
	switch name {
	case "can_rotate":
		return canRotate(r, values)
	case "rotates":
		return attribute(values, "enable_key_rotation", cty.Bool, cty.False)
	case "rotation_period_days":
		return attribute(values, "rotation_period_in_days", cty.Number, cty.NumberIntVal(365))
	case "deletion_window_days":
		return attribute(values, "deletion_window_in_days", cty.Number, cty.NumberIntVal(30))
	case "has_deletion_window":
		return cty.BoolVal(r.Type != "aws_kms_key_policy")
	case "bypass_lockout_check":
		return attribute(values, "bypass_policy_lockout_safety_check", cty.Bool, cty.False)
	case "spec":
		return keySpec(values)
	case "tags":
		return tagFacts(values)
	}
	return cty.DynamicVal
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
