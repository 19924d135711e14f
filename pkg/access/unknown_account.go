package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// ownResources adds to a list of resources those that name a known account, where the one of the key, which is not known,
// may be that.
func (w *filler) ownResources(l, written *iam.List, excludes bool) *iam.List {
	if l == nil || !w.ownOpen || aws.AccountOf(w.subject.Resource) != w.subject.own() {
		return l
	}
	out := *l
	for _, v := range written.Items {
		id := AccountOf(v.S)
		if id == "" || !v.Known() || w.symbol(id) {
			continue
		}
		if w.matches(v, excludes) {
			one := v
			one.S = strings.Replace(v.S, id, w.subject.own(), 1)
			out.Items = append(slices.Clip(out.Items), one)
		}
		c := &w.choices[w.at[place{w.index, v.Start}]]
		c.refs = appendNew(c.refs, w.subject.accountName(w.subject.own()))
	}
	return &out
}

// accounts are those that the document names, none where all of them are known.
func (l *leaves) accounts() []account {
	if l.accountsRead {
		return l.accountsNamed
	}
	l.accountsRead = true
	w := filler{leaves: l}
	var all []account
	note := func(v iam.String) {
		id := AccountOf(w.fillAccounts(v.S))
		if id == "" {
			return
		}
		i := slices.IndexFunc(all, func(a account) bool { return a.id == id })
		if i < 0 {
			i, all = len(all), append(all, account{id: id})
		}
		if l.symbol(id) {
			all[i].refs = l.refs(all[i].refs, v.S)
		}
	}
	for _, id := range []string{l.subject.Account, aws.AccountOf(l.party)} {
		if id != "" && !slices.ContainsFunc(all, func(a account) bool { return a.id == id }) {
			all = append(all, account{id: id})
		}
	}
	for s := range l.doc.All() {
		for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
			for kind, v := range p.Values() {
				if kind.S != "Service" {
					note(v)
				}
			}
		}
		for k := range s.Conditions {
			if namesAccount(s.Conditions[k].Key.S) {
				for _, v := range s.Conditions[k].Values.Items {
					note(v)
				}
			}
		}
	}
	if slices.ContainsFunc(all, func(a account) bool { return l.symbol(a.id) }) {
		l.accountsNamed = all
	}
	return l.accountsNamed
}

// namesAccount says whether values of a condition key are, or hold, the account of a caller or of what calls for it.
func namesAccount(key string) bool {
	switch strings.ToLower(key) {
	case aws.KeyPrincipalAccount, aws.KeyCallerAccount, aws.KeyPrincipalArn, aws.KeySourceAccount, aws.KeySourceArn, aws.KeyVpceAccount:
		return true
	}
	return false
}

// perhapsEqual are a value's other readings where it matches more: accounts that are not known may be one, or a known one.
// written is the value as it stands in the document.
func (w *filler) perhapsEqual(written, v iam.String, excludes bool) []iam.String {
	id := AccountOf(v.S)
	if id == "" || len(w.accounts()) < 2 {
		return nil
	}
	mayBe := func(other string) bool {
		switch {
		case other == id:
			return true
		case !w.symbol(id) && !w.symbol(other), w.apart == [2]string{id, other}, w.apart == [2]string{other, id}:
			return false
		}
		return written.Known() || standsForAccount(other) || w.accountMayBe(written.S, other)
	}
	var out []iam.String
	var refs []string
	for _, other := range w.accounts() {
		if !mayBe(other.id) {
			continue
		}
		if other.id != id {
			one := v
			one.S = strings.Replace(v.S, id, other.id, 1)
			out = append(out, one)
		}
		refs = append(refs, other.refs...)
		if len(other.refs) == 0 && standsForAccount(other.id) {
			refs = append(refs, w.subject.accountName(other.id))
		}
	}
	if len(out) == 0 {
		return nil
	}
	if !w.matchesWith(written, excludes, refs) {
		return nil
	}
	return out
}

// accountMayBe says whether the account in a value that is not known in full may be a known one.
func (l *leaves) accountMayBe(s, id string) bool {
	part := AccountPart(s)
	parts := unknown.Parts(part)
	for _, p := range parts {
		if p.Hole < 0 || p.Hole < len(l.doc.Text.Holes) && !l.doc.Text.Holes[p.Hole].Kind.MayHold(":") {
			continue
		}
		if strings.HasSuffix(s, part) { // the rest of an ARN, or all of one, may be in there
			begin, _, _ := unknown.Edges(part)
			return strings.HasPrefix(id, begin)
		}
	}
	return unknown.MayEqual(l.numberedText(part), id)
}
