package access

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Fences are those of the conditions on where a call comes from that keep strangers out of a row: they choose no network of
// somebody else's. It is nil where strangers meet them.
func (s Subject) Fences(conditions []RowCondition) []RowCondition {
	var on []RowCondition
	for _, c := range conditions {
		if info, _ := aws.Describe(aws.Lower(c.Key)); info.Tells == aws.Network {
			on = append(on, c)
		}
	}
	if len(on) == 0 {
		return nil
	}
	one := everythingAllowed()
	var holes unknown.Holes
	for i, c := range on {
		condition := c.late(&holes)
		for k := range condition.Values.Items {
			condition.Values.Items[k].Start += i * 1000 // tells places apart
		}
		one.Conditions = append(one.Conditions, condition)
	}
	doc := documentOf(one)
	doc.Text.Holes = holes.All()
	if s.Kind = iam.Key; Analyze(doc, s).Public != No {
		return nil
	}
	return slices.Clip(on)
}
