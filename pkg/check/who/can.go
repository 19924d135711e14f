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
		session := q.Principal[strings.LastIndex(q.Principal, "/")+1:]
		var out []*row
		for _, r := range w.rowsOfParty(ctx, k, p, q.Context) {
			if r, met := r.ofSession(session); met {
				out = append(out, r)
			}
		}
		return out, p, nil
	}
	if other := m.other(w).partyCalled(q.Principal); other != nil {
		return nil, nil, nil // it is not there
	}
	account := ""
	switch kind := principalForm(q.Principal); kind {
	case "arn":
		if p := w.passing(q.Principal, k); p != nil {
			return w.rowsOfParty(ctx, k, p, q.Context), p, nil
		}
	case "account":
		account = aws.AccountOf(q.Principal)
		if account == "" {
			account = q.Principal
		}
	case "service", "stranger":
	default:
		return nil, nil, fmt.Errorf("no principal is called %q%s", q.Principal, suggest(q.Principal, w.partyNames()))
	}
	var out []*row
	rows, _ := w.keyRows(k, w.near(k))
	if k.stray {
		rows = append(rows, unknownPolicy(k))
	}
	for _, r := range append(rows, w.throughRoles(ctx, rows)...) {
		r, met := r.given(q.Context)
		if !met {
			continue
		}
		switch {
		case account != "" && r.who.Kind == "account" && aws.AccountOf(r.who.Name) == "" && !aws.IsAccountID(r.who.Name):
			out = append(out, perhaps(r)) // an account that is not known may be this one
		case Called(q.Principal, r.who), account != "" && w.ofAccount(r, account),
			principalForm(q.Principal) == "service" && r.who.Kind == "service" && r.who.Name == "*",
			r.who.Kind == "stranger":
			out = append(out, r)
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
		if mine(r) {
			direct = append(direct, r)
		}
	}
	var through []*row
	rows, _ := w.keyRows(k, w.near(k))
	for _, r := range w.throughRoles(ctx, rows) {
		if mine(r) {
			through = append(through, r)
		}
	}
	return met(append(direct, through...), fixed)
}

// passing is a principal that no input knows, from its ARN: its account decides what its own policies are.
func (w *world) passing(arn string, k *key) *party {
	account := aws.AccountOf(arn)
	if account == "" {
		return nil
	}
	kind := "role"
	if strings.Contains(arn, ":user/") {
		kind = "user"
	}
	p := &party{side: k.side, kind: kind}
	p.ARN, p.Keys = arn, map[string]string{}
	if k.account() != "" && account != k.account() {
		p.Policies, p.held = []*iam.Document{anything()}, []held{{}}
		return p
	}
	p.depends = []string{"the identity policies of " + arn}
	return p
}

// account is the account that owns a key, "" where it is not known.
func (k *key) account() string {
	if a := aws.AccountOf(k.subject.Resource); a != "" && !access.StandsIn(k.subject.Resource) {
		return a
	}
	return k.subject.Account
}

// principalForm tells what a name of a principal is, by its looks.
func principalForm(name string) string {
	switch {
	case name == "stranger":
		return "stranger"
	case aws.IsAccountID(name), strings.HasPrefix(name, "arn:") && strings.HasSuffix(name, ":root"):
		return "account"
	case strings.HasPrefix(name, "arn:"):
		return "arn"
	case strings.HasSuffix(name, ".amazonaws.com"), strings.HasSuffix(name, ".amazonaws.com.cn"):
		return "service"
	}
	return ""
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
	best, least := "", 4
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < least {
			best, least = n, d
		}
	}
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

// distance is how many letters have to be changed, as far as a few.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := min(row[j+1]+1, row[j]+1, last+1)
			if a[i] == b[j] {
				next = last
			}
			last, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
