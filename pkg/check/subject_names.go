package check

import (
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// namesOf are the names, with their path, of the plan's roles and users for whose name something stands in their ARN, by that ARN.
func namesOf(plan *tf.Plan, arns map[string]string) map[string]unknown.Text {
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
		out[arn] = path.Then(name)
	}
	return out
}
