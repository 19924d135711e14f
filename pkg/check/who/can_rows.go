package who

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
)

// perhaps is a row of an account that is not known, for one that it may be.
func perhaps(r *row) *row {
	one := *r
	one.possible, one.witness = true, nil
	one.dependsOn = append(slices.Clone(r.dependsOn), strings.Trim(r.who.Name, "()"))
	return &one
}

// ofAccount says whether the callers of a row are the account's: all of them, or one, who makes requests of the account too.
func (w *world) ofAccount(r *row, account string) bool {
	switch access.WhoKind(r.who.Kind) {
	case access.WhoAccount:
		return r.who.Name == account
	case access.WhoRole, access.WhoUser, access.WhoPrincipal:
		return aws.AccountOf(r.who.Name) == account
	}
	return false
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
		case strings.EqualFold(c.Key, contextKeys) && len(req.Context[contextKeys].All) > 0: // these pairs, and maybe more
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

// contextKeys is the condition key that has the names of all pairs of an encryption context.
const contextKeys = "kms:EncryptionContextKeys"

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
	if !hasFold(context, contextKeys) {
		req.Context[contextKeys] = evaluate.Many(pairs...)
	}
	return req
}

func hasFold(context map[string]string, key string) bool {
	for k := range context {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}

// ofSession is the row for one session of a role, and whether it is for that one: the end of aws:userid is its name.
func (r *row) ofSession(name string) (*row, bool) {
	one := *r
	one.conditions = nil
	for _, c := range r.conditions {
		if c.Operator != "StringLike" || !strings.EqualFold(c.Key, "aws:userid") || slices.ContainsFunc(c.Values, func(v string) bool { return !strings.HasPrefix(v, "*:") }) {
			one.conditions = append(one.conditions, c)
			continue
		}
		if !slices.ContainsFunc(c.Values, func(v string) bool { return like(strings.TrimPrefix(v, "*:"), name) }) {
			return nil, false
		}
	}
	return &one, true
}

// elsewhere says whether a step is a statement about other actions: a row has those of all its actions.
func (s step) elsewhere(action string) bool {
	if s.policy == nil || s.statement < 0 {
		return false
	}
	_, st := statementOf(s.policy, s.statement)
	if st == nil || s.policy.Kind != iam.Key && s.policy.Kind != iam.Identity || statementOfSTS(st) {
		return false
	}
	covers := func(l *iam.List) bool {
		return slices.ContainsFunc(l.Items, func(a iam.String) bool { return !a.Known() || evaluate.CoversAction(a.S, action) })
	}
	return st.Action != nil && !covers(st.Action)
}

// statementOfSTS says whether a statement is about assuming roles: one on a way through a role.
func statementOfSTS(st *iam.Statement) bool {
	return st.Action != nil && slices.ContainsFunc(st.Action.Items, func(a iam.String) bool { return strings.HasPrefix(strings.ToLower(a.S), "sts:") })
}
