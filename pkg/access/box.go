package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// box writes a statement as a box. It returns false where no request of the shape can match.
func (sh *shape) box(s *statement) (*box, bool) {
	if !s.deny && !s.allow || !sh.concerns(s) || sh.lacks(s) {
		return nil, false
	}
	// Tokens have calls of their own, and a key policy is only asked about actions on its key.
	actions := s.actions & sh.callable()
	if actions == 0 {
		return nil, false
	}
	b := &box{statement: s, deny: s.deny, actions: actions, where: make([]constraint, 0, len(s.conditions)+1)}
	if !sh.principal(b) || !sh.resource(b) {
		return nil, false
	}
	for i := range s.conditions {
		if !sh.condition(b, &s.conditions[i]) {
			return nil, false
		}
	}
	return b, true
}

// concerns says whether callers of the shape may be among the principals of a statement. It only looks: whoever is named
// without a wildcard is nobody that the document does not name.
func (sh *shape) concerns(s *statement) bool {
	p := s.Principal
	if sh.caller == holderCaller || p == nil {
		return true
	}
	stranger := sh.caller == accountCaller && sh.who.account == freshAccount && !sh.who.named
	service, token := sh.caller == serviceCaller || sh.caller == serviceFor, sh.caller == tokenCaller
	for kind, value := range principalsOf(p) {
		may := !stranger || strings.ContainsAny(value, "*?")
		switch {
		case kind == "Federated":
			may = token
		case kind == "Service":
			may = service
		case token:
			may = s.deny && value == "*"
		case service:
			may = value == "*"
		}
		if may {
			return true
		}
	}
	return false
}

// lacks says whether a condition asks for a key that direct calls do not have, or for accounts that no caller of the shape is
// of, or works for. It only looks.
func (sh *shape) lacks(s *statement) bool {
	for i := range s.conditions {
		c := &s.conditions[i]
		service := sh.caller == serviceCaller || sh.caller == serviceFor
		switch c.key {
		case aws.KeyViaService:
			if sh.caller == accountCaller && !sh.forwarded && c.valid && !c.absent && c.op.Set == "" && c.op.Name != "null" {
				return true
			}
		case aws.KeyPrincipalAccount, aws.KeyCallerAccount:
			if sh.caller == accountCaller && c.ids && sh.q.constants[c.key] == "" && !sh.mayBeAny(c) {
				return true
			}
		case aws.KeySourceAccount:
			if service && c.ids && len(sh.q.bareARNs) == 0 && !sh.mayBeAny(c) {
				return true
			}
		}
	}
	return false
}

// mayBeAny says whether a caller of the shape may be of an account that a condition lists.
func (sh *shape) mayBeAny(c *condition) bool {
	return slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return sh.q.mayBe(sh.who.account, v.S) })
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
	if sh.everyone(p, b.deny || not) {
		return !not
	}
	if sh.caller == tokenCaller {
		if b.deny && !not && letsInAll(p) {
			// Everyone is anybody with a token, too, in the one way in which it is written; of the other that is not said.
			if p.Text.S != "*" {
				sh.q.inexact = `whether a Deny for {"AWS": "*"} is about tokens, too`
				return sh.q.holds(true)
			}
			return true
		}
		return not
	}
	who := sh.q.callersOf(b.statement, sh.caller == accountCaller, sh.who.account)
	if len(who.Alternatives) == 0 {
		return not
	}
	dim := sh.serviceDim
	if sh.caller == accountCaller {
		dim = sh.callerDim
	}
	b.where = append(b.where, constraint{dim: dim(), value: valueTest{lang: who, not: not}})
	return true
}

// everyone says whether an element names all callers of the shape.
func (sh *shape) everyone(p *iam.Principals, orEveryone bool) bool {
	for kind, value := range principalsOf(p) {
		switch {
		case sh.caller == tokenCaller:
			if kind == "Federated" && value == sh.provider {
				return true
			}
		case (kind == "AWS" || kind == "*") && value == "*" && (sh.caller != serviceFor || orEveryone):
			return true
		}
	}
	return false
}

// callersOf are those whom a statement names without a star: principals of a class of accounts, or services.
func (q *question) callersOf(s *statement, accounts bool, class accountClass) *sets.Language {
	p := s.Principal
	if p == nil {
		p = s.NotPrincipal
	}
	who := &sets.Language{}
	for kind, value := range principalsOf(p) {
		switch {
		case kind == "Service" && !accounts:
			who.Add((&sets.Builder{}).Glob(value, sets.AnyChar))
		case (kind == "AWS" || kind == "*") && value != "*" && accounts:
			for _, pattern := range callerPatterns(value, q.sessions) {
				if pattern.Tag == "" || q.mayBe(class, pattern.Tag) {
					who.Alternatives = append(who.Alternatives, pattern)
				}
			}
		}
	}
	return who
}

// mayBe says whether a caller of a class may be of an account. To look at those that cannot be would take the product of
// what is named and what is asked for.
func (q *question) mayBe(class accountClass, account string) bool {
	switch class {
	case freshAccount:
		_, named := slices.BinarySearch(q.accounts, account)
		return !named
	case foreignAccount:
		_, named := slices.BinarySearch(q.foreign, account)
		return named
	}
	return class == anyAccount || slices.Contains(q.trusted, account)
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
