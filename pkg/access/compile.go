package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// compile writes a statement as a box. It returns false where no request of the shape can match.
func (sh *shape) compile(s *iam.Statement) (*box, bool) {
	deny := s.Effect.S == "Deny"
	if !deny && s.Effect.S != "Allow" || !sh.concerns(s) || sh.lacks(s) {
		return nil, false
	}
	actions := sh.actions(s)
	if actions == 0 {
		return nil, false
	}
	b := &box{statement: s, deny: deny, actions: actions, where: make([]constraint, 0, len(s.Conditions)+1)}
	if !sh.principal(b) || !sh.resource(b) {
		return nil, false
	}
	for i := range s.Conditions {
		if !sh.condition(b, &s.Conditions[i]) {
			return nil, false
		}
	}
	return b, true
}

// concerns says whether callers of the shape may be among the principals of a statement. It only looks: whoever is named
// without a wildcard is nobody that the document does not name.
func (sh *shape) concerns(s *iam.Statement) bool {
	p := s.Principal
	if sh.caller == holderCaller || p == nil {
		return true
	}
	stranger := sh.caller == accountCaller && sh.who.account == freshAccount && !sh.who.named
	may := func(kind, value string) bool {
		switch kind {
		case "Federated":
			return sh.caller == tokenCaller
		case "Service":
			return sh.caller == serviceCaller || sh.caller == serviceFor
		}
		switch sh.caller {
		case tokenCaller:
			return false
		case serviceCaller, serviceFor:
			return value == "*"
		}
		return !stranger || strings.ContainsAny(value, "*?")
	}
	if p.Text.Set && may("AWS", p.Text.S) {
		return true
	}
	for _, e := range p.Entries {
		for _, v := range e.Values.Items {
			if may(e.Type.S, v.S) {
				return true
			}
		}
	}
	return false
}

// concerned says whether an Allow may be about callers of the shape.
func (sh *shape) concerned(statements []iam.Statement) bool {
	for i := range statements {
		if s := &statements[i]; s.Effect.S == "Allow" && sh.concerns(s) && !sh.lacks(s) {
			return true
		}
	}
	return false
}

// lacks says whether a condition asks for a key that direct calls do not have. It only looks.
func (sh *shape) lacks(s *iam.Statement) bool {
	if sh.caller != accountCaller || sh.forwarded {
		return false
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		if !strings.EqualFold(c.Key.S, aws.KeyViaService) {
			continue
		}
		if op, ok := iam.ParseOperator(c.Operator.S); ok && op == (iam.Operator{Name: op.Name}) && op.Name != "null" {
			return true
		}
	}
	return false
}

// actions are the actions of a statement that callers of the shape can use: tokens have calls of their own, and a key
// policy is only asked about actions on its key.
func (sh *shape) actions(s *iam.Statement) actionSet { return sh.q.granted(s) & sh.callable() }

// granted are the actions of a statement.
func (q *question) granted(s *iam.Statement) actionSet {
	var set actionSet
	switch {
	case s.Action != nil:
		set = q.covered(s.Action)
	case s.NotAction != nil:
		set = all(q.table)
	}
	if s.NotAction != nil {
		set &^= q.covered(s.NotAction)
	}
	return set
}

func (sh *shape) callable() actionSet {
	switch {
	case sh.q.Kind == iam.Key:
		return actionsOnKeys
	case sh.q.Kind == iam.Identity:
		return all(keyActions)
	case sh.caller != tokenCaller:
		return assumeRole
	case strings.Contains(sh.provider, ":saml-provider/"):
		return named(trustActions, "sts:AssumeRoleWithSAML")
	}
	return named(trustActions, "sts:AssumeRoleWithWebIdentity")
}

// principal adds who the statement names, and returns false where callers of the shape are not among them.
func (sh *shape) principal(b *box) bool {
	if sh.caller == holderCaller {
		return true
	}
	p, not := b.statement.Principal, false
	if p == nil {
		p, not = b.statement.NotPrincipal, true
	}
	if p == nil {
		return false
	}
	everyone, who := sh.principals(p, b.deny || not)
	switch {
	case everyone:
		return !not
	case len(who.Alternatives) == 0:
		return not
	}
	dim := 0
	if sh.caller == accountCaller {
		dim = sh.callerDim()
	} else {
		dim = sh.serviceDim()
	}
	b.where = append(b.where, constraint{dim: dim, value: valueTest{lang: who, not: not}})
	return true
}

// principals are the callers of the shape that an element names.
func (sh *shape) principals(p *iam.Principals, orEveryone bool) (everyone bool, who *sets.Language) {
	name := naming{p, sh.caller == accountCaller, sh.who.account}
	who, made := sh.q.naming[name]
	if !made {
		who = &sets.Language{}
	}
	add := func(kind, value string) {
		switch {
		case kind == "Federated":
			everyone = everyone || sh.caller == tokenCaller && value == sh.provider
		case sh.caller == tokenCaller:
		case kind == "Service" && sh.caller != accountCaller:
			if !made {
				who.Alternatives = append(who.Alternatives, (&sets.Builder{}).Glob(value, sets.AnyChar).Pattern())
			}
		case kind != "AWS" && kind != "*":
		case value == "*":
			everyone = everyone || sh.caller != serviceFor || orEveryone
		case sh.caller == accountCaller && !made:
			for _, pattern := range callerPatterns(value, sh.q.sessions) {
				if pattern.Tag == "" || sh.q.mayBe(sh.who.account, pattern.Tag) {
					who.Alternatives = append(who.Alternatives, pattern)
				}
			}
		}
	}
	if p.Text.Set {
		add("AWS", p.Text.S)
	}
	for _, e := range p.Entries {
		for _, v := range e.Values.Items {
			add(e.Type.S, v.S)
		}
	}
	if !made && sh.caller != tokenCaller {
		if sh.q.naming == nil {
			sh.q.naming = map[naming]*sets.Language{}
		}
		sh.q.naming[name] = who
	}
	return everyone, who
}

// mayBe says whether a caller of a class may be of an account. To look at those that cannot be would take the product of
// what is named and what is asked for.
func (q *question) mayBe(class accountClass, account string) bool {
	in := false
	switch class {
	case freshAccount:
		_, in = slices.BinarySearch(q.accounts, account)
		in = !in
	case foreignAccount:
		_, in = slices.BinarySearch(q.foreign, account)
	case trustedAccount:
		in = slices.Contains(q.trusted, account)
	default:
		in = true
	}
	return in
}

// callerPatterns are the callers that a value of Principal.AWS names, taken literally where AWS refuses it. A role stands
// for its sessions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func callerPatterns(value string, sessions bool) []sets.Pattern {
	part := strings.SplitN(value, ":", 6)
	account := value
	head := func() *sets.Builder { return (&sets.Builder{}).Text("arn:") }
	switch {
	case !strings.HasPrefix(value, "arn:") && isAccountPattern(value):
		b := head().Run(sets.NotColon).Text(":").Run(sets.NotColon).Text("::").Glob(value, sets.NotColon).Text(":").Run(sets.AnyChar)
		return []sets.Pattern{withAccount(b, account)}
	case len(part) != 6 || part[0] != "arn":
		if !strings.ContainsAny(value, "*?") {
			return nil // a unique id: the principal that it named is gone
		}
		return []sets.Pattern{(&sets.Builder{}).Glob(value, unmarked).Pattern()}
	}
	account = part[4]
	owner := func() *sets.Builder {
		return head().Glob(part[1], sets.NotColon).Text(":").Run(sets.NotColon).Text("::").Glob(account, sets.NotColon).Text(":")
	}
	if part[5] == "root" {
		return []sets.Pattern{withAccount(owner().Run(sets.AnyChar), account)}
	}
	// The ARN of a session does not tell the role's path.
	sessionsOf := func(role, name string) []sets.Pattern {
		return []sets.Pattern{
			withAccount(owner().Text("role/").Glob(role, sets.NotSlash).Text(sessionMark).Glob(name, sets.AnyChar), account),
			withAccount(owner().Text("role/").Run(unmarked).Text("/").Glob(role, sets.NotSlash).Text(sessionMark).Glob(name, sets.AnyChar), account),
		}
	}
	if session, ok := strings.CutPrefix(part[5], "assumed-role/"); ok {
		role, name, _ := strings.Cut(session, "/")
		return sessionsOf(role, name)
	}
	b := head()
	for _, p := range part[1:5] {
		b.Glob(p, sets.NotColon).Text(":")
	}
	b.Glob(part[5], unmarked)
	out := []sets.Pattern{withAccount(b, account)}
	if sessions && strings.HasPrefix(part[5], "role/") {
		out = append(out, sessionsOf(part[5][strings.LastIndex(part[5], "/")+1:], "*")...)
	}
	return out
}

func withAccount(b *sets.Builder, account string) sets.Pattern {
	p := b.Pattern()
	if !strings.ContainsAny(account, "*?") {
		p.Tag = account
		if aws.IsAccountID(account) && !p.Fixed() {
			p.Sample = "arn:aws:iam::" + account + ":role/stranger"
		}
	}
	return p
}

// covered are the actions that a list of patterns covers, remembered: every shape asks for the same lists.
func (q *question) covered(l *iam.List) actionSet {
	set, ok := q.lists[l]
	if !ok {
		for _, a := range l.Items {
			set |= matchActions(q.table, a.S)
		}
		if q.lists == nil {
			q.lists = map[*iam.List]actionSet{}
		}
		q.lists[l] = set
	}
	return set
}

// resource checks the Resource element. In a key policy it is about this key, in an identity policy it is a dimension.
func (sh *shape) resource(b *box) bool {
	s := b.statement
	switch {
	case sh.q.Kind == iam.Identity:
		return sh.resourceDim(b)
	case s.Resource == nil && s.NotResource == nil:
		return sh.q.Kind == iam.Trust
	}
	return (s.Resource == nil || sh.covered(b, s.Resource, false)) && (s.NotResource == nil || sh.covered(b, s.NotResource, true))
}
