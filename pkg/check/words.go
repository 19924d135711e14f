package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
)

// who says who is let in by the witness, in words.
func (j *judged) who() string {
	r := &j.result
	if r.Witness == nil {
		return ""
	}
	what := doing(j.shownActions(r.Open), j.shownActions([]string{r.Witness.Action})[0])
	switch {
	case r.Token:
		return "anybody with a token of " + provider(j.witness(r.Witness).Principal) + " may assume the role"
	case j.subject.Kind == iam.Trust:
		return "any AWS account may assume the role"
	case r.Verdict == access.ServiceOpen:
		return "AWS services may " + what + " for anybody's resources"
	case !r.Usable && r.Public == access.Yes:
		return "everyone is allowed to " + what + ", which today works only from inside of the own account"
	}
	return "any AWS account may " + what
}

func provider(name string) string {
	if _, host, ok := strings.Cut(name, "oidc-provider/"); ok {
		return host
	}
	return name
}

// doing names a few of the actions.
func doing(actions []string, first string) string {
	const few = 3
	names := []string{first}
	for _, a := range actions {
		if len(names) < few && !slices.Contains(names, a) {
			names = append(names, a)
		}
	}
	more := len(actions) - len(names)
	text := "call " + strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more actions", more)
	}
	return text
}

// explanation says which conditions of the statement keep nobody out, and which Deny came close.
func (j *judged) explanation() string {
	if j.result.Witness == nil || j.result.Public != access.Yes {
		return ""
	}
	var out []string
	if s := j.statement(j.result.Statement); s != nil {
		for _, c := range s.Conditions {
			if text := j.freely(c); text != "" {
				out = append(out, text)
			}
		}
	}
	for i := range j.statements {
		// For key policies a rule of its own says this.
		if f := &j.statements[i]; f.Index == j.result.Statement && len(f.Broad) > 0 && j.subject.Kind == iam.Trust {
			out = append(out, j.broadWhy(f))
		}
	}
	for _, m := range access.NearMisses(j.doc, j.result.Witness) {
		if m.Condition == nil {
			continue
		}
		why := "does not hold for the stranger"
		if m.Absent {
			why = "does not hold because the stranger's request has no such key"
		}
		out = append(out, fmt.Sprintf("The Deny %s does not apply: its condition on %s %s.", j.label(m.Statement, m.Sid), j.text(m.Condition.Key), why))
	}
	return strings.Join(out, " ")
}

// freely explains a condition whose key the caller chooses, or that is about the key itself.
func (j *judged) freely(c iam.Condition) string {
	key := j.text(c.Key)
	lower := strings.ToLower(c.Key.S)
	switch {
	case key == hidden:
		return ""
	case lower == "kms:viaservice":
		return key + " limits the way, not the caller: any account can have the service make the call."
	case strings.HasPrefix(lower, "kms:encryptioncontext"):
		return key + " is the caller's choice: the encryption context is not secret."
	case strings.HasPrefix(lower, "aws:principaltag/"):
		return key + " keeps nobody out: every account tags its own principals."
	case lower == "aws:securetransport":
		return key + " keeps nobody out: every request to KMS uses TLS."
	case lower == "sts:externalid":
		return key + " is no identity: whoever knows the id sends it."
	case lower == "cognito-identity.amazonaws.com:aud":
		return key + " names the identity pool, and whoever it takes for a guest gets a token; only cognito-identity.amazonaws.com:amr keeps guests out."
	case strings.HasSuffix(lower, ":aud"):
		return key + " is the caller's choice: whoever asks for a token names its audience."
	case j.result.Token && strings.Contains(lower, ":") && !strings.HasPrefix(lower, "aws:") && !strings.HasPrefix(lower, "sts:"):
		return key + " does not name the owner in full: strangers get tokens that fit."
	case access.OfTheKey(c.Key.S):
		return key + " is about the key, not about the caller."
	case access.Chosen(c.Key.S):
		return key + " is the caller's choice."
	}
	return ""
}

// label names a statement.
func (j *judged) label(index int, sid iam.String) string {
	if name := j.text(sid); name != "" && name != hidden {
		return fmt.Sprintf("statement %q", name)
	}
	return fmt.Sprintf("statement %d", index+1)
}

// broadWhy explains why conditions keep no stranger out.
func (j *judged) broadWhy(f *access.StatementFacts) string {
	var out []string
	for _, b := range f.Broad {
		c := b.Condition
		key, op := j.text(c.Key), j.text(c.Operator)
		value := hidden
		if len(c.Values.Items) > 0 && !j.hides(c.Values.Items[0].Start, c.Values.Items[0].End) {
			value = fmt.Sprintf("%q", shown(c.Values.Items[0].S, j.doc.Text.Holes))
		}
		parsed, _ := iam.ParseOperator(c.Operator.S)
		switch {
		case b.Dead:
			out = append(out, fmt.Sprintf("%s compares %s with %s letter by letter, so the wildcard never matches and nobody is let in; StringLike reads wildcards.", op, key, value))
		case absentFrom(b.Witness, c.Key.S) && parsed.Set == "all":
			out = append(out, fmt.Sprintf("%s on %s holds when the request has no such key, and a stranger's has none.", op, key))
		case absentFrom(b.Witness, c.Key.S):
			out = append(out, fmt.Sprintf("%s on %s holds for a stranger whose request has no such key.", op, key))
		case parsed.Negated:
			out = append(out, fmt.Sprintf("%s on %s only keeps out those that it names; every stranger gets in.", op, key))
		default:
			out = append(out, fmt.Sprintf("%s on %s with %s is so wide that a stranger meets it.", op, key, value))
		}
	}
	return strings.Join(out, " ")
}

func absentFrom(r *access.Request, key string) bool {
	if r == nil {
		return false
	}
	for k := range r.Context {
		if strings.EqualFold(k, key) {
			return false
		}
	}
	return true
}

// undecidedWhy says what an undecided verdict waits for.
func (j *judged) undecidedWhy() string {
	switch {
	case len(j.result.DependsOn) > 0:
		return "it depends on " + strings.Join(j.result.DependsOn, ", ")
	case j.result.Reason != "" && j.quotes(j.result.Reason):
		return "it depends on a part of the document that is sensitive"
	case j.result.Reason != "":
		return j.result.Reason
	}
	return "it depends on a value that is not known before apply"
}

// problem says what is wrong with the document, the first thing first.
func (j *judged) problem() string {
	var list []iam.Problem
	for _, p := range j.result.Problems {
		if !p.NotPrincipal {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return ""
	}
	text := list[0].Message
	if j.hides(list[0].Start, max(list[0].End, list[0].Start+1)) || j.quotes(text) {
		text = "a part that is sensitive is not valid"
	}
	if n := len(list) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more)", n)
	}
	return text
}
