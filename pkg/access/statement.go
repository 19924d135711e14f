package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// statement is a statement in the form that every question asks. It is compiled once, whichever forms of request it is asked
// about.
type statement struct {
	*iam.Statement
	allow, deny bool // neither where AWS does not know the effect
	actions     actionSet
	conditions  []condition
}

// condition is a condition of a statement.
type condition struct {
	*iam.Condition
	op     iam.Operator
	valid  bool   // the operator is one
	key    string // in lower case
	absent bool   // it holds for requests without the key
	free   bool   // a value may have a variable
	ids    bool   // it asks for one of some accounts, each by its id
	texts  []viewed
}

// viewed is the language of a condition's values in one view. It is kept where no variable is in them: every form of request has
// the same, and what is asked of each of thousands of accounts would build it for each.
type viewed struct {
	view *view
	lang *sets.Language
}

func compile(table []aws.Action, list []iam.Statement) []*statement {
	made := make([]statement, len(list))
	out := make([]*statement, len(list))
	for i := range list {
		s := &made[i]
		*s = statement{Statement: &list[i], allow: list[i].Effect.S == "Allow", deny: list[i].Effect.S == "Deny", actions: actionsOf(table, &list[i])}
		if n := len(s.Conditions); n > 0 {
			s.conditions = make([]condition, n)
		}
		for k := range s.conditions {
			s.conditions[k] = compileCondition(&s.Conditions[k])
		}
		out[i] = s
	}
	return out
}

func compileCondition(c *iam.Condition) condition {
	op, ok := iam.ParseOperator(c.Operator.S)
	out := condition{Condition: c, op: op, valid: ok, key: aws.Lower(c.Key.S), absent: withoutKey(op, c.Values.Items)}
	out.ids = ok && !out.absent && op.Set == "" && op.Name == "stringequals" && !slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return !aws.IsAccountID(v.S) })
	out.free = slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return strings.Contains(v.S, "${") })
	return out
}

// actionsOf are the actions of a statement.
func actionsOf(table []aws.Action, s *iam.Statement) actionSet {
	covered := func(l *iam.List) actionSet {
		var set actionSet
		for _, a := range l.Items {
			set |= matchActions(table, a.S)
		}
		return set
	}
	var set actionSet
	switch {
	case s.Action != nil:
		set = covered(s.Action)
	case s.NotAction != nil:
		set = all(table)
	}
	if s.NotAction != nil {
		set &^= covered(s.NotAction)
	}
	return set
}

// naming is the statement with other principals.
func (s *statement) naming(p *iam.Principals) *statement {
	written, out := *s.Statement, *s
	written.Principal = p
	out.Statement = &written
	return &out
}

// directly are the statements without the Allows to whole accounts.
func directly(list []*statement) []*statement {
	out := slices.Clone(list)
	for i, s := range out {
		if s.allow {
			out[i] = s.naming(withoutAccounts(s.Principal))
		}
	}
	return out
}

// deniesOf are the Deny statements.
func deniesOf(list []*statement) []*statement {
	return slices.DeleteFunc(slices.Clone(list), func(s *statement) bool { return !s.deny })
}

// written are the statements as a document has them.
func written(list []*statement) []iam.Statement {
	out := make([]iam.Statement, len(list))
	for i, s := range list {
		out[i] = *s.Statement
	}
	return out
}
