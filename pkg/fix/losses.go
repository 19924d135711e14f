package fix

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// losses say what principals lose that are no strangers: for good, and what they need an IAM policy for from then on.
func (s *search) losses(after *iam.Document) (lost, delegated []string) {
	if after == nil {
		return nil, nil
	}
	if s.kind() == "identity" {
		return s.holderLosses(after), nil
	}
	for _, g := range s.groups() {
		before := s.Doc
		if g.who == access.Others {
			before = without(s.Doc, isEverybody) // strangers have more than those who are named
		}
		for range maxLosers {
			w, exact := access.Widened(before, after, g.subject, g.who)
			if !exact {
				return append(lost, "what it takes from the own account could not be decided within the work budget"), nil
			}
			if w == nil {
				break
			}
			who := s.loser(w, g.name)
			lost = append(lost, who+" may no longer call "+s.actions(w, s.Doc, after)+circumstances(w))
			if who != w.Principal {
				break
			}
			before = without(before, func(principal string) bool { return principal == who }) // others that are named may lose something, too
		}
	}
	own := s.only()
	if w, _ := access.Widened(s.Doc, after, own, access.Direct); w != nil {
		who := s.loser(w, ownPrincipal)
		if !slices.ContainsFunc(lost, func(l string) bool { return strings.HasPrefix(l, who+" ") }) {
			delegated = append(delegated, who+" may call "+s.actions(w, without(s.Doc, isRoot), without(after, isRoot))+circumstances(w)+" only where an IAM policy allows it")
		}
	}
	return lost, delegated
}

// group are callers that are no strangers to a policy; name is what they are called where the policy does not name them.
type group struct {
	name    string
	who     access.Audience
	subject access.Subject
}

const ownPrincipal = "a principal of the own account"

// only is the subject with nobody who is trusted but the own account, and those that are given.
func (s *search) only(accounts ...string) access.Subject {
	out := s.Subject
	out.TrustedAccounts, out.TrustedOrganizations = accounts, nil
	return out
}

// groups are those of whom is asked what they lose, each by itself: what one of them loses says nothing of the next.
func (s *search) groups() []group {
	out := []group{{ownPrincipal, access.Own, s.only()}}
	for _, account := range s.Subject.TrustedAccounts[:min(len(s.Subject.TrustedAccounts), maxTrusted)] {
		out = append(out, group{"a principal of the trusted account " + account, access.Partners, s.only(account)})
	}
	if n := len(s.Subject.TrustedAccounts); n > maxTrusted {
		out = append(out, group{"a principal of one of the " + itoa(n) + " trusted accounts", access.Partners, s.only(s.Subject.TrustedAccounts[maxTrusted:]...)})
	}
	for _, org := range s.Subject.TrustedOrganizations {
		subject := s.only()
		subject.TrustedOrganizations = []string{org}
		out = append(out, group{"a principal of the trusted organization " + org, access.Members, subject})
	}
	if !strings.HasSuffix(s.Finding.Rule, "external-account") { // whose findings end by it
		out = append(out, group{"a principal of an account that is named and not trusted", access.Others, s.Subject})
	}
	if s.kind() == "key" && s.about != nil && len(services(s.about)) == 0 {
		// What a service is let in by is tied to the account by what that service sends: see ties.
		out = append(out, group{"an AWS service that calls as itself for the own account", access.Working, s.only()})
	}
	return out
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
		for _, name := range a.Actions { // rows by several ways
			if !slices.Contains(actions[l], name) {
				actions[l] = append(actions[l], name)
			}
		}
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
func (s *search) actions(w *evaluate.Request, before, after *iam.Document) string {
	if s.kind() != "key" {
		return w.Action
	}
	if strings.Contains(w.Principal, "*") || unknown.HasHole(before.Text.S) || unknown.HasHole(after.Text.S) {
		return "actions such as " + w.Action // only the engine reads what is not known
	}
	out := []string{w.Action}
	for _, a := range aws.KeyActions {
		one := *w
		one.Action = a.Name
		if a.OnKey && a.Name != w.Action && evaluate.Decide(before, &one) == evaluate.Allowed && evaluate.Decide(after, &one) != evaluate.Allowed {
			out = append(out, a.Name)
		}
	}
	return shortened(out)
}

// without is a document that lets in none of some principals by name: a statement that is for these alone is gone.
func without(doc *iam.Document, gone func(principal string) bool) *iam.Document {
	out := *doc
	out.Statements = nil
	for _, st := range doc.Statements {
		if st.Effect.S == "Allow" && st.NotPrincipal != nil && gone("*") {
			continue
		}
		if st.Effect.S == "Allow" && st.Principal != nil {
			p := iam.Principals{Text: st.Principal.Text}
			for _, e := range st.Principal.Entries {
				if e.Type.S == "AWS" {
					e.Values.Items = slices.DeleteFunc(slices.Clone(e.Values.Items), func(v iam.String) bool { return gone(v.S) })
				}
				if len(e.Values.Items) > 0 {
					p.Entries = append(p.Entries, e)
				}
			}
			if p.Text.Set && gone(p.Text.S) || !p.Text.Set && len(p.Entries) == 0 {
				continue
			}
			st.Principal = &p
		}
		out.Statements = append(out.Statements, st)
	}
	return &out
}

func isRoot(principal string) bool {
	return aws.IsAccountID(principal) || strings.HasSuffix(principal, ":root")
}

func isEverybody(principal string) bool {
	of, ok := aws.ParseARN(principal)
	return principal == "*" || ok && strings.ContainsAny(of.Account, "*?")
}

// shortened are the first of some names, and how many more there are.
func shortened(names []string) string {
	const most = 4
	if len(names) <= most {
		return joined(names)
	}
	return strings.Join(names[:most-1], ", ") + " and " + itoa(len(names)-most+1) + " more"
}

// loser is the principal of a request for people: by its name where the policy or the plan names it, else one of its group.
func (s *search) loser(w *evaluate.Request, group string) string {
	if w.Principal != "" && !strings.ContainsAny(w.Principal, "*") && strings.Contains(s.Doc.Text.S, `"`+w.Principal+`"`) {
		return w.Principal
	}
	for _, arn := range s.Subject.ARNs {
		if arn == w.Principal {
			return w.Principal
		}
	}
	return group
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

// changesMore says whether the policy as it is read again has other statements changed than the steps of the edit say: two that
// share what is written, such as an anchor or a local value.
func (a *attempt) changesMore(doc *iam.Document) bool {
	if doc == nil || a.Doc == nil || len(a.p.steps) == 0 {
		return false
	}
	told := func(of *iam.Document, st *iam.Statement) string { return of.Text.Shown(of.Text.S[st.Start:st.End]) }
	is := map[string]bool{}
	for i := range doc.Statements {
		is[told(doc, &doc.Statements[i])] = true
	}
	return slices.ContainsFunc(a.Doc.Statements, func(st iam.Statement) bool {
		return !is[told(a.Doc, &st)] && !slices.ContainsFunc(a.p.steps, func(s step) bool { return s.statement == st.Index })
	})
}

// maxElsewhere bounds of how many other policies it is told what an edit takes away through them.
const maxElsewhere = 8

// elsewhere says what an edit takes away through other policies that share what is written, and not through its own. A run on
// the edits of several attempts tells it of those that share a statement.
func (a *attempt) elsewhere(after *Outcome, list []*attempt) (out []string) {
	places := slices.SortedFunc(maps.Keys(after.Documents), func(x, y Place) int {
		return cmp.Or(strings.Compare(x.Address, y.Address), strings.Compare(x.Attribute, y.Attribute))
	})
	n := 0
	for _, at := range places {
		was, is := a.before.Documents[at], after.Documents[at]
		others := func(b *attempt) bool { return b.Resource.Address == at.Address && !b.edit.equal(a.edit) }
		switch {
		case a.Doc == nil, at == *a.place() && !a.Several, len(list) > 1 && slices.ContainsFunc(list, others):
			continue
		case len(was) == 1 && len(is) > 1:
			continue // a plan knew which of them it is
		}
		for was, is := range pairs(was, is) {
			if sameText(was, is) || len(list) > 1 && !sharesStatement(was, a.Doc) {
				continue
			}
			if n++; n > maxElsewhere {
				return out
			}
			for _, l := range a.through(at, was, is, after) {
				if !slices.Contains(out, l) {
					out = append(out, l)
				}
			}
		}
	}
	return out
}

// through says what an edit takes away through one document that another policy may be, and not through its own.
func (a *attempt) through(at Place, was, is *iam.Document, after *Outcome) (out []string) {
	target, s := *a.Target, *a.search
	target.Doc, target.Subject, s.Target = was, after.Subjects[at], &target
	lost, delegated := s.losses(is)
	for _, l := range append(lost, delegated...) {
		if slices.Contains(a.p.loses, l) || slices.Contains(a.p.delegated, l) {
			continue
		}
		if at != *a.place() {
			l += ", through " + at.Address
		}
		out = append(out, l)
	}
	return out
}
