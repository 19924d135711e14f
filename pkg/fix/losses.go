package fix

import (
	"slices"
	"strconv"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// losses say what principals lose that are no strangers: for good, and what they need an IAM policy for from then on.
func (s *search) losses(after *iam.Document) (lost, delegated []string) {
	if after == nil {
		return nil, nil
	}
	if s.kind() == "identity" {
		return s.holderLosses(after), nil
	}
	own := s.Subject
	own.TrustedAccounts, own.TrustedOrganizations = nil, nil
	var told []string
	for _, subject := range []access.Subject{own, s.Subject} {
		w, exact := access.Widened(s.Doc, after, subject, access.Own)
		if !exact {
			return append(lost, "what it takes from the own account could not be decided within the work budget"), nil
		}
		if w != nil && !slices.Contains(told, s.loser(w)) {
			told = append(told, s.loser(w))
			lost = append(lost, s.loser(w)+s.others(w)+" may no longer call "+s.actions(w, after)+circumstances(w))
		}
	}
	if s.kind() == "trust" {
		return lost, nil
	}
	for _, subject := range []access.Subject{own, s.Subject} {
		if w, _ := access.Widened(s.Doc, after, subject, access.Direct); w != nil && !slices.Contains(told, s.loser(w)) {
			told = append(told, s.loser(w))
			delegated = append(delegated, s.loser(w)+" may call "+s.actions(w, withoutRoots(after))+circumstances(w)+" only where an IAM policy allows it")
		}
	}
	return lost, delegated
}

// maxLosers bounds how many sentences name who loses what.
const maxLosers = 4

// losers name the roles and users of the plan that lose access through the policy, and what they lose: none where nobody does
// who is trusted.
func (s *search) losers(p *proved, after *Outcome) (out []string) {
	if after.Lost == nil || len(p.loses)+len(p.delegated) == 0 {
		return nil
	}
	type loss struct{ who, key string }
	var order []loss
	actions := map[loss][]string{}
	for _, a := range after.Lost() {
		if a.Who.Address == "" || !slices.ContainsFunc(a.Through, func(t finding.Through) bool { return t.Address == s.Resource.Address }) {
			continue
		}
		l := loss{a.Who.Address + " may no longer call ", a.Key}
		if a.Certainty == finding.Possible {
			l.who = a.Who.Address + " perhaps may no longer call "
		}
		if actions[l] == nil {
			order = append(order, l)
		}
		actions[l] = append(actions[l], a.Actions...)
	}
	for i, l := range order {
		if i == maxLosers {
			return append(out, "so it is for "+itoa(len(order)-i)+" more pairs of a role or user and a key")
		}
		out = append(out, l.who+shortened(actions[l])+" on "+l.key)
	}
	return out
}

// actions say what the caller of a request loses, in the circumstances of that request: its own action first.
func (s *search) actions(w *evaluate.Request, after *iam.Document) string {
	if s.kind() != "key" {
		return w.Action
	}
	if strings.Contains(w.Principal, "*") || len(s.Doc.Text.Holes)+len(after.Text.Holes) > 0 {
		return "actions such as " + w.Action // only the engine reads what is not known
	}
	out := []string{w.Action}
	for _, a := range aws.KeyActions {
		one := *w
		one.Action = a.Name
		if a.OnKey && a.Name != w.Action && evaluate.Decide(s.Doc, &one) == evaluate.Allowed && evaluate.Decide(after, &one) != evaluate.Allowed {
			out = append(out, a.Name)
		}
	}
	return shortened(out)
}

// withoutRoots is a document without what it gives whole accounts.
func withoutRoots(doc *iam.Document) *iam.Document {
	out := *doc
	out.Statements = slices.DeleteFunc(slices.Clone(doc.Statements), func(st iam.Statement) bool {
		return st.Effect.S == "Allow" && st.Principal != nil && !st.Principal.Text.Set && !slices.ContainsFunc(st.Principal.Entries, func(e iam.Entry) bool {
			return e.Type.S != "AWS" || slices.ContainsFunc(e.Values.Items, func(v iam.String) bool {
				return !aws.IsAccountID(v.S) && !strings.HasSuffix(v.S, ":root")
			})
		})
	})
	return &out
}

// shortened are the first of some names, and how many more there are.
func shortened(names []string) string {
	const most = 4
	if len(names) <= most {
		return joined(names)
	}
	return strings.Join(names[:most-1], ", ") + " and " + itoa(len(names)-most+1) + " more"
}

// loser is the principal of a request for people.
func (s *search) loser(w *evaluate.Request) string {
	account := accountOf(w.Principal)
	switch {
	case w.Principal == "" || w.Principal == "*":
		return "a principal of the own account"
	case !strings.HasSuffix(w.Principal, "/stranger") && (account == s.Subject.Account || slices.Contains(s.Subject.TrustedAccounts, account) || account == ""):
		return w.Principal
	case account == s.Subject.Account || account == "":
		return "a principal of the own account"
	case slices.Contains(s.Subject.TrustedAccounts, account):
		return "a principal of the trusted account " + account
	}
	return "a principal of the trusted organization"
}

// others says that other trusted accounts may lose what one of them does.
func (s *search) others(w *evaluate.Request) string {
	if len(s.Subject.TrustedAccounts) < 2 || !slices.Contains(s.Subject.TrustedAccounts, accountOf(w.Principal)) {
		return ""
	}
	return ", and perhaps others of the " + strconv.Itoa(len(s.Subject.TrustedAccounts)) + " trusted accounts,"
}

// circumstances are what else the request holds, in short.
func circumstances(w *evaluate.Request) string {
	var keys []string
	for k := range w.Context {
		if !strings.HasPrefix(lower(k), "aws:principal") && lower(k) != aws.KeyCallerAccount {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	slices.Sort(keys)
	return " where a request has " + joined(keys)
}

// holderLosses say what whoever holds an identity policy loses: on every key, and on those that are not named any more.
func (s *search) holderLosses(after *iam.Document) (out []string) {
	union := func(doc *iam.Document) (some, all []string) {
		for _, f := range access.Held(doc, s.Subject) {
			some, all = append(some, f.SomeKeys...), append(all, f.AllKeys...)
		}
		return some, all
	}
	less := func(a, b []string) (out []string) {
		for _, name := range a {
			if !slices.Contains(b, name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
		return out
	}
	someBefore, allBefore := union(s.Doc)
	someAfter, allAfter := union(after)
	everywhere := less(someBefore, someAfter)
	if len(everywhere) > 0 {
		out = append(out, "who holds the policy may no longer call "+shortened(everywhere)+" by it")
	}
	if elsewhere := less(less(allBefore, allAfter), everywhere); len(elsewhere) > 0 {
		out = append(out, "who holds the policy may call "+shortened(elsewhere)+" by it only on the keys that it names")
	}
	return out
}
