package access

import (
	"cmp"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// An account that is not known is a symbol for each provider configuration. Two such are perhaps one, and one is perhaps an
// account that is known.

// own is the symbol of the own account where its id is not known.
func (s Subject) own() string { return cmp.Or(s.OwnSymbol, ownAccountStandIn) }

// account is the account of the key or role, or its symbol.
func (s Subject) account() string {
	if id := aws.AccountOf(s.Resource); id != "" && !standsForAccount(id) {
		return id
	}
	return cmp.Or(s.Account, s.own())
}

// accountName is what an account is called that may not be known.
func (s Subject) accountName(id string) string {
	switch name := s.AccountNames[id]; {
	case name != "":
		return name
	case standsForAccount(id):
		return "the own account"
	}
	return "account " + id
}

// inEachAccount is [Joint] where it is not known whether the account of the party and that of the key are two or one: what both
// readings say is certain. It says nothing where that is known.
func inEachAccount(doc *iam.Document, s Subject, p Party) (rows []Joined, more string, open bool) {
	theirs, ours := aws.AccountOf(p.ARN), s.account()
	if theirs == "" || theirs == ours || p.apart != [2]string{} || !standsForAccount(theirs) && !standsForAccount(ours) {
		return nil, "", false
	}
	two := p
	two.apart = [2]string{theirs, ours}
	apart, more := Joint(doc, s, two)
	one := s
	if one.unite = [2]string{theirs, ours}; !standsForAccount(theirs) {
		one.unite = [2]string{ours, theirs}
		one.Account, one.Resource = theirs, one.united(s.Resource)
	}
	p.ARN = one.united(p.ARN)
	together, _ := Joint(doc, one, p)
	var depends []string
	for _, id := range []string{theirs, ours} {
		if standsForAccount(id) {
			depends = append(depends, s.accountName(id))
		}
	}
	anyWay := func(*Joined, *Joined) bool { return true }
	return inEvery([][]Joined{apart, together}, depends, joinedRow, anyWay), more, true
}

// united is a text in the reading in which two accounts are one.
func (s Subject) united(text string) string {
	if s.unite[0] == "" {
		return text
	}
	return strings.ReplaceAll(text, s.unite[0], s.unite[1])
}
