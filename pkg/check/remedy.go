package check

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// remedy is what ends a public policy's finding, as far as its statement tells: "" where the rule's general advice fits.
// It never asks for what the statement does already.
func (j *judged) remedy() string {
	w := j.result.Witness
	s := j.doc.Statement(j.result.Statement)
	if w == nil || s == nil || j.result.Public != access.Yes {
		return ""
	}
	if s.Principal == nil && s.NotPrincipal != nil {
		return "Name those who are let in by Principal: NotPrincipal lets in everybody but those that it names."
	}
	guests := false
	for i := range s.Conditions[:min(explained, len(s.Conditions))] {
		c := &s.Conditions[i]
		p := j.pass(c, w)
		if p.cause == unmet || p.key == "" || strings.Contains(p.key+p.op, hidden) {
			continue
		}
		tenant := j.result.Token && j.subject.NamesTenant(w.Principal, c.Key.S)
		pool := strings.EqualFold(c.Key.S, "cognito-identity.amazonaws.com:aud") && p.cause == fits
		guests = guests || pool && !strings.ContainsAny(p.written, "*?")
		switch {
		case guests && pool:
			continue
		case tenant && p.cause == fits:
			return "Write out who the owner is in " + p.key + ", up to the character that ends the name."
		case tenant || aws.Limits(c.Key.S):
			return advice(p)
		}
		if other := ofCaller[strings.ToLower(c.Key.S)]; other != "" {
			return "Compare " + other + ", which is about the caller, instead of " + p.key + ", which is about the key."
		}
	}
	if j.result.Token {
		return tokenAdvice(j.subject.TenantKey(w.Principal), guests)
	}
	return ""
}

// advice mends a condition that reads as a limit and is none.
func advice(p passed) string {
	op, exact := p.op, "StringEquals"
	switch {
	case !aws.Single(p.condition.Key.S):
		exact = "ForAnyValue:StringLike"
	case p.operator.Name == "arnlike":
		exact = "ArnLike"
	case p.operator.Name == "ipaddress":
		exact = "IpAddress"
	}
	name := strings.TrimSuffix(op, "IfExists")
	if _, base, ok := strings.Cut(name, ":"); ok {
		name = base
	}
	if !aws.Single(p.condition.Key.S) {
		name = "ForAnyValue:" + name
	}
	switch {
	case p.cause == dead:
		return "Write the values of " + p.key + " out: " + op + " takes a wildcard for a letter."
	case p.operator.Name == "null":
		return "Compare " + p.key + " with the values that you mean (" + exact + "): Null only asks whether it is there."
	case p.operator.Name == "bool" && p.cause != absent && strings.EqualFold(p.condition.Key.S, aws.KeyPrincipalIsAWSService):
		return "Name the service in Principal, and write aws:SourceAccount or aws:SourceOrgID beside " + p.key + " (StringEquals): it does not say for whom the service calls."
	case p.operator.Negated:
		return "Name those who are let in by " + p.key + " (" + exact + "): " + op + " names those who are kept out."
	case p.cause == absent && strings.ContainsAny(p.written, "*?") && exact == "StringEquals" && !strings.HasSuffix(strings.ToLower(p.condition.Key.S), "arn"):
		return "Write your own value of " + p.key + " out under " + exact + " instead of " + op + ": a request without the key is kept out then, and no pattern names you alone."
	case p.cause == absent:
		return "Write " + name + " instead of " + op + " on " + p.key + ", so that a request without the key is kept out."
	case p.operator.Name == "ipaddress":
		return "Write only your own networks into " + p.key + "; what is there now is so wide that strangers have addresses in it."
	case p.operator.Name == "arnlike" || strings.HasSuffix(strings.ToLower(p.condition.Key.S), "arn"):
		return "Write your account into the ARN that " + p.key + " is compared with, under ArnLike, and no wildcard in its place."
	}
	return "Write your own value of " + p.key + " out, without wildcards and variables (" + exact + ")."
}

// ofCaller are the keys that say of the caller what others say of the resource.
var ofCaller = map[string]string{
	aws.KeyResourceAccount:  aws.Spelled(aws.KeyPrincipalAccount),
	aws.KeyResourceOrgID:    aws.Spelled(aws.KeyPrincipalOrgID),
	aws.KeyResourceOrgPaths: aws.Spelled(aws.KeyPrincipalOrgPaths),
}

// tokenAdvice names the key that tells the customers of an identity provider apart.
func tokenAdvice(key string, guests bool) string {
	switch {
	case guests:
		return `Add ForAnyValue:StringLike on cognito-identity.amazonaws.com:amr with "authenticated", which keeps the guests of the pool out.`
	case key == "":
		return ""
	}
	return "Add a condition on " + key + " that names your organization, project or application in full."
}

// broadRemedy mends the first condition of a statement that keeps no stranger out.
func (j *judged) broadRemedy(f *access.StatementFacts) string {
	if len(f.Broad) == 0 {
		return ""
	}
	p := j.broad(&f.Broad[0])
	if p.cause == unmet || p.key == "" || strings.Contains(p.key+p.op, hidden) {
		return ""
	}
	return advice(p)
}

// externalRemedy is what to do about a named account that is let in.
func externalRemedy(f *access.StatementFacts) string {
	const trust = "If the account is yours or a partner's, add it to trusted_accounts in .keyproof.hcl; otherwise "
	switch {
	case !letsInAccounts(f):
		return trust + "take the principal out: it is a single one already, and the administrators of its account say who may act as it."
	case len(f.Statement.Conditions) > 0:
		return trust + "take it out, or add a condition that keeps some of it out, unlike those that are there."
	}
	return ""
}

// letsInAccounts says whether a statement names an untrusted account as a whole, or in a way that is not one principal's.
func letsInAccounts(f *access.StatementFacts) bool {
	if f.Statement.Principal == nil {
		return true
	}
	for kind, v := range f.Statement.Principal.Values() {
		_, whole := aws.RootAccount(v.S)
		account := aws.AccountOf(v.S)
		named := v.Known() && account != "" && !unknown.HasFixed(v.S)
		if kind.S == "AWS" && (!named || whole && slices.Contains(f.Accounts, account)) {
			return true
		}
	}
	return false
}
