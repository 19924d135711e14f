package evaluate

import (
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
	e := evaluation{req: req, variables: doc.HasVariables(), deny: true}
	for s := range doc.All() {
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
func CoversAction(pattern, action string) bool { return globFold(pattern, action) }

// Holds says whether a condition of the document holds for a request. It must be an Allow's.
func Holds(doc *iam.Document, c *iam.Condition, req *Request) bool {
	op, ok := iam.ParseOperator(c.Operator.S)
	e := evaluation{req: req, variables: doc.HasVariables()}
	return ok && e.condition(op, c)
}
