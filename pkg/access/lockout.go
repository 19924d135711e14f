package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// LockedOut says whether nobody of the own account keeps kms:PutKeyPolicy, in whichever way the unknown parts turn out.
// It is false where the own account is not known.
func LockedOut(doc *iam.Document, s Subject) bool {
	if s.Account == "" && !refersToOwn(doc) || doc.Opaque || s.Kind != iam.Key {
		return false
	}
	readings, all := s.readings(doc)
	if !all || slices.ContainsFunc(readings, func(r Subject) bool { return !r.lockedOut(doc) }) {
		return false
	}
	if s.Account != "" {
		return true
	}
	for _, account := range accountsLetIn(doc) {
		s.Account = account
		if !s.lockedOut(doc) {
			return false
		}
	}
	return true
}

// accountsLetIn are the accounts that a key policy may let in: any of them may be the own one where that is not known.
func accountsLetIn(doc *iam.Document) []string {
	var out []string
	for i := range doc.Statements {
		for _, v := range doc.Statements[i].Principal.Values() {
			if account := AccountOf(v.S); account != "" {
				out = appendNew(out, account)
			}
		}
	}
	for _, key := range []string{aws.KeyPrincipalAccount, aws.KeyCallerAccount, aws.KeySourceAccount} {
		out = appendAllNew(out, valuesNamed(doc, key, accountIDs))
	}
	for _, arn := range valuesNamed(doc, aws.KeyPrincipalArn, accountARNs) {
		if account := aws.AccountOf(arn); account != "" {
			out = appendNew(out, account)
		}
	}
	return out
}

func (s Subject) lockedOut(doc *iam.Document) bool {
	if s.rootStays(doc) {
		return false
	}
	l := findLeaves(doc, s)
	l.account = s.Account // the account that a principal leaves open may be the own one
	q := newQuestion(l.world(l.every(true)), s)
	q.trusted = []string{s.Account}
	put := named(keyActions, "kms:PutKeyPolicy")
	a := q.ask(q.fromAccounts(audience{account: trustedAccount, org: anyOrg, net: anyNetwork}), put)
	return a.piece == nil && !q.work.Over() && q.inexact == ""
}

// rootStays says whether a statement without conditions gives the root of the account everything, and nothing is denied:
// most key policies begin like that, and need no further look.
func (s Subject) rootStays(doc *iam.Document) bool {
	root := false
	for st := range doc.All() {
		if st.Effect.S != "Allow" || st.Hole != "" {
			return false
		}
		if len(st.Conditions) > 0 || st.Principal == nil || st.Action == nil || st.Resource == nil || len(st.Resource.Items) != 1 || st.Resource.Items[0].S != "*" {
			continue
		}
		all := slices.ContainsFunc(st.Action.Items, func(a iam.String) bool { return strings.EqualFold(a.S, "kms:*") })
		root = root || all && slices.ContainsFunc(st.Principal.Entries, func(e iam.Entry) bool {
			return e.Type.S == "AWS" && slices.ContainsFunc(e.Values.Items, func(v iam.String) bool {
				arn, ok := aws.ParseARN(v.S)
				return ok && arn.Account == s.Account && arn.Resource == "root" && (s.Partition == "" || arn.Partition == s.Partition)
			})
		})
	}
	return root
}

func refersToOwn(doc *iam.Document) bool {
	return Subject{}.complete(doc).Account != ""
}
