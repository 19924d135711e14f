package who

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/spelling"
)

// among is the row for callers that no input knows and that are asked about by what they are, nil where they are not among
// those of the row.
func (r *row) among(q Question, form string, k *key) *row {
	kind, name := access.WhoKind(r.who.Kind), r.who.Name
	switch {
	case form == "stranger" && (kind == access.WhoStranger || r.open == access.Yes):
		one := *r
		one.fence = r.key.subject.Fences(r.conditions)
		return &one
	case Called(q.Principal, r.who), r.anyone && (form == "account" || form == "service"):
		return r
	case kind == access.WhoStranger && form == "account",
		form == "service" && (kind == access.WhoStranger || kind == access.WhoService && name == "*") && serviceMeets(r.conditions):
		return r
	case form == "stranger" && r.open == access.Unsure:
		return r.perhaps(r.through[len(r.through)-1].policy.Address + ".assume_role_policy")
	case form == "account":
		return r.amongAccount(q, k)
	}
	return nil
}

// amongAccount is the row for requests of an account: those of its callers are, too.
func (r *row) amongAccount(q Question, k *key) *row {
	account := cmp.Or(aws.AccountOf(q.Principal), q.Principal)
	switch name := r.who.Name; access.WhoKind(r.who.Kind) {
	case access.WhoAccount, access.WhoRole, access.WhoUser, access.WhoPrincipal:
		of := access.AccountPart(name)
		if of == account {
			return r
		}
		begin, rest, open := strings.Cut(of, "(")
		switch end := strings.LastIndexByte(rest, ')'); {
		case aws.IsAccountID(of):
		case (!open || end < 0) && r.who.Kind == string(access.WhoAccount):
			return r.perhaps(name)
		case open && end >= 0 && strings.HasPrefix(account, begin) && strings.HasSuffix(account, rest[end+1:]):
			return r.perhaps(rest[:end]) // it may be this one
		}
	case access.WhoOrganization:
		organization, known := valueFold(q.Context, aws.Spelled(aws.KeyPrincipalOrgID))
		if !known && account == k.account() {
			organization, known = k.subject.Organization, k.subject.Organization != ""
		}
		switch {
		case !known:
			return r.perhaps("the organization of account " + account)
		case organization == name:
			return r
		}
	}
	return nil
}

// perhaps is the row where something that is not known decides whether it is about the callers that are asked about.
func (r *row) perhaps(on string) *row {
	one := *r
	one.possible, one.witness = true, nil
	one.dependsOn = append(slices.Clone(r.dependsOn), on)
	return &one
}

// serviceMeets says whether requests of services may meet conditions: they have no key that only principals have.
func serviceMeets(conditions []access.RowCondition) bool {
	return !slices.ContainsFunc(conditions, func(c access.RowCondition) bool {
		op, _ := iam.ParseOperator(c.Operator)
		key := strings.ToLower(c.Key)
		return !op.Negated && !op.IfExists && op.Set != "all" && op.Name != "null" &&
			aws.Has(key, aws.Form{Caller: aws.ServiceSelf}) == aws.Never && aws.Has(key, aws.Form{Caller: aws.ServiceFor}) == aws.Never
	})
}

// fixed are conditions that hold for requests with the condition keys that were asked about, but for those that go with some
// actions: they say nothing of others.
func fixed(context map[string]string) []access.RowCondition {
	var out []access.RowCondition
	for _, name := range slices.Sorted(maps.Keys(context)) {
		info, _ := aws.Describe(aws.Lower(name))
		if info.Actions != nil {
			continue
		}
		c := access.RowCondition{Operator: "StringEquals", Key: name, Values: []string{strings.ReplaceAll(context[name], "${", "${$}{")}}
		switch {
		case info.Type == aws.Boolean:
			c.Operator = "Bool" // in whichever case
		case info.Multi:
			c.Operator = "ForAnyValue:StringEquals"
		}
		out = append(out, c)
	}
	return out
}

// contradicted are the condition keys that no request of a principal for the key has with the values that were asked about, each for
// itself or all of them together.
func contradicted(k *key, p *party, context map[string]string, action string) []Reason {
	var out []Reason
	all := fixed(context)
	for i, c := range all {
		if !p.mayCall(k, action, all[i:i+1]) {
			out = append(out, Reason{Message: fmt.Sprintf("No request of %s to call %s on this key has %s with the value %q.", p.called(), action, c.Key, context[c.Key])})
		}
	}
	if len(out) == 0 && len(all) > 1 && !p.mayCall(k, action, all) {
		out = append(out, Reason{Message: fmt.Sprintf("No request of %s to call %s on this key has all of these condition keys with these values.", p.called(), action)})
	}
	return out
}

// mayCall says whether some request of the party for an action on the key meets conditions.
func (p *party) mayCall(k *key, action string, conditions []access.RowCondition) bool {
	known := slices.DeleteFunc(slices.Clone(conditions), func(c access.RowCondition) bool { return len(c.Refs) > 0 })
	return allows(under(anyones(), known), k, p.with(check.Anything()), action)
}

// given is the row where some condition keys have the values that were asked about, and whether they meet its conditions.
func (r *row) given(context map[string]string) (*row, bool) {
	if len(context) == 0 || len(r.conditions) == 0 {
		return r, true
	}
	req := asking(context)
	one := *r
	one.conditions = nil
	for _, c := range r.conditions {
		holds, waits := c.Met(req)
		switch {
		case hasFold(context, c.Key):
			if !holds && len(waits) == 0 {
				return nil, false
			}
			if len(waits) > 0 {
				one.possible, one.witness, one.dependsOn = true, nil, append(slices.Clone(one.dependsOn), waits...)
			}
			continue
		case strings.EqualFold(c.Key, aws.KeyEncryptionContextKeys) && len(req.Context[aws.Spelled(aws.KeyEncryptionContextKeys)].All) > 0: // these pairs, and maybe more
			if strings.HasPrefix(c.Operator, "ForAllValues:") && !holds && len(waits) == 0 {
				return nil, false
			}
		}
		one.conditions = append(one.conditions, c)
	}
	return &one, true
}

// met are the rows whose conditions the values that were asked about meet.
func met(rows []*row, context map[string]string) []*row {
	var out []*row
	for _, r := range rows {
		if r, ok := r.given(context); ok {
			out = append(out, r)
		}
	}
	return out
}

// asking is a request with these condition keys, and the names of the pairs of its encryption context.
func asking(context map[string]string) *evaluate.Request {
	req := &evaluate.Request{Context: map[string]evaluate.Values{}}
	var pairs []string
	for key, v := range context {
		req.Context[key] = evaluate.One(v)
		if family, name, ok := strings.Cut(key, "Context:"); ok && strings.EqualFold(family, "kms:Encryption") {
			pairs = append(pairs, name)
		}
	}
	if !hasFold(context, aws.KeyEncryptionContextKeys) {
		req.Context[aws.Spelled(aws.KeyEncryptionContextKeys)] = evaluate.Many(pairs...)
	}
	return req
}

func hasFold(context map[string]string, key string) bool {
	_, ok := valueFold(context, key)
	return ok
}

func valueFold(context map[string]string, key string) (string, bool) {
	for k, v := range context {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return "", false
}

// ofSession are the rows for a session of a role, by its ARN; all rows for what is none.
func ofSession(rows []*row, arn string) []*row {
	if principalForm(arn) != "session" {
		return rows
	}
	var out []*row
	for _, r := range rows {
		if r, ok := r.ofSession(arn[strings.LastIndex(arn, "/")+1:]); ok {
			out = append(out, r)
		}
	}
	return out
}

// underName is a row of one session of a role as one of the role: under the condition of the session's name.
func (r *row) underName(session string) *row {
	one := *r
	one.conditions = append(slices.Clone(r.conditions), access.RowCondition{Operator: "StringLike", Key: aws.KeyUserID, Values: []string{"*:" + session}})
	return &one
}

// ofSession is the row for one session of a role, and whether it is for that one: the end of aws:userid is its name.
func (r *row) ofSession(name string) (*row, bool) {
	one := *r
	one.conditions = nil
	for _, c := range r.conditions {
		if c.Operator != "StringLike" && c.Operator != "StringNotLike" || !strings.EqualFold(c.Key, aws.KeyUserID) || slices.ContainsFunc(c.Values, func(v string) bool { return !strings.HasPrefix(v, "*:") }) {
			one.conditions = append(one.conditions, c)
			continue
		}
		if slices.ContainsFunc(c.Values, func(v string) bool { return spelling.Like(strings.TrimPrefix(v, "*:"), name) }) != (c.Operator == "StringLike") {
			return nil, false
		}
	}
	return &one, true
}

// elsewhere says whether a step is a statement about other actions: a row has those of all its actions.
func (s step) elsewhere(action string) bool {
	_, st := s.at()
	if st == nil || s.policy.Kind != iam.Key && s.policy.Kind != iam.Identity || statementOfSTS(st) {
		return false
	}
	return st.Action != nil && !covers(st.Action, action)
}

// statementOfSTS says whether a statement is about assuming roles: one on a way through a role.
func statementOfSTS(st *iam.Statement) bool {
	return st.Action != nil && slices.ContainsFunc(st.Action.Items, func(a iam.String) bool { return strings.HasPrefix(strings.ToLower(a.S), "sts:") })
}

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

// rowsOfParty are all rows of a key that are about a party.
func (w *world) rowsOfParty(ctx context.Context, k *key, p *party, fixed map[string]string) []*row {
	asked := p
	if len(fixed) > 0 {
		one := *p
		one.Keys = map[string]string{}
		maps.Copy(one.Keys, p.Keys)
		maps.Copy(one.Keys, fixed)
		asked = &one
	}
	var direct []*row
	switch {
	case k.stray:
		direct, _ = w.ifAllowed(k, anyones(), []*party{asked})
		return met(append(direct, w.grantRowsOf(k, (&selection{}).with(p))...), fixed)
	case len(k.docs) == 0:
		return []*row{unknownPolicy(k)}
	}
	direct = k.agreed(func(d document) []*row {
		rows, _ := w.partyRows(k, d, asked)
		return rows
	})
	is := w.whoIs(p, k)
	if w.many && len(p.depends) > 0 {
		for _, d := range k.docs {
			direct = append(direct, w.openParty(k, d, asked)...)
		}
	}
	mine := func(r *row) bool {
		return r.who.Address == is.Address && r.who.Name == is.Name || len(p.depends) > 0 && r.via == "role" && r.who.Name == openName
	}
	for _, r := range w.grantRows(k, w.also(asked)) {
		switch {
		case mine(r), r.anyone:
			direct = append(direct, r)
		case aws.IsSessionOf(r.who.Name, p.ARN):
			direct = append(direct, r.underName(r.who.Name[strings.LastIndex(r.who.Name, "/")+1:]))
		}
	}
	rows, _ := w.keyRows(k, w.near(k))
	for _, r := range w.throughRoles(ctx, rows, w.also(asked)) {
		if mine(r) || r.anyone {
			direct = append(direct, r)
		}
	}
	return met(direct, fixed)
}

// also is a party that is to be looked at besides those of the world, nil where it is one of them.
func (w *world) also(p *party) *party {
	if w.byARN[p.ARN] != nil {
		return nil
	}
	return p
}
