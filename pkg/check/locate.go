package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// spot is a place in the sources.
type spot struct {
	at     hcl.Range
	hidden bool
	ok     bool
}

// leaf is where a part of the document is written: as closely as the sources tell, else where its attribute is.
func (j *judged) leaf(start, end int) spot {
	if at, ok := j.doc.Text.At(start, end); ok {
		return spot{at, j.hides(start, end), true}
	}
	return j.attribute()
}

// attribute is where the attribute that holds the document is written.
func (j *judged) attribute() spot {
	at, ok := j.policy.Range()
	return spot{at, j.sensitive, ok}
}

// argument is where an argument of the resource is written, or the resource itself.
func argument(r *tf.Resource, name string) spot {
	if r.Source == nil {
		return spot{}
	}
	if a := r.Source.Attrs[name]; a != nil && a.Range.Filename != "" {
		if a.Literal.Filename != "" {
			return spot{a.Literal, false, true}
		}
		if at, ok := whole(a.Texts); ok {
			return spot{at, false, true}
		}
		v, ok := unknown.Lookup(r.After, name)
		return spot{a.Range, ok && unknown.IsSensitive(v), true}
	}
	return spot{r.Source.Block, false, r.Source.Block.Filename != ""}
}

// whole is where the only text that an argument may be is written as a whole; false where it is put together or sensitive.
func whole(texts []unknown.Text) (hcl.Range, bool) {
	if len(texts) != 1 || texts[0].SensitiveAt(0, len(texts[0].S)) {
		return hcl.Range{}, false
	}
	t := texts[0]
	if slices.ContainsFunc(t.Spans, func(s unknown.Span) bool { return s.Start > 0 || s.End < len(t.S) }) {
		return hcl.Range{}, false
	}
	return t.At(0, len(t.S))
}

// principalSpot is the principal of a statement that lets the caller in: the first that is blamed, else a star where there is one.
func (j *judged) principalSpot(s *iam.Statement, blamed map[int]bool) spot {
	if s == nil {
		return j.attribute()
	}
	p := s.Principal
	if p == nil {
		p = s.NotPrincipal
	}
	if p == nil {
		return j.leaf(s.Start, s.End)
	}
	if p.Text.Set {
		return j.leaf(p.Text.Start, p.Text.End)
	}
	var first, star, found *iam.String
	for _, v := range p.Values() {
		if first == nil {
			first = &v
		}
		if star == nil && strings.ContainsAny(v.S, "*?") {
			star = &v
		}
		if found == nil && blamed[v.Start] {
			found = &v
		}
	}
	if v := cmp.Or(found, star, first); v != nil {
		return j.leaf(v.Start, v.End)
	}
	return j.leaf(p.Start, p.End)
}

// blamed are the principals of a statement that a finding of the rule is about, by where they begin; none where that are all. Without a
// rule they are those that let strangers in.
func (j *judged) blamed(r *Rule, index int, f *access.StatementFacts) map[int]bool {
	out := map[int]bool{}
	s, about := j.doc.Statement(index), func(kind, value string) bool { return false }
	switch {
	case f != nil && r.asksOf("statement", "external_accounts"):
		s, about = f.Statement, func(kind, value string) bool {
			return kind == "AWS" && slices.Contains(f.Accounts, access.AccountOf(value))
		}
	case f != nil && r.asksOf("statement", "loose_services"):
		s, about = f.Statement, func(kind, value string) bool { return kind == "Service" && slices.Contains(f.Services, value) }
	case j.result.Token && j.result.Witness != nil:
		about = func(kind, value string) bool { return kind == "Federated" && value == j.result.Witness.Principal }
	}
	if s == nil || s.Principal == nil {
		return nil
	}
	for kind, v := range s.Principal.Values() {
		out[v.Start] = about(kind.S, v.S)
	}
	return out
}

// widestAction is the action of a statement that stands for most.
func widestAction(s *iam.Statement) iam.String {
	for _, a := range s.Action.Items {
		if a.S == "*" || strings.EqualFold(a.S, "kms:*") {
			return a
		}
	}
	return s.Action.Items[0]
}

// about is the statement that a rule speaks of.
func (j *judged) about(r *Rule, f *access.StatementFacts) int {
	switch {
	case f != nil:
		return f.Index
	case j.reach != nil && r.asks("reachable"):
		return j.reach.reach.Statement
	case j.subject.Kind == iam.Identity:
		return j.aboutKeys(r)
	case r.At == "problem":
		return j.aboutProblem()
	case r.asks("undecided"):
		return j.aboutUnknown()
	}
	return j.result.Statement
}

// aboutKeys is the statement of an identity policy that allows what the rule is about; of what several allow together, the
// one that allows most.
func (j *judged) aboutKeys(r *Rule) int {
	if r.At == "problem" {
		return j.aboutProblem()
	}
	if r.asks("undecided") {
		return j.aboutUnknown()
	}
	var wanted []string
	some := false
	switch {
	case r.asks("controls_all_keys") && j.onAllKeys(controlActions...):
		wanted = controlActions
	case r.asks("all_actions") && j.result.AllActions:
		some = true
	case r.asks("decrypts_all_keys") && j.onAllKeys(decryptActions...):
		wanted = decryptActions
	}
	best, most := j.result.Statement, 0
	for _, f := range access.Held(j.doc, j.subject) {
		n := len(f.AllKeys)
		if some {
			n = len(f.SomeKeys)
		} else if wanted != nil && !slices.ContainsFunc(wanted, func(a string) bool { return slices.Contains(f.AllKeys, a) }) {
			n = 0
		}
		if n > most {
			best, most = f.Index, n
		}
	}
	return best
}

// aboutProblem is the statement that the first problem is in, -1 where it is the whole document.
func (j *judged) aboutProblem() int {
	for _, p := range j.result.Problems {
		if !p.NotPrincipal {
			return j.around(p.Start)
		}
	}
	return -1
}

// aboutUnknown is the only statement with a part that is not known, -1 where there are several.
func (j *judged) aboutUnknown() int {
	found := -1
	for s := range j.doc.All() {
		if s.Hole == "" && !unknown.HasHole(j.doc.Text.S[min(s.Start, len(j.doc.Text.S)):min(s.End, len(j.doc.Text.S))]) {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = s.Index
	}
	return found
}

// around is the statement that a place of the document is in, -1 for none.
func (j *judged) around(at int) int {
	for i := range j.doc.Statements {
		if s := &j.doc.Statements[i]; s.Start <= at && at < s.End {
			return s.Index
		}
	}
	return -1
}

// stranger is the place of the principal that lets strangers in.
func (j *judged) stranger() spot { return j.at(nil, "principal", j.result.Statement, nil) }

// at is the place that a rule's finding points to.
func (j *judged) at(r *Rule, where string, index int, f *access.StatementFacts) spot {
	s := j.doc.Statement(index)
	if name, ok := strings.CutPrefix(where, "attribute:"); ok {
		return argument(j.policy.Resource, name)
	}
	switch where {
	case "resource":
		return argument(j.policy.Resource, "")
	case "principal":
		if s != nil {
			return j.principalSpot(s, j.blamed(r, index, f))
		}
	case "action":
		if s != nil && s.Action != nil && len(s.Action.Items) > 0 {
			a := widestAction(s)
			return j.leaf(a.Start, a.End)
		}
	case "condition":
		if f != nil && len(f.Broad) > 0 {
			c := f.Broad[0].Condition
			for _, v := range c.Values.Items {
				if strings.ContainsAny(v.S, "*?") {
					return j.leaf(v.Start, v.End)
				}
			}
			return j.leaf(c.Key.Start, c.Key.End)
		}
	case "problem":
		as := j.asInvalid()
		for _, p := range as.result.Problems {
			if !p.NotPrincipal && p.End > p.Start {
				return as.leaf(p.Start, p.End)
			}
		}
	}
	if s != nil && where != "policy" {
		return j.leaf(s.Start, s.End)
	}
	return j.attribute()
}

// locate makes a location of a spot. In a module that was downloaded nobody can mend anything: the finding points to the
// module call, and the inner place is related.
func (c *checker) locate(r *tf.Resource, s spot, message string) (*finding.Location, []finding.Related) {
	if !s.ok {
		return nil, nil
	}
	inner := c.in.Locate(s.at, s.hidden)
	if r.Source == nil || !r.Source.Remote || !strings.Contains(s.at.Filename, ".terraform/modules/") {
		return inner, nil
	}
	for i := len(r.Source.Calls) - 1; i >= 0; i-- {
		if !strings.Contains(r.Source.Calls[i].Filename, ".terraform/modules/") {
			return c.in.Locate(r.Source.Calls[i], false), []finding.Related{{Message: message, Location: inner}}
		}
	}
	return inner, nil
}
