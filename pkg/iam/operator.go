package iam

import (
	"strings"
	"sync"
)

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
	if op, ok := spelledOperators()[name]; ok {
		return op, true
	}
	return parseOperator(name)
}

// spelledOperators are the operators in AWS's spelling: documents rarely have another one.
var spelledOperators = sync.OnceValue(func() map[string]Operator {
	out := map[string]Operator{}
	for name := range operatorNames {
		for _, negated := range []bool{false, true} {
			for _, exists := range []bool{false, true} {
				for _, set := range []string{"", "all", "any"} {
					spelled := Operator{name, negated, exists, set}.String()
					if op, ok := parseOperator(spelled); ok {
						out[spelled] = op
					}
				}
			}
		}
	}
	return out
})

func parseOperator(name string) (Operator, bool) {
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
	if n == "arnequals" {
		n = "arnlike"
	}
	if _, ok := operatorNames[n]; !ok {
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

// String is the name of the operator as AWS writes it.
func (op Operator) String() string {
	var b strings.Builder
	switch op.Set {
	case "all":
		b.WriteString("ForAllValues:")
	case "any":
		b.WriteString("ForAnyValue:")
	}
	name := operatorNames[op.Name]
	switch {
	case op.Negated && name == "IpAddress":
		name = "NotIpAddress"
	case op.Negated:
		for _, head := range []string{"String", "Arn", "Numeric", "Date"} {
			if rest, ok := strings.CutPrefix(name, head); ok {
				name = head + "Not" + rest
				break
			}
		}
	}
	b.WriteString(name)
	if op.IfExists {
		b.WriteString("IfExists")
	}
	return b.String()
}

// operatorNames are the operators as AWS writes them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operatorNames = map[string]string{
	"null": "Null", "bool": "Bool", "stringequals": "StringEquals", "stringequalsignorecase": "StringEqualsIgnoreCase",
	"stringlike": "StringLike", "arnlike": "ArnLike", "ipaddress": "IpAddress", "binaryequals": "BinaryEquals",
	"numericequals": "NumericEquals", "numericlessthan": "NumericLessThan", "numericlessthanequals": "NumericLessThanEquals",
	"numericgreaterthan": "NumericGreaterThan", "numericgreaterthanequals": "NumericGreaterThanEquals",
	"dateequals": "DateEquals", "datelessthan": "DateLessThan", "datelessthanequals": "DateLessThanEquals",
	"dategreaterthan": "DateGreaterThan", "dategreaterthanequals": "DateGreaterThanEquals",
}
