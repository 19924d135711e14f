package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/iam"
)

func actionsOfKeys() []string {
	var out []string
	for i := range aws.KeyActions {
		if aws.KeyActions[i].OnKey {
			out = append(out, aws.KeyActions[i].Name)
		}
	}
	return out
}

func principals(name string) *iam.Principals {
	return &iam.Principals{Entries: []iam.Entry{{Type: iam.String{S: "AWS", Set: true}, Values: iam.List{Items: []iam.String{{S: name, Set: true}}}}}}
}

// everythingFor is a key policy that leaves everything to accounts' own policies.
func everythingFor() *iam.Document { return lettingIn(strings.Repeat("?", 12)) }

// anyones is a policy that lets everyone do everything.
func anyones() *iam.Document { return lettingIn("*") }

func lettingIn(name string) *iam.Document {
	d := *check.Anything()
	d.Statements = slices.Clone(d.Statements)
	d.Statements[0].Principal = principals(name)
	return &d
}

// under is a policy whose statements have these conditions alone.
func under(doc *iam.Document, conditions []access.RowCondition) *iam.Document {
	var all []iam.Condition
	for _, c := range conditions {
		all = append(all, c.Condition())
	}
	out := *doc
	out.Statements = slices.Clone(doc.Statements)
	for i := range out.Statements {
		out.Statements[i].Conditions = all
	}
	return &out
}
