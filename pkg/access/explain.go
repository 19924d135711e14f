package access

import (
	"strings"
	"time"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// NearMiss is a Deny statement that does not catch a request, and the element that lets it slip through.
type NearMiss struct {
	Statement int
	Sid       iam.String
	// Element is Principal, Action, Resource or Condition; Condition is the first condition that does not hold.
	Element   string
	Condition *iam.Condition
	// Absent says that the condition fails because the request does not have its key.
	Absent bool
}

// NearMisses says for each Deny statement why it does not catch the request.
func NearMisses(doc *iam.Document, req *Request) []NearMiss {
	var out []NearMiss
	e := evaluation{req: req, variables: doc.Version.S == "2012-10-17", deny: true}
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Effect.S != "Deny" || s.Hole != "" || e.statement(s) {
			continue
		}
		m := NearMiss{Statement: s.Index, Sid: s.Sid}
		switch {
		case !e.principal(s):
			m.Element = "Principal"
		case !e.action(s):
			m.Element = "Action"
		case !e.resource(s):
			m.Element = "Resource"
		default:
			m.Element = "Condition"
			m.Condition, m.Absent = e.firstFailing(s)
		}
		out = append(out, m)
	}
	return out
}

func (e *evaluation) firstFailing(s *iam.Statement) (*iam.Condition, bool) {
	for i := range s.Conditions {
		c := &s.Conditions[i]
		op, ok := iam.ParseOperator(c.Operator.S)
		if !ok || e.condition(op, c) {
			continue
		}
		_, present := e.req.lookup(c.Key.S)
		return c, !present
	}
	return nil, false
}

// CoversAction says whether a pattern of a policy covers an action.
func CoversAction(pattern, action string) bool {
	return glob(strings.ToLower(pattern), strings.ToLower(action))
}

// Uninformed says whether a part of a witness is that of the stranger who comes where the document asks for nothing, so
// that it tells nothing of the document.
func Uninformed(part string) bool {
	const account = "999999999999"
	if part == account {
		return true
	}
	field := strings.SplitN(part, ":", 6)
	return len(field) == 6 && field[2] == "iam" && field[4] == account && field[5] == "role/stranger"
}

// Chosen says whether the caller chooses the value of a condition key, so that a condition on it keeps nobody out.
func Chosen(key string) bool {
	info, exists := aws.Describe(strings.ToLower(key))
	return exists && info.Tells == aws.Free
}

// OfTheKey says whether a condition key is a property of the key itself, which tells nothing of the caller.
func OfTheKey(key string) bool {
	info, exists := aws.Describe(strings.ToLower(key))
	return exists && info.Tells == aws.Constant
}

// Limits says whether a condition key tells who calls, from where or for which resource, so that a condition on it can
// keep strangers out.
func Limits(key string) bool {
	info, exists := aws.Describe(strings.ToLower(key))
	return exists && info.Tells.Restricts()
}

// Single says whether a condition key has one value at most.
func Single(key string) bool {
	info, _ := aws.Describe(strings.ToLower(key))
	return !info.Multi
}

// Holds says whether a condition of the document holds for a request. It must be an Allow's.
func Holds(doc *iam.Document, c *iam.Condition, req *Request) bool {
	op, ok := iam.ParseOperator(c.Operator.S)
	e := evaluation{req: req, variables: doc.Version.S == "2012-10-17"}
	return ok && e.condition(op, c)
}

// Time reads a date as conditions write it.
func Time(s string) (time.Time, bool) { return parseDate(s) }
