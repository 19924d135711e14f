package check

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// pair finds for every place where a rule fires the one that it was before: by name, else by what the statement says,
// else by whom it names. A Sid may be changed, and lists may be written anew, without anything being opened.
func pair(after, before []hit) {
	named := func(a, b *hit) bool { return a.name == b.name && a.at == b.at }
	same := func(a, b *hit) bool {
		return a.facts != nil && b.facts != nil && alike(a.facts.Statement, b.facts.Statement)
	}
	who := func(a, b *hit) bool {
		return a.facts != nil && b.facts != nil && whom(a.facts.Statement) == whom(b.facts.Statement)
	}
	for i, fits := range []func(a, b *hit) bool{named, same, who} {
		for k := range after {
			for l := range before {
				if a, b := &after[k], &before[l]; a.was == nil && (!b.taken || i == 0) && fits(a, b) {
					a.was, b.taken = b, true
				}
			}
		}
	}
}

// alike says whether two statements say the same under names of their own.
func alike(a, b *iam.Statement) bool {
	texts := func(l *iam.List) []string {
		var out []string
		for _, i := range l.All() {
			out = append(out, i.S)
		}
		return out
	}
	list := func(a, b *iam.List) bool { return (a == nil) == (b == nil) && slices.Equal(texts(a), texts(b)) }
	return whom(a) == whom(b) && a.Effect.S == b.Effect.S && a.Hole == b.Hole && a.ConditionHole == b.ConditionHole &&
		list(a.Action, b.Action) && list(a.NotAction, b.NotAction) && list(a.Resource, b.Resource) && list(a.NotResource, b.NotResource) &&
		slices.EqualFunc(a.Conditions, b.Conditions, func(c, d iam.Condition) bool {
			return c.Operator.S == d.Operator.S && c.Key.S == d.Key.S && list(&c.Values, &d.Values)
		})
}

// status compares with before: new is what did not fire then, and what has grown since; then the second result is a
// request that was not allowed before.
func (c *checker) status(r *Rule, j, old *judged, h *hit, before []hit) (string, *evaluate.Request) {
	switch {
	case c.in.Sources:
		return "", nil
	case j.policy.Resource.Action == "":
		return finding.Existing, nil
	case old == nil || len(before) == 0:
		return finding.New, nil
	}
	grown, witness := c.grown(r, j, old, h)
	switch {
	case grown:
		return finding.New, witness
	case h.was != nil && h.severity > h.was.severity:
		return finding.New, nil
	case h.was == nil && (r.Grows == "" || h.facts == nil):
		return finding.New, nil
	}
	return finding.Existing, nil
}

// grown says whether what the rule is about has more in it than before, as far as that is certain, or whether it would
// take too long to tell.
func (c *checker) grown(r *Rule, j, old *judged, h *hit) (bool, *evaluate.Request) {
	switch {
	case r.asks("reachable"):
		return !subset(j.reachable, old.reachable), nil
	case r.Grows == "":
		return false, nil
	case j.grant != nil && old.grant != nil:
		return j.grant.More(old.grant), nil
	case len(j.docs) != 1 || len(old.docs) != 1:
		return h.was == nil, nil
	case j.docs[0].Text.S == old.docs[0].Text.S:
		return false, nil
	}
	w, exact := access.Widened(only(j.docs[0], h.facts), old.docs[0], j.subject, r.Grows)
	return w != nil || !exact, w
}

// only is a document without the Allow statements other than the one that is spoken of.
func only(d *iam.Document, f *access.StatementFacts) *iam.Document {
	if f == nil {
		return d
	}
	out := *d
	out.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s iam.Statement) bool { return s.Effect.S == "Allow" && s.Index != f.Index })
	return &out
}

// gone says whether the plan ends what a rule found before. It does not where the access is merely written elsewhere now,
// nor where what will be is not known.
func (c *checker) gone(r *Rule, j, old *judged, was *hit, after []hit) bool {
	if c.in.Sources || was.taken || j.undecided() {
		return false
	}
	switch {
	case r.asks("reachable") && j.result.Public == access.Yes:
		return false // the way is still there, and is not told beside the shorter one
	case len(after) == 0:
		return true
	case was.facts == nil:
		return false
	case r.Grows == "" || len(j.docs) != 1 || len(old.docs) != 1:
		return true
	}
	lost, _ := access.Widened(only(old.docs[0], was.facts), j.docs[0], j.subject, r.Grows)
	return lost != nil
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}
