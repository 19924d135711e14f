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

// agreed are the rows of the documents that the key's policy may be: what all of them have is there.
func (k *key) agreed(rowsOf func(document) []*row) []*row {
	var all [][]*row
	for _, d := range k.docs {
		all = append(all, rowsOf(d))
	}
	if len(all) == 1 {
		return all[0]
	}
	var depends []string
	for _, d := range k.docs {
		depends = append(append(depends, d.doc.Text.DependsOn...), check.LinkDepends(d.policy)...)
	}
	if len(depends) == 0 {
		depends = append(depends, k.address+".policy")
	}
	type whole struct {
		rowID
		rest string
	}
	name := func(r *row) whole { return whole{r.id(), r.via + r.terms() + strings.Join(r.actions, ",")} }
	count := map[whole]int{}
	for _, list := range all {
		for _, r := range list {
			count[name(r)]++
		}
	}
	seen := map[whole]bool{}
	var out []*row
	for _, list := range all {
		for _, r := range list {
			n := name(r)
			if seen[n] {
				continue
			}
			seen[n] = true
			if count[n] < len(all) {
				r.possible, r.witness = true, nil
				r.dependsOn = append(r.dependsOn, depends...)
			}
			out = append(out, r)
		}
	}
	return out
}
