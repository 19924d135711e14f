package who

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/config"
	"github.com/keyproof/keyproof/pkg/finding"
)

// Judge holds the access against expectations, for rules about access: every row that is there, and one for each
// expectation that is not met. The second result are the expectations that match no key.
func (m *Map) Judge(ctx context.Context, list []config.Expectation) (rows []check.AccessFacts, unmatched []config.Expectation) {
	for i := range m.Rows {
		if a := &m.Rows[i]; a.Change != Lost {
			rows = append(rows, check.AccessFacts{Access: *a})
		}
	}
	for _, e := range list {
		keys := m.Matching([]string{e.Key})
		if len(keys) == 0 {
			unmatched = append(unmatched, e)
			continue
		}
		for i := range rows {
			a := &rows[i]
			if allowed, limited := e.Only[a.Class]; limited && a.Unexpected == "" && slices.ContainsFunc(keys, func(k Key) bool { return k.has(&a.Access) }) && !m.expected(allowed, &a.Access, rows) {
				a.Unexpected, a.Reason = e.Name, e.Reason
			}
		}
		for _, key := range keys {
			rows = append(rows, m.lacking(ctx, e, key, rows)...)
		}
	}
	return rows, unmatched
}

// expected says whether the callers of a row are among those that an expectation lists, or are part of them: sessions of a
// role, principals of another account, and roles and users whom the key policy lets in only as some of everybody, or of an
// organization, that is listed.
func (m *Map) expected(allowed []string, a *finding.Access, rows []check.AccessFacts) bool {
	listed := func(o *finding.Access) bool {
		return slices.ContainsFunc(allowed, func(n string) bool { return m.after.expects(n, o) })
	}
	if listed(a) || slices.ContainsFunc(allowed, func(n string) bool { return m.after.within(a, n) }) {
		return true
	}
	if a.Via != "key-policy" || a.Who.Kind != string(access.WhoRole) && a.Who.Kind != string(access.WhoUser) {
		return false
	}
	among := false
	for i := range rows {
		o := &rows[i].Access
		if o.Key != a.Key || o.Input != a.Input || o.Class != a.Class || o.Via != a.Via || slices.ContainsFunc(a.Through, func(t finding.Through) bool { return !slices.ContainsFunc(o.Through, same(t)) }) {
			continue
		}
		switch o.Who.Kind {
		case string(access.WhoStranger), string(access.WhoOrganization):
			if !listed(o) {
				return false // it may be one of these
			}
			among = true
		case string(access.WhoPrincipal), string(access.WhoAccount):
			return false
		}
	}
	return among
}

// same says whether a step of another way is this one.
func same(t finding.Through) func(finding.Through) bool {
	return func(o finding.Through) bool {
		return o.Address == t.Address && o.Attribute == t.Attribute && t.Statement != nil && o.Statement != nil && o.Statement.Index == t.Statement.Index
	}
}

// within says whether the caller of a row is a session of the role that is listed, or a principal of the account, if that is
// not the key's own: of that one, "account" are those whom IAM policies allow, and nobody else.
func (w *world) within(a *finding.Access, listed string) bool {
	who := cmp.Or(a.Who.Hidden, a.Who.Name)
	if p := w.partyCalled(listed, a.Input); p != nil {
		return aws.IsSessionOf(who, p.ARN)
	}
	if session := listed[strings.LastIndexByte(listed, '/')+1:]; aws.IsSessionOf(listed, who) { // who may do it as that session alone
		return slices.ContainsFunc(a.Conditions, func(c finding.Condition) bool {
			return strings.EqualFold(c.Key, aws.KeyUserID) && c.Operator == "StringLike" && slices.Equal(c.Values, []string{"*:" + session})
		})
	}
	account := cmp.Or(aws.AccountOf(listed), listed)
	root := listed == account || strings.HasSuffix(listed, ":root")
	return aws.IsSessionOf(who, listed) || root && aws.AccountOf(who) == account &&
		!slices.ContainsFunc(w.keys, func(k *key) bool { return k.name().has(a) && k.account() == account })
}

// expects says whether an expectation's name is about the callers of a row. An address is that of the key's own input, if it has it.
func (w *world) expects(name string, a *finding.Access) bool {
	if name == account {
		return a.Who.Kind == account && a.Who.Trusted && a.Via == account
	}
	who := a.Who
	if who.Hidden != "" {
		who.Name = who.Hidden
	}
	if who.Input != a.Input && w.byAddress[managed{a.Input, who.Address}] != nil {
		who.Address = ""
	}
	return Called(name, who)
}

// has says whether a row is about the key.
func (k Key) has(a *finding.Access) bool { return a.Key == k.Address && a.Input == k.Input }

// lacking are the callers that must keep something and cannot do anything of its class.
func (m *Map) lacking(ctx context.Context, e config.Expectation, key Key, rows []check.AccessFacts) []check.AccessFacts {
	var out []check.AccessFacts
	for _, class := range classes {
		for _, name := range e.Keeps[class.String()] {
			sure, maybe := false, []string{}
			for i := range rows {
				a := &rows[i]
				if !key.has(&a.Access) || a.Class != class.String() || a.Missing != "" || !m.after.expects(name, &a.Access) {
					continue
				}
				if a.Certainty == finding.Certain {
					sure = true
				} else {
					maybe = append(maybe, a.DependsOn...)
				}
			}
			if !sure && len(maybe) == 0 {
				sure, maybe = m.keeps(ctx, key, name, class.String())
			}
			if sure {
				continue
			}
			one := check.AccessFacts{Missing: e.Name, Reason: e.Reason}
			one.Access = finding.Access{Input: key.Input, Key: key.Address, Class: class.String(), Who: finding.Who{Kind: "principal", Name: name}, Certainty: finding.Certain,
				Conditions: []finding.Condition{}, Actions: []string{}}
			if strings.Contains(name, ".") && !strings.HasPrefix(name, "arn:") {
				one.Who.Address = name
			}
			if len(maybe) == 0 {
				one.Stops = m.stops(key, name, class)
			} else {
				one.Certainty, one.DependsOn = finding.Possible, check.Sorted(maybe)
			}
			for _, k := range m.after.keys {
				if k.called(key) && k.policy != nil {
					one.Through = m.after.place(k, step{policy: k.policy, statement: -1})
				}
			}
			out = append(out, one)
		}
	}
	return out
}

// keeps asks for one caller whether it may do something of a class: one that the key lets in as some of many has no row of its
// own.
func (m *Map) keeps(ctx context.Context, key Key, name, class string) (sure bool, maybe []string) {
	for _, k := range m.after.keys {
		if !k.called(key) || strings.ContainsAny(name, "*?") {
			continue
		}
		rows, _, err := m.after.rowsFor(ctx, m, Question{Principal: name}, k)
		if err != nil {
			continue // nobody is called so
		}
		for _, r := range rows {
			part := principalForm(name) == "account" && slices.Contains([]string{"role", "user", "principal"}, r.who.Kind) // which the account does not decide
			switch {
			case part || len(r.fence) > 0 || !slices.ContainsFunc(r.actions, func(a string) bool { return classOf(a).String() == class }):
			case r.possible:
				maybe = append(maybe, r.veil.Depends(r.dependsOn)...)
			default:
				sure = true
			}
		}
	}
	return sure, maybe
}

// foremost is the action of each class that people think of first.
var foremost = map[aws.Class]string{aws.Data: "kms:Decrypt", aws.Control: "kms:PutKeyPolicy", aws.Use: "kms:Encrypt", aws.Metadata: "kms:DescribeKey"}

// stops says in a sentence what stops a caller from an action of a class.
func (m *Map) stops(key Key, name string, class aws.Class) string {
	p := m.after.partyCalled(name, key.Input)
	for _, k := range m.after.keys {
		if !k.called(key) {
			continue
		}
		if p == nil {
			return fmt.Sprintf("Nothing lets %s in.", name)
		}
		for _, r := range m.after.reasons(k, p, name, foremost[class]) {
			return r.Message
		}
	}
	return ""
}
