package check

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Fact is one attribute that a rule's expressions may use.
type Fact struct {
	Name string
	Type cty.Type
	Doc  string
}

// Schema are the facts by the name of the object that holds them. Every rule has resource and settings; policy is there
// for policies, statement with each = "statement", key for keys and their policies, grant for grants.
var Schema = map[string][]Fact{
	"resource": {
		{"address", cty.String, "the full address of the instance"},
		{"type", cty.String, "the resource type, such as aws_kms_key"},
		{"name", cty.String, "the name of the block"},
		{"module", cty.String, "the address of the module instance, empty in the root module"},
	},
	"settings": {
		{"min_deletion_window_days", cty.Number, "the shortest deletion window that is accepted"},
		{"sources_alone", cty.Bool, "there is no plan, only sources"},
		{"account_known", cty.Bool, "the own account is known"},
	},
	"policy": {
		{"kind", cty.String, "key, trust, identity or grant"},
		{"attribute", cty.String, "the argument that holds the document"},
		{"verdict", cty.String, "the widest audience: public, service-open, external, external:org, network, federated, service, internal or none; of an identity policy broad, scoped or none; else invalid or unknown"},
		{"public", cty.Bool, "a stranger is let in; for a document that AWS would refuse, if it is taken literally"},
		{"undecided", cty.Bool, "a value that is not known before apply decides"},
		{"undecided_why", cty.String, "what it depends on, in words"},
		{"refused", cty.Bool, "AWS would refuse the document"},
		{"invalid", cty.Bool, "AWS would refuse the document, or ignore a part of it (Allow with NotPrincipal aside)"},
		{"problem", cty.String, "what is wrong with an invalid document, in words"},
		{"metadata_only", cty.Bool, "strangers can only describe and list"},
		{"federated_only", cty.Bool, "it is public only through an identity provider"},
		{"open_actions", cty.List(cty.String), "the actions that a stranger can use"},
		{"who", cty.String, "who is let in and how, in words"},
		{"explanation", cty.String, "which conditions and Deny statements do not keep the stranger out, in words"},
		{"locked_out", cty.Bool, "nobody of the own account keeps kms:PutKeyPolicy"},
		{"reachable", cty.Bool, "a stranger reaches the key through a role"},
		{"path", cty.String, "the way from a stranger through a role to the key, in words"},
		{"decrypts_all_keys", cty.Bool, "an identity policy allows kms:Decrypt or kms:ReEncryptFrom on all keys"},
		{"controls_all_keys", cty.Bool, "an identity policy allows control of all keys, such as kms:PutKeyPolicy"},
		{"uses_all_keys", cty.Bool, "an identity policy allows other use of all keys"},
		{"all_actions", cty.Bool, "an identity policy allows kms:* on some key"},
		{"all_keys_actions", cty.List(cty.String), "the actions that an identity policy allows on all keys"},
	},
	"statement": {
		{"sid", cty.String, "the Sid, empty where there is none"},
		{"index", cty.Number, "its number, from 0"},
		{"label", cty.String, "how messages name it"},
		{"external_accounts", cty.List(cty.String), "the untrusted accounts that it lets in without a condition"},
		{"loose_services", cty.List(cty.String), "of a key policy: the AWS services that it lets in with nothing that ties their calls down"},
		{"all_actions", cty.Bool, "of a key policy: it allows everything to somebody other than an account as a whole"},
		{"not_principal", cty.Bool, "it is an Allow with NotPrincipal"},
		{"broad_condition", cty.Bool, "of a key policy: a condition on who calls keeps no stranger out"},
		{"broad_why", cty.String, "which condition, and why, in words"},
	},
	"key": {
		{"can_rotate", cty.Bool, "AWS can rotate its material"},
		{"rotates", cty.Bool, "rotation is on"},
		{"rotation_period_days", cty.Number, "the days between rotations"},
		{"deletion_window_days", cty.Number, "the days before a deletion takes effect"},
		{"has_deletion_window", cty.Bool, "it is a resource that has a deletion window"},
		{"bypass_lockout_check", cty.Bool, "the lockout check is switched off"},
		{"spec", cty.String, "the key's spec, such as SYMMETRIC_DEFAULT"},
		{"tags", cty.Map(cty.String), "the tags"},
	},
	"grant": {
		{"external", cty.Bool, "the grantee is outside of the trusted accounts"},
		{"grantee", cty.String, "the grantee"},
		{"operations", cty.List(cty.String), "what is granted"},
	},
}

// objectType is the type of a fact object.
func objectType(facts []Fact) cty.Type {
	attrs := map[string]cty.Type{}
	for _, f := range facts {
		attrs[f.Name] = f.Type
	}
	return cty.Object(attrs)
}

// scopeNames are the objects that rules with the subject may use, in the order of the documentation.
func scopeNames(subject, each string) []string {
	names := []string{"resource", "settings"}
	switch subject {
	case "key":
		return append(names, "key")
	case "grant":
		return append(names, "grant")
	case "key policy":
		names = append(names, "policy", "key")
	default:
		names = append(names, "policy")
	}
	if each == "statement" {
		names = append(names, "statement")
	}
	return names
}

func scopeTypes(subject, each string) map[string]cty.Type {
	out := map[string]cty.Type{}
	for _, n := range scopeNames(subject, each) {
		out[n] = objectType(Schema[n])
	}
	return out
}

// functions are what expressions of rules may call.
func functions() map[string]function.Function {
	return map[string]function.Function{
		"length":          stdlib.LengthFunc,
		"contains":        stdlib.ContainsFunc,
		"join":            stdlib.JoinFunc,
		"format":          stdlib.FormatFunc,
		"lower":           stdlib.LowerFunc,
		"upper":           stdlib.UpperFunc,
		"lookup":          stdlib.LookupFunc,
		"coalesce":        stdlib.CoalesceFunc,
		"concat":          stdlib.ConcatFunc,
		"distinct":        stdlib.DistinctFunc,
		"keys":            stdlib.KeysFunc,
		"min":             stdlib.MinFunc,
		"max":             stdlib.MaxFunc,
		"regexall":        stdlib.RegexAllFunc,
		"replace":         stdlib.ReplaceFunc,
		"setintersection": stdlib.SetIntersectionFunc,
		"setsubtract":     stdlib.SetSubtractFunc,
		"toset":           stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"startswith":      affix(strings.HasPrefix),
		"endswith":        affix(strings.HasSuffix),
	}
}

// FunctionNames lists the functions of rule expressions.
func FunctionNames() []string {
	var names []string
	for n := range functions() {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func affix(has func(s, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: "part", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(has(args[0].AsString(), args[1].AsString())), nil
		},
	})
}
