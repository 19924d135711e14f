package check

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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
		// Sources may not tell where the name of a member is written. Its value begins in the same line, but for YAML.
		if from, to := valueOf(j.doc.Text.S, end); to > from {
			if value, ok := j.doc.Text.At(from, to); ok && around(at, value) && !strings.HasSuffix(at.Filename, ".yaml") && !strings.HasSuffix(at.Filename, ".yml") {
				at = value
			}
		}
		return spot{at, j.hides(start, end), true}
	}
	return j.attribute()
}

// valueOf is where the value of a member begins and ends in a text of JSON, whose name ends there; nothing where it is no name.
func valueOf(s string, end int) (from, to int) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(s[min(max(end, 0), len(s)):], " \t\r\n"), ":")
	if !ok {
		return 0, 0
	}
	rest = strings.TrimLeft(rest, " \t\r\n")
	value, err := jsontext.NewDecoder(strings.NewReader(rest)).ReadValue()
	if err != nil {
		return 0, 0
	}
	from = len(s) - len(rest)
	return from, from + len(value)
}

// around says whether a place lies around another one.
func around(outer, inner hcl.Range) bool {
	return outer.Filename == inner.Filename && outer != inner && outer.Start.Byte <= inner.Start.Byte && inner.End.Byte <= outer.End.Byte
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
	best, most := j.result.Statement, 0
	for _, f := range access.Held(j.doc, j.subject) {
		if n := j.holds(r, f); n > most {
			best, most = f.Index, n
		}
	}
	return best
}

// holds is how many actions a statement allows of an identity policy, 0 where none of them is one that the rule is about.
func (j *judged) holds(r *Rule, f access.HolderFacts) int {
	wanted, some := j.wanted(r)
	switch {
	case some:
		return len(f.SomeKeys)
	case wanted != nil && !slices.ContainsFunc(wanted, func(a string) bool { return slices.Contains(f.AllKeys, a) }):
		return 0
	}
	return len(f.AllKeys)
}

// wanted are the actions on all keys that a rule on an identity policy is about, nil for any; some says that it is about those on some key.
func (j *judged) wanted(r *Rule) (actions []string, some bool) {
	switch {
	case r.asks("controls_all_keys") && j.onAllKeys(controlActions...):
		return controlActions, false
	case r.asks("all_actions") && j.result.AllActions:
		return nil, true
	case r.asks("decrypts_all_keys") && j.onAllKeys(decryptActions...):
		return decryptActions, false
	}
	return nil, false
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
