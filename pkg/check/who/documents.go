package who

import (
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// anything is a policy that allows everything.
var anything = sync.OnceValue(func() *iam.Document {
	return iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
})

func actionsOfKeys() []string {
	var out []string
	for i := range aws.KeyActions {
		if aws.KeyActions[i].OnKey {
			out = append(out, aws.KeyActions[i].Name)
		}
	}
	return out
}

func everyone() *iam.Principals {
	return &iam.Principals{Entries: []iam.Entry{{Type: iam.String{S: "AWS", Set: true}, Values: iam.List{Items: []iam.String{{S: "*", Set: true}}}}}}
}

// everythingFor is a key policy that leaves everything to accounts' own policies.
func everythingFor() *iam.Document {
	d := *anything()
	d.Statements = slices.Clone(d.Statements)
	for i := range d.Statements {
		d.Statements[i].Principal = &iam.Principals{Entries: []iam.Entry{{Type: iam.String{S: "AWS", Set: true}, Values: iam.List{Items: []iam.String{{S: strings.Repeat("?", 12), Set: true}}}}}}
	}
	return &d
}

// only are the statements of one effect, and one more.
func only(doc *iam.Document, effect string, and *iam.Statement) *iam.Document {
	out := *doc
	out.Statements = nil
	for i := range doc.Statements {
		if s := &doc.Statements[i]; s.Effect.S == effect || s == and {
			out.Statements = append(out.Statements, *s)
		}
	}
	return &out
}

// anyones is a policy that lets everyone do everything.
func anyones() *iam.Document {
	d := *anything()
	d.Statements = slices.Clone(d.Statements)
	for i := range d.Statements {
		d.Statements[i].Principal = everyone()
	}
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

// without is a policy that does not name some principals, be they let in or exempt.
func without(doc *iam.Document, arns map[string]bool) *iam.Document {
	others := func(p *iam.Principals) *iam.Principals {
		if p == nil {
			return nil
		}
		out := *p
		out.Entries = slices.Clone(p.Entries)
		for i := range out.Entries {
			list := &out.Entries[i].Values
			list.Items = slices.DeleteFunc(slices.Clone(list.Items), func(v iam.String) bool { return arns[v.S] })
		}
		return &out
	}
	out := *doc
	out.Statements = slices.Clone(doc.Statements)
	for i := range out.Statements {
		s := &out.Statements[i]
		s.Principal, s.NotPrincipal = others(s.Principal), others(s.NotPrincipal)
	}
	return &out
}
