package access

import (
	"cmp"
	"maps"
	"slices"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// namedAccount is an account, with a statement that has no principals but those of it: what a list of many accounts says
// of one takes one look, not a look at all of them.
type namedAccount struct {
	id    string
	alone *statement
}

// namedAccounts are the accounts in the principals of a statement.
func namedAccounts(st *statement) []namedAccount {
	var out []namedAccount
	at := map[string]int{}
	for kind, v := range st.Principal.Values() {
		account := AccountOf(v.S)
		if kind.S != "AWS" || account == "" {
			continue
		}
		i, ok := at[account]
		if !ok {
			i, at[account] = len(out), len(out)
			out = append(out, namedAccount{account, st.naming(&iam.Principals{Entries: []iam.Entry{{Type: kind}}})})
		}
		values := &out[i].alone.Principal.Entries[0].Values
		values.Items = append(values.Items, v)
	}
	return out
}

// perAccount is what it takes to look at an account at all, in units of work.
const perAccount = 2000

// elsewhere are the symbols of accounts in principals that are neither the own one nor trusted, whatever the document leaves
// unknown; false for one that is new and may be the one that the configuration trusts.
func (l *leaves) elsewhere() map[string]bool {
	ids := l.subject.TrustedAccounts
	if own := l.subject.Account; own != "" && !standsForAccount(own) {
		ids = append(slices.Clip(ids), own)
	}
	out, not := map[string]bool{}, map[string]bool{}
	w := filler{leaves: l}
	l.eachText(func(v iam.String) {
		id := cmp.Or(AccountOf(w.fillAccounts(v.S)), w.partlyKnown(v.S))
		hole, whole := unknown.OneHole(AccountPart(v.S))
		switch {
		case whole && l.isNewAccount(hole):
			out[id] = len(l.subject.TrustedAccounts) == 0
		case whole || slices.ContainsFunc(ids, func(id string) bool { return l.accountMayBe(v.S, id) }):
			not[id] = true
		default:
			out[id] = true
		}
	})
	maps.DeleteFunc(out, func(id string, _ bool) bool { return not[id] })
	return out
}

// isNewAccount says whether an unknown value is the id of an account that the configuration adds to its organization. Where the
// own account is not known it may be that.
func (l *leaves) isNewAccount(hole int) bool {
	own := l.subject.Account
	return own != "" && !standsForAccount(own) && len(l.subject.TrustedOrganizations) == 0 && hole < len(l.doc.Text.Holes) && l.doc.Text.Holes[hole].NewAccount()
}

// externalAccounts are the untrusted accounts that the only Allow statement names and lets in, where its conditions keep
// none of the principals out that it names of the account: those that are known, and of the others those that are elsewhere. A
// document that is longer than AWS accepts may name more than there is time for.
func (q *question) externalAccounts(st *statement, elsewhere map[string]bool) []string {
	const most = 10 * fullBudget
	var out []string
	spent := 0
	for _, a := range namedAccounts(st) {
		if spent > most {
			break
		}
		if _, surely := elsewhere[a.id]; slices.Contains(q.trusted, a.id) || standsForAccount(a.id) && !surely {
			continue
		}
		one := *q.only(a.alone)
		one.foreign = []string{a.id}
		one.langs = map[string]*sets.Language{}
		shapes := func() []*shape {
			return one.fromAccounts(audience{account: foreignAccount, org: anyOrg, net: anyNetwork})
		}
		if one.ask(shapes(), all(q.table)).piece != nil && !one.keepsOut(a.alone, shapes()) {
			out = append(out, a.id)
		}
		spent += perAccount + fullBudget - one.work.Left
	}
	return out
}

// keepsOut says whether the conditions of a statement, taken together, keep out any request of the shapes that the rest
// of the statement lets in; also where that cannot be told. Sessions of GetFederationToken do not count: the user who made
// one may call without it.
func (q *question) keepsOut(st *statement, shapes []*shape) bool {
	bare := *st
	bare.conditions = nil
	binding := *st
	binding.conditions = slices.DeleteFunc(slices.Clone(st.conditions), q.omitted)
	for _, sh := range shapes {
		sh.limit()
		if i := sh.callerDim(); sh.as == nil {
			sh.dims[i].members = append(sh.dims[i].members, sets.Member{In: federatedUsers, Not: true})
		}
		whole, ok := sh.box(&bare)
		if !ok {
			continue
		}
		limited, holds := sh.box(&binding)
		rest, ok := sh.begin(whole)
		if !ok {
			continue
		}
		if !holds {
			return true
		}
		kept := false
		s := &search{sh: sh, found: func(*piece) bool {
			kept = true
			return true
		}}
		s.minus(rest, []*box{limited})
		if kept || q.work.Over() || q.inexact != "" {
			return true
		}
	}
	return false
}

// omitted says whether a condition holds for whoever leaves its key away, which is the caller's choice.
func (q *question) omitted(c condition) bool {
	return c.valid && c.absent && aws.Chosen(c.key) && aws.Has(c.key, aws.Form{}) == aws.Perhaps && !aws.ByPrincipal(c.key)
}

// EveryService stands for the services that a statement lets in without naming one: those of everybody, where it or a Deny keeps
// strangers themselves out.
const EveryService = "every AWS service"

// looseServices are the services that a statement lets use the key for a stranger's resources. Reading about the key is
// no use of it.
func (q *question) looseServices(st *statement) []string {
	if st.Principal == nil {
		return nil
	}
	using := filter(q.table, func(a aws.Action) bool { return a.Class > aws.Metadata })
	var out []string
	if letsInAll(st.Principal) {
		everybody := q.only(st)
		if everybody.ask(everybody.fromAccounts(audience{}), using).piece == nil {
			everybody.owned = true
			if everybody.ask(everybody.fromServices(audience{}), using).piece != nil {
				return []string{EveryService}
			}
		}
	}
	for _, e := range st.Principal.Entries {
		if e.Type.S != "Service" {
			continue
		}
		for _, v := range e.Values.Items {
			one := q.only(st.naming(&iam.Principals{Entries: []iam.Entry{{Type: e.Type, Values: iam.List{Items: []iam.String{v}}}}}))
			one.owned = true
			if one.ask(one.fromServices(audience{}), using).piece != nil {
				out = appendNew(out, v.S)
			}
		}
	}
	return out
}
