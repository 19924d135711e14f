package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Schema are the facts by the name of the object that holds them. Every rule has resource and settings; policy is there
// for policies, statement with each = "statement", key for keys and their policies, grant for grants.
var Schema = map[string][]Fact{
	"resource":  resourceFacts(),
	"settings":  settings(),
	"policy":    policyFacts(),
	"statement": statementFacts(),
	"key":       keyFacts(),
	"grant":     grantFacts(),
	"access":    accessFacts(),
}

// fact finds a fact of an object by its name.
func fact(object, name string) *Fact {
	facts := Schema[object]
	if i := slices.IndexFunc(facts, func(f Fact) bool { return f.Name == name }); i >= 0 {
		return &facts[i]
	}
	return nil
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
	if subject == "access" {
		return []string{"access"}
	}
	names := []string{"resource", "settings"}
	switch subject {
	case "resource":
		return names
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

// wording are the functions of messages: there join names the first of a long list.
func wording() map[string]function.Function {
	out := functions()
	out["join"] = joinFirst()
	return out
}

func joinFirst() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "separator", Type: cty.String}, {Name: "list", Type: cty.List(cty.String)}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			list := args[1]
			more := list.LengthInt() - mostJoined
			if more <= 0 {
				return stdlib.Join(args[0], list)
			}
			few, err := stdlib.Join(args[0], cty.ListVal(list.AsValueSlice()[:mostJoined]))
			if err != nil {
				return few, err
			}
			return cty.StringVal(fmt.Sprintf("%s, and %d more", few.AsString(), more)), nil
		},
	})
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
