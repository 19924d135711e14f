package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// joint is what both sides let a party do. What rests on a tag of the party, or on a property of the key, that is not known
// is possible.
func (p *party) joint(doc *iam.Document, s access.Subject) (rows []access.Joined, more string) {
	rows, more = access.Joint(doc, s, p.Party)
	if slices.Contains(p.Whole, aws.Spelled(aws.KeyPrincipalTag)) && len(p.tags) > 0 {
		rows = append(rows, p.ifTagged(doc, s)...)
	}
	rows = slices.DeleteFunc(rows, func(r access.Joined) bool { return !ofItsAliases(r.Conditions, s) })
	for i := range rows {
		waits := resting(rows[i].Conditions, s)
		if slices.ContainsFunc(rows[i].Conditions, onTags) {
			waits = append(waits, p.tags...)
		}
		if _, told := p.Keys[aws.KeyUserID]; p.UniqueID == "" && !told && slices.ContainsFunc(rows[i].Conditions, access.NamesID) {
			waits = append(waits, p.called()+".unique_id")
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
	tagged.Whole = slices.DeleteFunc(slices.Clone(p.Whole), func(w string) bool { return strings.EqualFold(w, aws.KeyPrincipalTag) })
	rows, _ := access.Joint(doc, s, tagged)
	return slices.DeleteFunc(rows, func(r access.Joined) bool { return !slices.ContainsFunc(r.Conditions, onTags) })
}

func onTags(c access.RowCondition) bool {
	return strings.HasPrefix(strings.ToLower(c.Key), aws.KeyPrincipalTag)
}

// resting are the properties of the key or role that decide whether conditions hold: those that are known are in none any more.
func resting(conditions []access.RowCondition, s access.Subject) []string {
	var out []string
	for _, c := range conditions {
		if s.Kind != iam.Identity && (aws.OfTheKey(c.Key) || aws.OfAliases(c.Key) && !metByAlias(c, s)) {
			out = append(out, c.Key+" of "+s.Address)
		}
	}
	return out
}

// metByAlias says whether an alias that the key is known to have meets the condition: the caller may use any of them. One on all
// of them is about those that are made elsewhere, too.
func metByAlias(c access.RowCondition, s access.Subject) bool {
	if op, _ := iam.ParseOperator(c.Operator); op.Set == "all" {
		return false
	}
	for name, of := range s.Aliases {
		if meets, sure := meets(c, name); of == s.Address && meets && sure {
			return true
		}
	}
	holds, _ := c.Met(&evaluate.Request{}) // where there is no alias, the values do not matter
	return holds && aws.Single(c.Key)      // who calls the key by its id names none
}

// ofItsAliases says whether no alias of the key is one that a condition on all of them forbids.
func ofItsAliases(conditions []access.RowCondition, s access.Subject) bool {
	return !slices.ContainsFunc(conditions, func(c access.RowCondition) bool {
		if op, _ := iam.ParseOperator(c.Operator); !aws.OfAliases(c.Key) || op.Set != "all" {
			return false
		}
		for name, of := range s.Aliases {
			if meets, sure := meets(c, name); of == s.Address && !meets && sure {
				return true
			}
		}
		return false
	})
}

// meets says whether a request with that one alias meets the condition, and whether that is so whatever its unknown values are.
func meets(c access.RowCondition, alias string) (holds, sure bool) {
	v := evaluate.Values{All: []string{alias}, List: !aws.Single(c.Key)}
	holds, waits := c.Met(&evaluate.Request{Context: map[string]evaluate.Values{c.Key: v}})
	return holds, len(waits) == 0
}
