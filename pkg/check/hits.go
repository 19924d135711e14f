package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// hit is one place where a rule fires.
type hit struct {
	answer
	facts *access.StatementFacts // nil for rules on whole policies
	name  string                 // tells statements apart: the Sid, or the principals
	// was is the place before the plan that this one is the successor of; taken says that a place has one.
	was   *hit
	taken bool
}

// fired are the places where a rule fires on a policy: on each document that it may be, certain where it is the same place. A rule
// on the whole policy fires on one of them, too, where who is let in is no question.
func (c *checker) fired(r *Rule, j *judged) []hit {
	out := c.firedOn(r, j)
	if r.Each != "statement" && j.undecided() {
		return out
	}
	for _, d := range j.others {
		other := *j
		other.doc, other.docs, other.result, other.statements = d.doc, []*iam.Document{d.doc}, d.result, d.statements
		there := c.firedOn(r, &other)
		switch {
		case r.Each == "statement" && (len(out) == 0 || len(there) == 0):
			return nil
		case len(out) == 0:
			out, there = there, nil
		}
		for i := range out {
			out[i].beside(there, j.depends(d.doc.Text.DependsOn...))
		}
	}
	return out
}

// depends is what decides how the document of the policy reads, as it may be shown.
func (j *judged) depends(more ...string) []string {
	return Veil{[]*judged{j}}.Depends(slices.Concat(j.doc.Text.DependsOn, more))
}

// openRefs are what the document leaves open of which nothing is known, or only that it is some account.
func (j *judged) openRefs() []string {
	var out []string
	for _, u := range j.doc.Text.Holes {
		switch u.Kind {
		case unknown.AnyText, unknown.AccountID, unknown.PrincipalARN:
			out = append(out, u.Refs()...)
		}
	}
	return out
}

// beside is the hit where another document that the policy may be has those. depends is what decides which document it is.
func (h *hit) beside(there []hit, depends []string) {
	i := slices.IndexFunc(there, func(o hit) bool {
		return o.facts == nil || o.name == h.name || h.facts.Index == o.facts.Index
	})
	more := ""
	switch {
	case i < 0:
		h.possible, h.late, more = true, depends, " Whether this is so depends on "+strings.Join(depends, ", ")+"."
	default:
		o := &there[i]
		if o.message != h.message {
			more = " What exactly depends on " + strings.Join(depends, ", ") + "."
		}
		h.possible = h.possible || o.possible || o.severity != h.severity
		if o.severity > h.severity {
			h.severity, h.message, h.remedy = o.severity, o.message, o.remedy
		}
	}
	if len(depends) > 0 && !strings.HasSuffix(h.message, more) {
		h.message += more
	}
}

// firedOn is fired for the document that decided.
func (c *checker) firedOn(r *Rule, j *judged) []hit {
	t := thing{resource: j.policy.Resource, policy: j, values: j.values()}
	if r.Each != "statement" {
		a := c.ask(r, &t)
		if !a.fires || strings.HasPrefix(a.at, "attribute:") && c.byDefault(r, t.resource, &a) {
			return nil
		}
		return []hit{{answer: a}}
	}
	var out []hit
	for i := range j.statements {
		t.statement = &j.statements[i]
		if a := c.ask(r, &t); a.fires {
			if t.statement.Perhaps && r.asksOf("statement", "external_accounts") {
				a.late = append(a.late, j.depends(j.openRefs()...)...)
			}
			out = append(out, hit{answer: a, facts: t.statement, name: statementName(t.statement)})
		}
	}
	return out
}

// statementName is what a statement is told by across plans: its Sid, or whom it names.
func statementName(f *access.StatementFacts) string {
	if f.Sid.S != "" {
		return "sid " + f.Sid.S
	}
	return "who " + whom(f.Statement)
}

// whom are the principals of a statement as one text.
func whom(s *iam.Statement) string {
	var who []string
	for _, p := range []*iam.Principals{s.Principal, s.NotPrincipal} {
		if p == nil {
			continue
		}
		who = append(who, p.Text.S)
		for kind, v := range p.Values() {
			who = append(who, kind.S+" "+v.S)
		}
	}
	return strings.Join(who, ",")
}

// byDefault says that a rule is silent because all that it rests on is that a variable of a module is not set. Where it rests on
// another default, which callers of the module may change, what it says is possible.
func (c *checker) byDefault(r *Rule, key *tf.Resource, a *answer) (silent bool) {
	if !c.in.Sources || key.Source == nil || !a.fires {
		return false
	}
	var names []string
	for _, n := range r.when.needs {
		for _, fact := range n.facts {
			for _, name := range fact.madeOf {
				d, ok := key.Source.ByDefault[name]
				switch {
				case ok && d.Empty:
					return true
				case ok:
					names = append(names, d.Variables...)
				}
			}
		}
	}
	if names = Sorted(names); len(names) > 0 {
		a.possible, a.late = true, append(a.late, names...)
		a.message += fmt.Sprintf(" That is the default of %s, which callers of the module may change.", strings.Join(names, ", "))
	}
	return false
}
