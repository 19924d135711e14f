package iam

import (
	"slices"
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
	op, ok := operators()[name]
	if !ok {
		op, ok = operators()[strings.ToLower(name)]
	}
	return op, ok
}

// operators are all that there are, by their names in AWS's spelling, which documents rarely differ from, and in lower case.
var operators = sync.OnceValue(func() map[string]Operator {
	out := map[string]Operator{}
	add := func(op Operator) {
		for _, name := range []string{op.String(), strings.Replace(op.String(), "Like", "Equals", 1)} {
			if name == op.String() || op.Name == "arnlike" {
				out[name], out[strings.ToLower(name)] = op, op
			}
		}
	}
	for name := range operatorNames {
		for _, set := range []string{"", "all", "any"} {
			for _, exists := range []bool{false, true} {
				if exists && name == "null" {
					continue
				}
				add(Operator{Name: name, IfExists: exists, Set: set})
				if slices.Contains(negated, name) {
					add(Operator{Name: name, Negated: true, IfExists: exists, Set: set})
				}
			}
		}
	}
	return out
})

// negated are the operators that there are with Not, too.
var negated = []string{"stringequals", "stringequalsignorecase", "stringlike", "arnlike", "ipaddress", "numericequals", "dateequals"}

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
