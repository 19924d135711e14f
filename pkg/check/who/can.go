package who

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/spelling"
)

// Question is whether a principal may do an action with a key.
type Question struct {
	// Principal is an address, an ARN, an account, a service, or "stranger".
	Principal string
	// Action is a permission of KMS, Key an address, alias, id or ARN.
	Action, Key string
	// Context fixes condition keys of the request.
	Context map[string]string
	// Before asks about what was there before apply.
	Before bool
}

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

// Reason is something that stops a request.
type Reason struct {
	Message  string
	Location *finding.Location
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
			names = append(names, k.address)
		}
		return Answer{}, fmt.Errorf("%q names several keys: %s", q.Key, strings.Join(names, ", "))
	}
	return w.answer(ctx, m, q, keys[0], action)
}

func (w *world) answer(ctx context.Context, m *Map, q Question, k *key, action string) (Answer, error) {
	rows, p, err := w.rowsFor(ctx, m, q, k)
	if err != nil {
		return Answer{}, err
	}
	var sure, maybe []*row
	for _, r := range rows {
		if !slices.Contains(r.actions, action) {
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
		return Answer{Answer: Yes, Rows: w.written(sure, "")}, nil
	case len(maybe) > 0:
		a := Answer{Answer: Unknown, Rows: w.written(maybe, "")}
		for _, r := range maybe {
			a.DependsOn = append(a.DependsOn, r.veil.Depends(r.dependsOn)...)
		}
		a.DependsOn = sorted(a.DependsOn)
		return a, nil
	}
	reasons := w.reasons(k, p, action)
	if len(q.Context) > 0 {
		bare := q
		bare.Context = nil
		if without, err := w.answer(ctx, m, bare, k, action); err == nil && without.Answer != No {
			reasons = append(unmet(without.Rows), reasons...)
		}
	}
	return Answer{Answer: No, Reasons: reasons}, nil
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
	if p := w.partyCalled(q.Principal); p != nil {
		var out []*row
		for _, one := range w.parties { // a permission set is a role in each of its accounts
			if one == p || p.permissions && one.address == p.address {
				out = append(out, w.rowsOfParty(ctx, k, one, q.Context)...)
			}
		}
		return out, p, nil
	}
	if p := w.grantee(q.Principal); p != nil {
		return ofSession(w.rowsOfParty(ctx, k, p, q.Context), q.Principal), p, nil
	}
	if other := m.other(w).partyCalled(q.Principal); other != nil {
		return nil, nil, nil // it is not there
	}
	form := principalForm(q.Principal)
	switch form {
	case "role", "user", "session":
		p := w.passing(q.Principal, k)
		return ofSession(w.rowsOfParty(ctx, k, p, q.Context), q.Principal), p, nil
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
	return out, nil, nil
}

func (m *Map) other(w *world) *world {
	if w == m.after && m.before != nil {
		return m.before
	}
	return m.after
}

// rowsOfParty are all rows of a key that are about a party.
func (w *world) rowsOfParty(ctx context.Context, k *key, p *party, fixed map[string]string) []*row {
	asked := p
	if len(fixed) > 0 {
		one := *p
		one.Keys = map[string]string{}
		for name, v := range p.Keys {
			one.Keys[name] = v
		}
		for name, v := range fixed {
			one.Keys[name] = v
		}
		asked = &one
	}
	var direct []*row
	switch {
	case k.stray:
		direct, _ = w.ifAllowed(k, anyones(), []*party{asked})
		return met(append(direct, w.grantRowsOf(k, []*party{p})...), fixed)
	case len(k.docs) == 0:
		return []*row{unknownPolicy(k)}
	}
	var all [][]*row
	for _, d := range k.docs {
		rows, _ := w.partyRows(k, d, asked)
		all = append(all, rows)
	}
	direct = all[0]
	if len(all) > 1 {
		direct = agreed(all, k)
	}
	is := w.whoIs(p, k)
	if w.many && len(p.depends) > 0 {
		for _, d := range k.docs {
			direct = append(direct, w.openParty(k, d, asked)...)
		}
	}
	mine := func(r *row) bool {
		return r.who.Address == is.Address && r.who.Name == is.Name || len(p.depends) > 0 && r.via == "role" && r.who.Name == openName
	}
	for _, r := range w.grantRows(k) {
		switch {
		case mine(r), r.anyone:
			direct = append(direct, r)
		case aws.IsSessionOf(r.who.Name, p.ARN):
			direct = append(direct, r.underName(r.who.Name[strings.LastIndex(r.who.Name, "/")+1:]))
		}
	}
	var through []*row
	rows, _ := w.keyRows(k, w.near(k))
	for _, r := range w.throughRoles(ctx, rows, w.also(asked)) {
		if mine(r) || r.anyone {
			through = append(through, r)
		}
	}
	return met(append(direct, through...), fixed)
}

// also is a party that is to be looked at besides those of the world, nil where it is one of them.
func (w *world) also(p *party) *party {
	if w.byARN[p.ARN] != nil {
		return nil
	}
	return p
}

// passing is a role, a session of one, or a user that no input knows, from its ARN: its account decides what its own policies
// are. A session does not tell the path of its role.
func (w *world) passing(arn string, k *key) *party {
	p := &party{side: k.side, kind: principalForm(arn)}
	p.ARN, p.Keys = arn, map[string]string{}
	if of, _ := aws.ParseARN(arn); p.kind == "session" {
		name, _, _ := strings.Cut(strings.TrimPrefix(of.Resource, "assumed-role/"), "/")
		of.Service, of.Resource = "iam", "role/"
		p.kind, p.open = "role", &unnamed{begin: of.String(), role: name, depends: "the path of the role " + name}
		p.ARN = of.String() + name
	}
	if account := aws.AccountOf(arn); k.account() != "" && account != k.account() {
		p.Policies, p.held = []*iam.Document{anything()}, []held{{}}
		return p
	}
	p.depends = []string{"the identity policies of " + p.ARN}
	return p
}

// account is the account that owns a key, "" where it is not known.
func (k *key) account() string {
	if a := aws.AccountOf(k.subject.Resource); a != "" && !access.StandsIn(k.subject.Resource) {
		return a
	}
	return k.subject.Account
}

// principalForm tells what a name of a principal is, by its looks; "" for what is none.
func principalForm(name string) string {
	of, isARN := aws.ParseARN(name)
	kind, _, _ := strings.Cut(of.Resource, "/")
	switch {
	case name == "stranger":
		return "stranger"
	case aws.IsAccountID(name), isARN && of.Resource == "root":
		return "account"
	case kind == "oidc-provider", kind == "saml-provider":
		return "provider"
	case kind == "assumed-role":
		return "session"
	case isARN && kind == "user":
		return "user"
	case isARN && aws.IsAccountID(of.Account):
		return "role"
	case strings.HasSuffix(name, ".amazonaws.com"), strings.HasSuffix(name, ".amazonaws.com.cn"):
		return "service"
	}
	return ""
}

// isProvider says whether a trust policy names an identity provider by that host or address.
func (w *world) isProvider(name string) bool {
	for _, p := range w.parties {
		for _, e := range w.entrances(p) {
			if e.who.Kind == string(access.WhoProvider) && Called(name, e.who) {
				return true
			}
		}
	}
	return false
}

func (w *world) partyCalled(name string) *party {
	if p := w.byARN[name]; p != nil {
		return p
	}
	return w.byAddress[name]
}

func (w *world) partyNames() []string {
	var out []string
	for _, p := range w.parties {
		if p.address != "" {
			out = append(out, p.address)
		}
	}
	return out
}

func (m *Map) keyNames() []string {
	var out []string
	for _, k := range m.Keys {
		out = append(out, k.Address)
	}
	return out
}

// actionNamed is the permission with a name, without regard to case and with or without "kms:".
func actionNamed(name string) (string, error) {
	full := fullAction(name)
	var names []string
	for i := range aws.KeyActions {
		if strings.EqualFold(aws.KeyActions[i].Name, full) {
			return aws.KeyActions[i].Name, nil
		}
		names = append(names, aws.KeyActions[i].Name)
	}
	return "", fmt.Errorf("%q is no permission of AWS KMS that is known%s", name, suggest(full, names))
}

// suggest is a hint at the name that was meant, or at some that there are.
func suggest(name string, names []string) string {
	best := spelling.Nearest(name, names)
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(names) == 0:
		return "; the input has none"
	case len(names) > 5:
		return fmt.Sprintf("; some of the %d are %s", len(names), strings.Join(names[:5], ", "))
	}
	return "; there are " + strings.Join(names, ", ")
}
