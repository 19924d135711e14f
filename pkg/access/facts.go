package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/iam"
)

// StatementFacts are what rules want to know of one Allow statement of a key or trust policy. Of what is not known before
// apply they say nothing: such parts are read as letting nobody in.
type StatementFacts struct {
	Index     int
	Sid       iam.String
	Statement *iam.Statement
	// Accounts are the untrusted accounts that the statement names and lets in without a condition that changes
	// anything.
	Accounts []string
	// Services are the AWS services that the statement lets in with nothing that ties their calls down.
	Services []string
	// AllActions says that somebody other than an account as a whole may do everything with the key through it.
	AllActions bool
	// NotPrincipal says that it is an Allow with NotPrincipal.
	NotPrincipal bool
	// Broad are its conditions on who calls, from where or for which resource, that keep no stranger out.
	Broad []BroadCondition
}

// BroadCondition is a condition that looks like a limit and is none.
type BroadCondition struct {
	Condition *iam.Condition
	// Dead says that it never holds because an exact operator compares with a wildcard. Otherwise a stranger meets it.
	Dead bool
	// Witness is the stranger's request, nil for dead conditions.
	Witness *Request
}

// Statements finds the facts of each Allow statement.
func Statements(doc *iam.Document, s Subject) []StatementFacts {
	s = s.complete(doc)
	if doc.Opaque || s.Kind == iam.Identity {
		return nil
	}
	world := findLeaves(doc, s).world(nil)
	q := newQuestion(world, s)
	var out []StatementFacts
	for i := range world.Statements {
		st := &world.Statements[i]
		if st.Effect.S != "Allow" {
			continue
		}
		f := StatementFacts{Index: st.Index, Sid: st.Sid, Statement: st, NotPrincipal: st.NotPrincipal != nil && st.Principal == nil}
		one := q.only(st)
		f.Accounts = one.externalAccounts(st)
		if q.kind == iam.Key {
			f.Services = one.looseServices(st)
			f.AllActions = one.allActions(st)
		}
		f.Broad = q.broadConditions(st)
		out = append(out, f)
	}
	return out
}

// only is the question about one Allow statement, with every Deny of the document.
func (q *question) only(st *iam.Statement) *question {
	one := *q
	one.work = &budget{fullBudget}
	one.statements = []iam.Statement{*st}
	for i := range q.statements {
		if q.statements[i].Effect.S == "Deny" {
			one.statements = append(one.statements, q.statements[i])
		}
	}
	return &one
}

// namedAccounts are the accounts in the principals of a statement, and whether it names anything but whole accounts.
func namedAccounts(st *iam.Statement) (accounts []string, others bool) {
	if st.Principal == nil {
		return nil, st.NotPrincipal != nil
	}
	if st.Principal.Text.Set {
		return nil, true
	}
	for _, e := range st.Principal.Entries {
		for _, v := range e.Values.Items {
			account, whole := v.S, true
			if part := strings.SplitN(v.S, ":", 6); len(part) == 6 {
				account, whole = part[4], part[5] == "root"
			}
			if e.Type.S != "AWS" || !whole {
				others = true
			}
			if e.Type.S == "AWS" && len(account) == 12 && strings.Trim(account, "0123456789") == "" {
				accounts = appendNew(accounts, account)
			}
		}
	}
	return accounts, others
}

func (q *question) externalAccounts(st *iam.Statement) []string {
	named, _ := namedAccounts(st)
	var out []string
	for _, a := range named {
		if slices.Contains(q.trusted, a) || a == someAccount || !q.unconditional(st) {
			continue
		}
		one := *q
		one.work = &budget{fullBudget}
		one.foreign = []string{a}
		one.langs = map[string]*language{}
		if one.ask(one.fromAccounts(audience{account: foreignAccount, org: anyOrg, net: anyNetwork}), all(q.table)).piece != nil {
			out = append(out, a)
		}
	}
	return out
}

// unconditional says whether the conditions of a statement hold for every call by a principal of an account.
func (q *question) unconditional(st *iam.Statement) bool {
	for _, sh := range q.fromAccounts(audience{account: anyAccount, org: anyOrg, net: anyNetwork}) {
		b := &box{statement: st}
		for i := range st.Conditions {
			if !sh.condition(b, &st.Conditions[i]) || len(b.where) > 0 {
				return false
			}
		}
	}
	return true
}

// tying are the keys that tie the calls of a service to somebody's resources.
func tying(key string) bool {
	key = strings.ToLower(key)
	info, _ := describe(key)
	return info.trust == source && !strings.HasPrefix(key, "aws:principal") || key == "kms:calleraccount" || key == "kms:viaservice" ||
		strings.HasPrefix(key, "kms:encryptioncontext")
}

func (q *question) looseServices(st *iam.Statement) []string {
	if st.Principal == nil || slices.ContainsFunc(st.Conditions, func(c iam.Condition) bool { return tying(c.Key.S) }) {
		return nil
	}
	var out []string
	for _, e := range st.Principal.Entries {
		if e.Type.S != "Service" {
			continue
		}
		for _, v := range e.Values.Items {
			alone := *st
			alone.Principal = &iam.Principals{Entries: []iam.Entry{{Type: e.Type, Values: iam.List{Items: []iam.String{v}}}}}
			one := q.only(&alone)
			if one.ask(one.fromServices(audience{}), all(q.table)).piece != nil {
				out = appendNew(out, v.S)
			}
		}
	}
	return out
}

// allActions says whether a caller other than a whole account may do everything through the statement, after every Deny.
func (q *question) allActions(st *iam.Statement) bool {
	everything := actionsOnKeys
	if _, others := namedAccounts(st); !others || q.granted(st)&everything != everything {
		return false
	}
	anyone := audience{account: anyAccount, org: anyOrg, net: anyNetwork}
	for _, sh := range append(q.fromAccounts(anyone), q.fromServices(anyone)...) {
		sh.limit()
		allows := sh.allows(q.statements, everything)
		denies := sh.denies(q.statements)
		s := &search{sh: sh}
		whole := false
		s.found = func(p *piece) bool {
			whole = p.actions == everything
			return whole
		}
		for _, b := range allows {
			if b.actions != everything {
				continue
			}
			if p, ok := sh.begin(b); ok && s.minus(p, denies) && whole {
				return true
			}
		}
	}
	return false
}

// broadConditions are the conditions on identity, network and source keys of a statement that strangers get past, without
// regard to Deny statements.
func (q *question) broadConditions(st *iam.Statement) []BroadCondition {
	var out []BroadCondition
	var candidates []*iam.Condition
	for i := range st.Conditions {
		c := &st.Conditions[i]
		info, exists := describe(strings.ToLower(c.Key.S))
		op, ok := iam.ParseOperator(c.Operator.S)
		if !ok || !exists || !info.trust.restricts() {
			continue
		}
		if (op.Name == "stringequals" || op.Name == "stringequalsignorecase") && !op.Negated && onlyWildcards(c, q.variables) {
			out = append(out, BroadCondition{Condition: c, Dead: true})
			continue
		}
		candidates = append(candidates, c)
	}
	if len(candidates) == 0 {
		return out
	}
	alone := *q
	alone.work = &budget{fullBudget}
	alone.statements = []iam.Statement{*st}
	a := alone.ask(append(alone.fromAccounts(audience{}), alone.fromServices(audience{})...), all(q.table))
	w := a.witness()
	if w == nil || Evaluate(&iam.Document{Version: q.doc.Version, Statements: alone.statements}, w) != Allowed {
		return out // nobody, or a comparison of two free values decides
	}
	w = q.shown(w)
	for _, c := range candidates {
		out = append(out, BroadCondition{Condition: c, Witness: w})
	}
	return out
}

// onlyWildcards says whether every value of a condition holds a wildcard, outside of variables.
func onlyWildcards(c *iam.Condition, variables bool) bool {
	for _, v := range c.Values.Items {
		s := v.S
		if variables {
			for _, p := range splitVariables(s) {
				if p.key != "" {
					return false
				}
			}
		}
		if !strings.ContainsAny(s, "*?") || strings.Contains(s, "${") {
			return false
		}
	}
	return len(c.Values.Items) > 0
}

// LockedOut says whether nobody of the own account keeps kms:PutKeyPolicy, in whichever way the unknown parts turn out.
// It is false where the own account is not known.
func LockedOut(doc *iam.Document, s Subject) bool {
	if s.Account == "" && !refersToOwn(doc) || doc.Opaque || s.Kind != iam.Key {
		return false
	}
	s = s.complete(doc)
	if rootStays(doc, s.Account) {
		return false
	}
	l := findLeaves(doc, s)
	open := make([]bool, len(l.choices))
	for i := range open {
		open[i] = true
	}
	q := newQuestion(l.world(open), s)
	q.trusted = []string{s.Account}
	put := named(keyActions, "kms:PutKeyPolicy")
	a := q.ask(q.fromAccounts(audience{account: trustedAccount, org: anyOrg, net: anyNetwork}), put)
	return a.piece == nil && !q.work.over() && q.inexact == ""
}

// rootStays says whether a statement without conditions gives the root of the account everything, and nothing is denied:
// most key policies begin like that, and need no further look.
func rootStays(doc *iam.Document, account string) bool {
	root := false
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect.S != "Allow" || s.Hole != "" {
			return false
		}
		if len(s.Conditions) > 0 || s.Principal == nil || s.Action == nil || s.Resource == nil || len(s.Resource.Items) != 1 || s.Resource.Items[0].S != "*" {
			continue
		}
		all := slices.ContainsFunc(s.Action.Items, func(a iam.String) bool { return strings.EqualFold(a.S, "kms:*") })
		root = root || all && slices.ContainsFunc(s.Principal.Entries, func(e iam.Entry) bool {
			return e.Type.S == "AWS" && slices.ContainsFunc(e.Values.Items, func(v iam.String) bool {
				part := strings.SplitN(v.S, ":", 6)
				return len(part) == 6 && part[4] == account && part[5] == "root"
			})
		})
	}
	return root
}

func refersToOwn(doc *iam.Document) bool {
	return Subject{}.complete(doc).Account != ""
}
