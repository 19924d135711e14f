package access

import (
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// Audience names whom a comparison asks about.
type Audience string

// The audiences of comparisons.
const (
	Strangers Audience = "stranger" // whoever makes a document public
	Services  Audience = "service"  // AWS services acting for strangers
	Others    Audience = "external" // named accounts and organizations that are not trusted
	Own       Audience = "own"      // principals of the own and the trusted accounts and organizations
	Direct    Audience = "direct"   // the same, without what whole accounts are given
	Partners  Audience = "partner"  // principals of the trusted accounts, without those of the own one
	Members   Audience = "member"   // principals of the trusted organizations
	Working   Audience = "working"  // AWS services acting for the own account
	Holders   Audience = "holder"   // whoever holds an identity policy
	Anyone    Audience = "anyone"   // all but whole accounts, which give none of their principals anything by themselves
)

// Widened finds a request of the audience that after allows and before did not: nil where there is none. A nil before
// allows nothing. What is not known before apply counts as letting nobody in, in both documents, so that only what is
// certain is called new; exact is false where the work budget ran out first.
func Widened(after, before *iam.Document, s Subject, who Audience) (witness *evaluate.Request, exact bool) {
	if after == nil || after.Opaque {
		return nil, true
	}
	s = s.complete(after)
	if before != nil && !before.Opaque {
		s = s.complete(before) // what only the other document refers to has one stand-in, too
	}
	if before == nil || before.Opaque {
		before = &iam.Document{}
	}
	w, q := widenedWith(after, before, s, who, nil, "")
	if w != nil || q.inexact == "" {
		return w, !q.work.Over()
	}
	// A comparison of two values that the caller has was made with one of them fixed: others are tried after it.
	for _, value := range append([]string{s.Account, s.Organization}, q.candidates()...) {
		if w, _ := widenedWith(after, before, s, who, q, value); w != nil {
			return w, true
		}
	}
	return nil, !q.work.Over()
}

// widenedWith is Widened with a value to try first for a key that is compared with another one, "" for none; it goes on with the
// work of a question.
func widenedWith(after, before *iam.Document, s Subject, who Audience, work *question, preferred string) (*evaluate.Request, *question) {
	same := &numbering{}
	q := newQuestion(closedWith(after, s, same), s)
	if q.preferred = preferred; work != nil {
		q.work = work.work
	}
	old := closedWith(before, s, same)
	q.also = compile(q.table, old.Statements)
	if who == Anyone || who == Direct {
		q.statements, q.also = directly(q.statements), directly(q.also)
		old = &iam.Document{Version: old.Version, Statements: written(q.also)}
	}
	q.collect(q.also) // so that nobody whom the old document names is a stranger to the new one
	for _, sh := range q.shapesOf(who) {
		if w := q.widened(sh, old); w != nil {
			return q.shown(w), q
		}
	}
	return nil, q
}

// closedWith is a document in which what is not known lets nobody in, numbered with another one.
func closedWith(doc *iam.Document, s Subject, n *numbering) *iam.Document {
	return leavesFor(doc, s, Party{}, false, n).world(nil)
}

func (q *question) shapesOf(who Audience) []*shape {
	switch who {
	case Strangers:
		return append(q.fromAccounts(audience{}), q.fromTokens(audience{}, true)...)
	case Services:
		return q.fromServices(audience{})
	case Others:
		return append(q.fromAccounts(audience{account: foreignAccount, org: anyOrg, net: anyNetwork}),
			q.fromAccounts(audience{org: foreignOrg, net: anyNetwork})...)
	case Own, Direct:
		if q.Organization != "" && len(q.TrustedAccounts)+len(q.trustedOrgs) == 0 {
			q.trustedOrgs = []string{q.Organization} // the own account is a member of it
			return q.fromAccounts(audience{account: trustedAccount, org: trustedOrg, net: anyNetwork})
		}
		own := q.fromAccounts(audience{account: trustedAccount, org: anyOrg, net: anyNetwork})
		if len(q.trustedOrgs) > 0 {
			own = append(own, q.fromAccounts(audience{org: trustedOrg, net: anyNetwork})...)
		}
		return own
	case Partners:
		q.trusted = q.TrustedAccounts
		return q.fromAccounts(audience{account: trustedAccount, org: anyOrg, net: anyNetwork})
	case Members:
		return q.fromAccounts(audience{org: trustedOrg, net: anyNetwork})
	case Working:
		return q.ownServices()
	case Holders:
		return q.holder(keyResource, false)
	}
	return q.everybody()
}

// widened looks for requests that the new document allows, and that no Allow of the old one matches or a Deny of it does.
func (q *question) widened(sh *shape, old *iam.Document) *evaluate.Request {
	sh.limit()
	allows, denies := sh.allows(q.statements, all(q.table)), sh.denies(q.statements)
	oldAllows, oldDenies := sh.allows(q.also, all(q.table)), sh.denies(q.also)
	var got *evaluate.Request
	s := &search{sh: sh, found: func(p *piece) bool {
		a := answer{piece: p, sh: sh}
		w := a.witness()
		if w == nil || sh.caller != holderCaller && (evaluate.Decide(q.doc, w) != evaluate.Allowed || evaluate.Decide(old, w) == evaluate.Allowed) {
			return false
		}
		got = w
		return true
	}}
	for _, b := range allows {
		p, ok := sh.begin(b)
		if !ok {
			continue
		}
		// The old Allows are cut off like Denies: what is left, the old document never allowed.
		if s.minus(p, append(denies[:len(denies):len(denies)], oldAllows...)) && got != nil {
			return got
		}
		for _, d := range oldDenies {
			// Or it lies inside of what the old document denied.
			if in, ok := sh.within(p, d); ok && s.minus(in, denies) && got != nil {
				return got
			}
		}
	}
	return nil
}

// within is the part of a piece that lies in a box.
func (sh *shape) within(p *piece, b *box) (*piece, bool) {
	in := p.with(p.actions & b.actions)
	if in.actions == 0 {
		return nil, false
	}
	for _, c := range b.where {
		next, ok := sh.and(in, c)
		if !ok {
			return nil, false
		}
		in = next
	}
	return in, true
}
