package access

import (
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// RowCondition is a condition as AWS spells it. Its values are alternatives, sorted.
type RowCondition struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Values   []string `json:"values"`
	// Refs are what the values refer to that are not known before apply, and are shown by that: by the index of the value, nil
	// where all of them are known.
	Refs map[int][]string `json:"-"`
}

// Met says whether a request meets the condition, and else what its unknown values refer to, where these decide.
func (c RowCondition) Met(req *evaluate.Request) (holds bool, waits []string) {
	op, _ := iam.ParseOperator(c.Operator)
	known := iam.Condition{Operator: iam.String{S: c.Operator, Set: true}, Key: iam.String{S: c.Key, Set: true}}
	for i, v := range c.Values {
		if refs := c.Refs[i]; len(refs) > 0 {
			waits = append(waits, refs...)
			continue
		}
		known.Values.Items = append(known.Values.Items, iam.String{S: v, Set: true})
	}
	holds = op.Negated
	if len(known.Values.Items) > 0 {
		holds = evaluate.Holds(&iam.Document{Version: iam.String{S: "2012-10-17", Set: true}}, &known, req)
	}
	if holds != op.Negated {
		waits = nil // a known value decides
	}
	return holds, waits
}
