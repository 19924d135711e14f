package check

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// looked are the names of the roles and users that a plan's data sources look up, by their address.
func looked(plan *tf.Plan, o *Owners) map[string]unknown.Text {
	argument := map[string]string{"aws_iam_role": "name", "aws_iam_user": "user_name"}
	out := map[string]unknown.Text{}
	for _, list := range [][]*tf.Resource{plan.Resources, plan.Read} {
		for _, r := range list {
			if name := argument[r.Type]; name != "" && r.Mode == tf.Data {
				out[r.Address] = o.text(r.Text(name))
			}
		}
	}
	return out
}

// text is a text of the input.
func (o *Owners) text(t unknown.Text) unknown.Text {
	if o.number > 0 && len(t.Holes) > 0 {
		t.Holes = slices.Clone(t.Holes)
		for i := range t.Holes {
			t.Holes[i] = o.ofInput(t.Holes[i])
		}
	}
	return t
}

// namesOf are the names, with their path, of the plan's roles and users for whose name something stands in their ARN, by that ARN.
func namesOf(plan *tf.Plan, arns map[string]string, o *Owners) map[string]unknown.Text {
	out := map[string]unknown.Text{}
	for _, r := range plan.Resources {
		arn := arns[r.Identity()]
		of, ok := aws.ParseARN(arn)
		if r.Type != "aws_iam_role" && r.Type != "aws_iam_user" || !ok || !access.StandsIn(of.Resource) {
			continue
		}
		path, name := r.Text("path"), r.Text("name")
		if prefix, known := unknown.OpenString(r.After, "name_prefix"); known && unknown.HasHole(name.S) && len(name.Holes) == 1 && name.Holes[0].Of == r.Address {
			name.S = prefix + name.S
		}
		path.S = strings.TrimPrefix(path.S, "/")
		out[arn] = o.text(path.Then(name))
	}
	return out
}
