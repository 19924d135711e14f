package who

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// The answers.
const (
	Yes     = "yes"
	No      = "no"
	Unknown = "unknown"
)

// Answer says whether, and why.
type Answer struct {
	Answer string
	// Rows are the ways: those that certainly are there for yes, those that may be for unknown.
	Rows []finding.Access
	// Reasons are what stops it, closest first, for no.
	Reasons []Reason
	// DependsOn are the values that decide, for unknown.
	DependsOn []string
}

// Can answers a question. The error is one of usage: a name that nothing has.
func (m *Map) Can(ctx context.Context, q Question) (Answer, error) {
	w := m.after
	if q.Before {
		if m.before == nil {
			return Answer{}, fmt.Errorf("the input does not tell what was there before")
		}
		w = m.before
	}
	action, err := actionNamed(q.Action)
	if err != nil {
		return Answer{}, err
	}
	if pattern(q.Key) && !slices.ContainsFunc(w.keys, func(k *key) bool { return k.address == q.Key }) {
		return Answer{}, fmt.Errorf("%q is a pattern: KEY is one key, by its address, alias, id or ARN", q.Key)
	}
	keys := slices.DeleteFunc(slices.Clone(w.keys), func(k *key) bool { return !k.name().Called(q.Key) })
	if len(keys) == 0 {
		if q.Before && slices.ContainsFunc(m.after.keys, func(k *key) bool { return k.name().Called(q.Key) }) {
			return Answer{Answer: No, Reasons: []Reason{{Message: "The key was not there before."}}}, nil
		}
		return Answer{}, fmt.Errorf("no key is called %q%s", q.Key, suggest(q.Key, m.keyNames()))
	}
	if len(keys) > 1 {
		var names []string
		for _, k := range keys {
			name := k.address
			if arn := k.name().ARN; arn != "" {
				name += " (" + arn + ")"
			}
			if len(w.sides) > 1 {
				name += " of " + k.side.in.Path
			}
			names = append(names, name)
		}
		return Answer{}, fmt.Errorf("%q names several keys: %s; ask for one by its ARN, or with its input alone", q.Key, strings.Join(names, ", "))
	}
	return w.answer(ctx, m, q, keys[0], action)
}

func (w *world) answer(ctx context.Context, m *Map, q Question, k *key, action string) (Answer, error) {
	rows, p, err := w.rowsFor(ctx, m, q, k)
	if err != nil {
		return Answer{}, err
	}
	var reasons []Reason
	if p != nil {
		if reasons = contradicted(k, p, q.Context, action); len(reasons) > 0 {
			return Answer{Answer: No, Reasons: reasons}, nil
		}
	}
	var sure, maybe []*row
	for _, r := range rows {
		if !slices.Contains(r.actions, action) {
			continue
		}
		if p != nil && len(q.Context) > 0 && r.via != "role" && !p.mayCall(k, action, slices.Concat(r.conditions, fixed(q.Context))) {
			continue
		}
		if len(r.fence) > 0 {
			reasons = append(reasons, w.fenced(r))
			continue
		}
		one := *r
		one.actions = []string{action}
		one.through = slices.DeleteFunc(slices.Clone(r.through), func(s step) bool { return s.elsewhere(action) })
		if r.possible {
			maybe = append(maybe, &one)
		} else {
			sure = append(sure, &one)
		}
	}
	switch {
	case len(sure) > 0:
		return Answer{Answer: Yes, Rows: w.ways(sure)}, nil
	case len(maybe) > 0:
		a := Answer{Answer: Unknown, Rows: w.ways(maybe)}
		for _, r := range maybe {
			a.DependsOn = append(a.DependsOn, r.veil.Depends(r.dependsOn)...)
		}
		a.DependsOn = check.Sorted(a.DependsOn)
		return a, nil
	}
	if left := k.unlisted(p); left != "" {
		return Answer{Answer: Unknown, DependsOn: []string{"what is not listed: " + left}}, nil
	}
	if len(reasons) == 0 && len(q.Context) > 0 {
		bare := q
		bare.Context = nil
		if without, err := w.answer(ctx, m, bare, k, action); err == nil && without.Answer != No {
			reasons = unmet(without.Rows)
		}
	}
	if len(reasons) == 0 {
		reasons = w.reasons(k, p, q.Principal, action)
	}
	return Answer{Answer: No, Reasons: reasons}, nil
}

// ways are rows for an answer, the shortest way first.
func (w *world) ways(rows []*row) []finding.Access {
	out := w.written(rows, "")
	slices.SortStableFunc(out, func(a, b finding.Access) int { return len(a.Through) - len(b.Through) })
	return out
}

// unlisted says why the rows of a key, for a party or, where that is nil, for whoever the policy lets in, are not all; "" where they are.
func (k *key) unlisted(p *party) string {
	for _, d := range k.docs {
		more := ""
		if p == nil {
			more = access.Audiences(d.doc, k.subject).More
		} else {
			_, more = p.joint(d.doc, k.subject)
		}
		if more != "" {
			return more
		}
	}
	return ""
}

// fenced says that a row is about strangers in networks that the policy names, which strangers cannot choose.
func (w *world) fenced(r *row) Reason {
	a := w.written([]*row{r}, "")[0]
	var on []string
	for _, c := range r.fence {
		c = r.veil.Condition(c)
		on = append(on, c.Key+" "+c.Operator+" "+strings.Join(c.Values, ", "))
	}
	out := Reason{Message: "A stranger cannot choose the network that is asked for: " + strings.Join(on, "; ") + "."}
	if n := len(a.Through); n > 0 {
		out.Location = a.Through[n-1].Location
	}
	return out
}

// unmet says that rows have conditions which what was asked about does not meet.
func unmet(rows []finding.Access) []Reason {
	var out []Reason
	for _, a := range rows {
		if n := len(a.Through); n > 0 && len(a.Conditions) > 0 {
			out = append(out, Reason{Message: "The conditions on the way by " + a.Through[n-1].Address + " are not met by the condition keys that were given.", Location: a.Through[n-1].Location})
		}
	}
	return out
}

// rowsFor are the rows of a key for the principal that is asked about, and who it is where it is a role or user.
func (w *world) rowsFor(ctx context.Context, m *Map, q Question, k *key) ([]*row, *party, error) {
	if p := w.partyCalled(q.Principal, k.side.in.Number); p != nil {
		var out []*row
		for _, one := range w.parties { // a permission set is a role in each of its accounts
			if one == p || p.permissions && one.address == p.address {
				out = append(out, w.rowsOfParty(ctx, k, one, q.Context)...)
			}
		}
		return w.doubted(out), p, nil
	}
	if p := w.grantee(q.Principal); p != nil {
		return w.doubted(ofSession(w.rowsOfParty(ctx, k, p, q.Context), q.Principal)), p, nil
	}
	if other := m.other(w).partyCalled(q.Principal, k.side.in.Number); other != nil {
		return nil, nil, nil // it is not there
	}
	form := principalForm(q.Principal)
	if pattern(q.Principal) || form == "" && strings.HasPrefix(q.Principal, "arn:") {
		return nil, nil, fmt.Errorf("%q is no principal: PRINCIPAL is one role, user or session by its address or ARN, an account, a service, an identity provider, or stranger", q.Principal)
	}
	switch form {
	case "role", "user", "session":
		p := w.passing(q.Principal, k)
		return w.doubted(ofSession(w.rowsOfParty(ctx, k, p, q.Context), q.Principal)), p, nil
	case "":
		if !w.isProvider(q.Principal) {
			return nil, nil, fmt.Errorf("no principal is called %q%s", q.Principal, suggest(q.Principal, w.partyNames()))
		}
	}
	rows, _ := w.keyRows(k, w.near(k))
	if k.stray {
		rows = append(rows, unknownPolicy(k))
	}
	var out []*row
	for _, r := range append(rows, w.throughRoles(ctx, rows, nil)...) {
		if r, ok := r.given(q.Context); ok {
			if r := r.among(q, form, k); r != nil {
				out = append(out, r)
			}
		}
	}
	return w.doubted(out), nil, nil
}

// passing is a role, a session of one, or a user that no input knows, from its ARN: its account decides what its own policies
// are. A session does not tell the path of its role.
func (w *world) passing(arn string, k *key) *party {
	p := &party{side: k.side, kind: principalForm(arn)}
	p.ARN, p.Keys = arn, map[string]string{}
	if of, _ := aws.ParseARN(arn); p.kind == "session" {
		name, _, _ := strings.Cut(strings.TrimPrefix(of.Resource, "assumed-role/"), "/")
		of.Service, of.Resource = "iam", "role/"
		p.kind, p.open = "role", &unnamed{Unnamed: check.Unnamed{Begin: of.String(), Role: name}, depends: "the path of the role " + name}
		p.ARN = of.String() + name
	}
	if account := aws.AccountOf(arn); k.account() != "" && account != k.account() {
		p.Policies, p.held = []*iam.Document{check.Anything()}, []held{{}}
		return p
	}
	p.depends = []string{"the identity policies of " + p.ARN}
	if k.account() == "" { // what another account allows its own is not the question
		p.Abroad, p.held = []*iam.Document{check.Anything()}, []held{{}}
	}
	return p
}
