package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// cause is what a condition has to do with a stranger's request that is let in.
type cause int

const (
	unmet    cause = iota // the condition does not hold for the request: it has another way
	absent                // the request has no such key, and the operator holds without
	present               // the operator only asks for the presence of the key
	excluded              // the operator names whom it keeps out, and the stranger is another
	fits                  // the stranger's value is one that the condition lets in
	partly                // a part of its values is not known, and whatever it is lets the stranger in
	dead                  // it never holds, because an exact operator compares with wildcards
)

// passed is a condition that a request has got past.
type passed struct {
	condition *iam.Condition
	operator  iam.Operator
	cause     cause
	// key, op, written and value are the condition's key and operator, those of its values that matter and the stranger's value, as they
	// may be shown.
	key, op, written, value string
	// fit is the value that alone lets the stranger in, or that never matches.
	fit iam.String
}

// pass finds out how the request gets past a condition.
func (j *judged) pass(c *iam.Condition, r *evaluate.Request) passed {
	op, ok := iam.ParseOperator(c.Operator.S)
	p := passed{condition: c, operator: op, key: j.text(c.Key), op: j.text(c.Operator), written: j.writtenOut(c.Values.Items)}
	if !ok || r == nil || !evaluate.Holds(j.doc, c, r) {
		if ok && slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return unknown.HasHole(j.written(v)) }) {
			p.cause = partly
		}
		return p
	}
	has := !absentFrom(r, c.Key.S)
	switch {
	case !has:
		p.cause = absent
	case op.Name == "null":
		p.cause, p.value = present, j.strangers(c.Key.S, r)
	default:
		p.cause, p.value = fits, j.strangers(c.Key.S, r)
		if op.Negated {
			p.cause = excluded
			break
		}
		for i := range c.Values.Items { // the first value that lets the request in, where one does alone
			alone := *c
			alone.Values.Items = c.Values.Items[i : i+1]
			if evaluate.Holds(j.doc, &alone, r) {
				p.written, p.fit = j.writtenOut(alone.Values.Items), c.Values.Items[i]
				break
			}
		}
	}
	return p
}

// writtenOut are a condition's values for people.
func (j *judged) writtenOut(list []iam.String) string {
	const few = 3
	var out []string
	for i, v := range list {
		if i == few {
			out = append(out, fmt.Sprintf("%d more", len(list)-few))
			break
		}
		if j.hides(v.Start, v.End) {
			out = append(out, hidden)
			continue
		}
		out = append(out, fmt.Sprintf("%q", shown(j.written(v), j.doc.Text.Holes)))
	}
	return strings.Join(out, ", ")
}

// written is the text of a condition's value as the document has it: the engine may have put something in place of what is
// not known.
func (j *judged) written(v iam.String) string {
	for i := range j.doc.Statements {
		for _, c := range j.doc.Statements[i].Conditions {
			for _, o := range c.Values.Items {
				if o.Set && o.Start == v.Start && o.End == v.End {
					return o.S
				}
			}
		}
	}
	return v.S
}

// explained is how many conditions of a statement are explained: nobody reads more of them, and each takes a look at all.
const explained = 30

// explanation says how the stranger gets past the conditions of the statement, and which Deny came close.
func (j *judged) explanation() string {
	w := j.result.Witness
	if w == nil || j.result.Public != access.Yes {
		return ""
	}
	var out []string
	if s := j.doc.Statement(j.result.Statement); s != nil {
		for i := range s.Conditions {
			if i == explained {
				out = append(out, fmt.Sprintf("So it is with %d more conditions.", len(s.Conditions)-explained))
				break
			}
			if text := j.through(j.pass(&s.Conditions[i], w)); text != "" {
				out = append(out, text)
			}
		}
	}
	for _, m := range evaluate.NearMisses(j.doc, w) {
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

// through says in words how a stranger gets past a condition.
func (j *judged) through(p passed) string {
	lower := strings.ToLower(p.condition.Key.S)
	switch {
	case p.cause == unmet || p.key == "" || strings.Contains(p.key+p.op, hidden):
		return ""
	case clock(lower) && p.cause == fits || clock(lower) && p.cause == excluded:
		return "" // who says when
	case p.cause == absent && p.operator.Name == "null":
		return "Null asks for requests without " + p.key + ", and a stranger's may have none."
	case lower == aws.KeySecureTransport:
		return p.key + " keeps nobody out: every request to AWS uses TLS."
	case aws.OfTheKey(p.condition.Key.S) || lower == aws.KeyResourceAliases || lower == aws.KeyRequestedRegion && j.subject.Kind == iam.Key:
		return p.key + " is about the key, not about the caller."
	case p.cause == absent:
		return p.op + " on " + p.key + " holds for a stranger whose request has no such key."
	}
	tenant := j.result.Token && j.subject.NamesTenant(j.result.Witness.Principal, p.condition.Key.S)
	if !tenant && !aws.Limits(p.condition.Key.S) {
		return j.freely(p.key, lower)
	}
	if why := p.anyway(); why != "" {
		return why
	}
	switch {
	case lower == "cognito-identity.amazonaws.com:aud":
		return p.key + " names the identity pool, and whoever it takes for a guest gets a token; only cognito-identity.amazonaws.com:amr keeps guests out."
	case p.cause == present:
		return "Null on " + p.key + " only asks that the key is there, and a stranger's may be " + p.value + "."
	case p.cause == excluded:
		return p.op + " on " + p.key + " holds for other values than " + p.written + ", such as a stranger's " + p.value + "."
	case tenant:
		return p.key + " with " + p.written + " does not name the owner in full: a stranger's token may have " + p.value + "."
	}
	return p.op + " on " + p.key + " with " + p.written + " lets in a stranger's " + p.value + "."
}

// anyway explains conditions that do not tell callers by names, and those of which a part is not known; "" for others.
func (p passed) anyway() string {
	switch {
	case p.cause == partly:
		return p.op + " on " + p.key + " with " + p.written + " is so wide that strangers meet it, whatever the part is that is not known."
	case p.cause != fits && p.cause != excluded || p.operator.Name != "bool":
		return ""
	case strings.EqualFold(p.condition.Key.S, aws.KeyPrincipalIsAWSService):
		return p.op + " on " + p.key + " only asks whether an AWS service calls: anybody can have one call for a resource of their own."
	}
	return p.op + " on " + p.key + " with " + p.written + " keeps no stranger out: it says nothing of whose account the caller is from."
}

// freely explains a key that the caller chooses.
func (j *judged) freely(key, lower string) string {
	switch {
	case lower == aws.KeyViaService:
		return key + " limits the way, not the caller: any account can have the service make the call."
	case strings.HasPrefix(lower, "kms:encryptioncontext"):
		return key + " is the caller's choice: the encryption context is not secret."
	case strings.HasPrefix(lower, aws.KeyRecipientAttestation) && !aws.Limits(key):
		return key + " asks for an enclave or instance that runs the code it names, which any account can run."
	case strings.HasPrefix(lower, aws.KeyPrincipalTag):
		return key + " keeps nobody out: every account tags its own principals."
	case lower == aws.KeyExternalId:
		return key + " is no identity: whoever knows the id sends it."
	case strings.HasSuffix(lower, ":aud"):
		return key + " is the caller's choice: whoever asks for a token names its audience."
	case j.result.Token && strings.Contains(lower, ":") && !strings.HasPrefix(lower, "aws:") && !strings.HasPrefix(lower, "sts:"):
		return key + " does not name the owner: strangers get tokens that fit."
	case aws.Chosen(key):
		return key + " is the caller's choice."
	}
	return ""
}

// broadWhy explains why conditions keep no stranger out.
func (j *judged) broadWhy(f *access.StatementFacts) string {
	var out []string
	for i := range f.Broad {
		p := j.broad(&f.Broad[i])
		op := p.op
		if why := p.anyway(); why != "" {
			out = append(out, why)
			continue
		}
		switch p.cause {
		case dead:
			out = append(out, fmt.Sprintf("%s compares %s with %s letter by letter, so the wildcard never matches and the statement lets nobody in; StringLike reads wildcards.", op, p.key, p.written))
		case absent:
			if p.operator.Name == "null" {
				out = append(out, fmt.Sprintf("Null asks for requests without %s, and a stranger's may have none.", p.key))
				break
			}
			out = append(out, fmt.Sprintf("%s on %s holds for a stranger whose request has no such key.", op, p.key))
		case present:
			out = append(out, fmt.Sprintf("Null on %s only asks that the key is there, and a stranger's may be %s.", p.key, p.value))
		case excluded:
			out = append(out, fmt.Sprintf("%s on %s holds for other values than %s, such as a stranger's %s.", op, p.key, p.written, p.value))
		case fits:
			out = append(out, fmt.Sprintf("%s on %s with %s is so wide that it lets in a stranger's %s.", op, p.key, p.written, p.value))
		}
	}
	return strings.Join(out, " ")
}

func (j *judged) broad(b *access.BroadCondition) passed {
	p := j.pass(b.Condition, b.Witness)
	if b.Dead {
		p.cause, p.fit = dead, b.Condition.Values.Items[0]
	}
	return p
}

func absentFrom(r *evaluate.Request, key string) bool {
	for k := range r.Context {
		if strings.EqualFold(k, key) {
			return false
		}
	}
	return true
}
