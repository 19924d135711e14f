package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// joint is what both sides let a party do. What rests on a tag of the party, or on a property of the key, that is not known
// is possible.
func (p *party) joint(doc *iam.Document, s access.Subject) (rows []access.Joined, more string) {
	rows, more = access.Joint(doc, s, p.Party)
	if slices.Contains(p.Whole, principalTags) && len(p.tags) > 0 {
		rows = append(rows, p.ifTagged(doc, s)...)
	}
	for i := range rows {
		waits := resting(rows[i].Conditions, s)
		if slices.ContainsFunc(rows[i].Conditions, onTags) {
			waits = append(waits, p.tags...)
		}
		if r := &rows[i]; len(waits) > 0 {
			r.Possible, r.Witness, r.DependsOn = true, nil, slices.Concat(r.DependsOn, waits)
		}
	}
	return rows, more
}

// ifTagged is what sessions of the party may do besides if whoever makes one may give it tags.
func (p *party) ifTagged(doc *iam.Document, s access.Subject) []access.Joined {
	tagged := p.Party
	tagged.Whole = slices.DeleteFunc(slices.Clone(p.Whole), func(w string) bool { return w == principalTags })
	rows, _ := access.Joint(doc, s, tagged)
	return slices.DeleteFunc(rows, func(r access.Joined) bool { return !slices.ContainsFunc(r.Conditions, onTags) })
}

const principalTags = "aws:PrincipalTag/"

func onTags(c access.RowCondition) bool {
	return strings.HasPrefix(strings.ToLower(c.Key), strings.ToLower(principalTags))
}

// resting are the properties of the key or role that decide whether conditions hold: those that are known are in none any more.
func resting(conditions []access.RowCondition, s access.Subject) []string {
	var out []string
	for _, c := range conditions {
		if s.Kind != iam.Identity && aws.OfTheKey(c.Key) {
			out = append(out, c.Key+" of "+s.Address)
		}
	}
	return out
}
