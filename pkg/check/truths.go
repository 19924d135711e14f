package check

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// maxTruths is how many unknown values are read as true and as false.
const maxTruths = 3

// eachTruth is a document with every unknown value of a Bool or Null condition as true and as false, the same one wherever it is
// compared: it can be nothing else. Without such values it is nil.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
func eachTruth(d *iam.Document) []*iam.Document {
	var values []unknown.Symbol
	inTruths(d, func(v iam.String, u unknown.Symbol) iam.String {
		if !slices.Contains(values, u) {
			values = append(values, u)
		}
		return v
	})
	if len(values) == 0 || len(values) > maxTruths {
		return nil
	}
	out := []*iam.Document{d}
	for _, value := range values {
		var next []*iam.Document
		for _, d := range out {
			for _, truth := range []string{"true", "false"} {
				next = append(next, inTruths(d, func(v iam.String, u unknown.Symbol) iam.String {
					if u == value {
						v.S, v.Bare = truth, false
					}
					return v
				}))
			}
		}
		out = next
	}
	return out
}

// inTruths is a document with other values in place of the unknown ones under Bool and Null. What may as well be a list is taken in
// an Allow only: there a list lets in whom one of its values does.
func inTruths(d *iam.Document, other func(iam.String, unknown.Symbol) iam.String) *iam.Document {
	out := *d
	out.Statements = slices.Clone(d.Statements)
	for s := range out.All() {
		s.Conditions = slices.Clone(s.Conditions)
		for k := range s.Conditions {
			c := &s.Conditions[k]
			if op, ok := iam.ParseOperator(c.Operator.S); !ok || op.Name != "bool" && op.Name != "null" {
				continue
			}
			c.Values.Items = slices.Clone(c.Values.Items)
			for n, v := range c.Values.Items {
				hole, whole := unknown.OneHole(v.S)
				if whole && hole < len(d.Text.Holes) && d.Text.Holes[hole].Ref != "" && (!v.Bare || s.Effect.S == "Allow") {
					c.Values.Items[n] = other(v, d.Text.Holes[hole])
				}
			}
		}
	}
	return &out
}
