package evaluate

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// Decide answers for one request and one document, as if the caller's own policies allowed everything: an account
// principal counts for each principal of the account. A document that AWS would refuse is taken literally.
//
// An element that is not known before apply matches nothing in an Allow and everything in a Deny. Where a name is repeated,
// the reading that allows counts.
//
// It follows https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
func Decide(doc *iam.Document, req *Request) Decision {
	decision := evaluate(doc, req)
	for _, r := range doc.Readings {
		if decision == Allowed {
			break
		}
		if d := evaluate(r, req); d == Allowed {
			decision = d
		}
	}
	return decision
}

func evaluate(doc *iam.Document, req *Request) Decision {
	action := strings.ToLower(req.Action)
	e := evaluation{req: req, variables: doc.HasVariables(), federated: action == "sts:assumerolewithwebidentity" || action == "sts:assumerolewithsaml"}
	decision := ImplicitlyDenied
	for s := range doc.All() {
		e.deny = strings.EqualFold(s.Effect.S, "Deny") || s.Hole != "" || !s.Effect.Known()
		if !e.deny && (!strings.EqualFold(s.Effect.S, "Allow") || decision == Allowed) {
			continue
		}
		if !e.statement(s) {
			continue
		}
		if e.deny {
			return ExplicitlyDenied
		}
		decision = Allowed
	}
	return decision
}

func (e *evaluation) statement(s *iam.Statement) bool {
	if s.Hole != "" {
		return true
	}
	return e.principal(s) && e.action(s) && e.resource(s) && e.conditions(s)
}

func (e *evaluation) action(s *iam.Statement) bool {
	match := func(l *iam.List) bool {
		return e.any(l, func(pattern string) bool { return globFold(pattern, e.req.Action) })
	}
	switch {
	case s.Action != nil:
		return match(s.Action) && (s.NotAction == nil || !match(s.NotAction))
	case s.NotAction != nil:
		return !match(s.NotAction)
	}
	return false
}

// resource matches the Resource element. Trust policies have none: the role itself is the resource.
func (e *evaluation) resource(s *iam.Statement) bool {
	match := func(l *iam.List) bool {
		return e.any(l, func(pattern string) bool {
			if pattern == "*" {
				return true
			}
			p, ok := e.pattern(pattern)
			return ok && matchResource(p, e.req.Resource)
		})
	}
	switch {
	case s.Resource != nil:
		return match(s.Resource) && (s.NotResource == nil || !match(s.NotResource))
	case s.NotResource != nil:
		return !match(s.NotResource)
	}
	return strings.HasPrefix(strings.ToLower(e.req.Action), "sts:")
}

func (e *evaluation) principal(s *iam.Statement) bool {
	switch {
	case s.Principal != nil && s.Effect.S == "Deny" && e.federated && namesEveryone(s.Principal):
		return true // a token's bearer is anybody, too
	case s.Principal != nil:
		return e.principals(s.Principal)
	case s.NotPrincipal != nil:
		return !e.principals(s.NotPrincipal)
	}
	return false
}

// namesEveryone says whether a statement is about everyone, who has not to be a principal of AWS.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
func namesEveryone(p *iam.Principals) bool {
	return p.Text.S == "*" || slices.ContainsFunc(p.Entries, func(entry iam.Entry) bool {
		return entry.Type.S == "AWS" && slices.ContainsFunc(entry.Values.Items, func(v iam.String) bool { return v.S == "*" })
	})
}

func (e *evaluation) principals(p *iam.Principals) bool {
	if p.Text.Set {
		if !p.Text.Known() {
			return e.unknown()
		}
		return p.Text.S == "*" && !e.federated || e.named("AWS", p.Text.S)
	}
	for _, entry := range p.Entries {
		if !entry.Type.Known() {
			if e.unknown() {
				return true
			}
			continue
		}
		if e.any(&entry.Values, func(v string) bool { return e.named(entry.Type.S, v) }) {
			return true
		}
	}
	return false
}

// named matches one principal of a policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (e *evaluation) named(kind, value string) bool {
	who := e.req.Principal
	switch kind {
	case "AWS", "*":
		return !e.federated && awsPrincipal(value, who)
	case "Service":
		return !e.federated && !strings.HasPrefix(who, "arn:") && glob(value, who)
	case "Federated":
		return e.federated && value == who
	}
	return false
}

// awsPrincipal matches a value of Principal.AWS: everyone, an account, a role with its sessions, a user, a session.
func awsPrincipal(value, who string) bool {
	if value == "*" {
		return true
	}
	caller, ok := aws.ParseARN(who)
	if !ok {
		return false
	}
	if isAccountPattern(value) {
		return glob(value, caller.Account)
	}
	named, ok := aws.ParseARN(value)
	if !ok {
		return strings.ContainsAny(value, "*?") && glob(value, who)
	}
	within := glob(named.Partition, caller.Partition) && glob(named.Account, caller.Account)
	if named.Resource == "root" {
		return within
	}
	if matchARN(value, who) {
		return true
	}
	// A session of a role stands for the role; the session's ARN does not tell the role's path.
	role, session := strings.CutPrefix(caller.Resource, "assumed-role/")
	if !session || !strings.HasPrefix(named.Resource, "role/") || !within {
		return false
	}
	role, _, _ = strings.Cut(role, "/")
	return glob(named.Resource[strings.LastIndex(named.Resource, "/")+1:], role)
}

// isAccountPattern says whether the value is an account id, or one with wildcards, which AWS refuses.
func isAccountPattern(value string) bool {
	return value != "" && strings.Trim(value, "0123456789*?") == ""
}
