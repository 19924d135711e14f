package iam

import "strings"

// Operator is a condition operator, taken apart.
type Operator struct {
	// Name is the comparison in lower case, without prefix, suffix and negation: "stringlike". ArnEquals is "arnlike",
	// because the two are the same.
	Name     string
	Negated  bool
	IfExists bool
	// Set is "all" for ForAllValues, "any" for ForAnyValue, "" for neither.
	Set string
}

// ParseOperator reads the name of an operator, without regard to case. It returns false for names that AWS does not have.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func ParseOperator(name string) (Operator, bool) {
	var op Operator
	n := strings.ToLower(name)
	if rest, ok := strings.CutPrefix(n, "forallvalues:"); ok {
		op.Set, n = "all", rest
	} else if rest, ok := strings.CutPrefix(n, "foranyvalue:"); ok {
		op.Set, n = "any", rest
	}
	if rest, ok := strings.CutSuffix(n, "ifexists"); ok && rest != "null" {
		op.IfExists, n = true, rest
	}
	if positive, ok := negations[n]; ok {
		op.Negated, n = true, positive
	}
	switch n {
	case "arnequals":
		n = "arnlike"
	case "null", "bool", "stringequals", "stringequalsignorecase", "stringlike", "arnlike", "ipaddress", "binaryequals",
		"numericequals", "numericlessthan", "numericlessthanequals", "numericgreaterthan", "numericgreaterthanequals",
		"dateequals", "datelessthan", "datelessthanequals", "dategreaterthan", "dategreaterthanequals":
	default:
		return Operator{}, false
	}
	op.Name = n
	return op, true
}

var negations = map[string]string{
	"stringnotequals":           "stringequals",
	"stringnotequalsignorecase": "stringequalsignorecase",
	"stringnotlike":             "stringlike",
	"arnnotequals":              "arnlike",
	"arnnotlike":                "arnlike",
	"notipaddress":              "ipaddress",
	"numericnotequals":          "numericequals",
	"datenotequals":             "dateequals",
}
