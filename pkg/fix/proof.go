package fix

import (
	"iter"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// same says whether a finding is the one that is to end: its fingerprint may change with what is left of it.
func (t *Target) same(f *finding.Finding) bool {
	if f.Status == finding.Resolved || idOf(f) != idOf(t.Finding) {
		return false
	}
	// A rule on whole policies has one finding a policy, which moves on to the next statement at fault.
	was := t.Finding.Statement
	switch {
	case wholePolicy[f.Rule] || f.Statement == nil || was == nil:
		return true
	case f.Statement.Sid != "" && was.Sid != "": // an edit may add statements in front of it
		return f.Statement.Sid == was.Sid
	}
	return f.Statement.Index == was.Index
}

// fewer says whether an edit leaves less of the finding's kind in its policy: a statement may have got another number.
func (t *Target) fewer(before, after *Outcome) bool {
	k := idOf(t.Finding)
	return counts(after)[k] < counts(before)[k]
}

// counts says how many findings of a kind there are.
func counts(o *Outcome) map[id]int {
	out := map[id]int{}
	for f := range o.open() {
		out[idOf(f)]++
	}
	return out
}

// open are the findings that are not resolved.
func (o *Outcome) open() iter.Seq[*finding.Finding] {
	return func(yield func(*finding.Finding) bool) {
		for i := range o.Findings {
			if f := &o.Findings[i]; f.Status != finding.Resolved && !yield(f) {
				return
			}
		}
	}
}

// wholePolicy are the rules that say one thing of a policy, whichever statement is at fault.
var wholePolicy = map[string]bool{"kms-key-public": true, "iam-role-public": true, "iam-role-federated-public": true, "policy-invalid": true,
	"iam-kms-decrypt-all-keys": true, "iam-kms-all-keys": true, "iam-kms-wildcard-action": true, "kms-key-lockout": true}

// remaining says whether the finding is gone, and else which statement is at fault now.
func (t *Target) remaining(after *Outcome) (index int, gone bool) {
	switch f := t.found(after); {
	case f == nil:
		return 0, true
	case f.Statement == nil:
		return -1, false
	default:
		return f.Statement.Index, false
	}
}

// found is the finding as a run has it, nil where it is gone.
func (t *Target) found(after *Outcome) *finding.Finding {
	for i := range after.Findings {
		if f := &after.Findings[i]; t.same(f) {
			return f
		}
	}
	return nil
}

// namesKeys says whether what an edit wrote into the resources of an identity policy is a key, all of it: a name that sounds
// like one may be an alias, or no key at all.
func (s *search) namesKeys(after *Outcome) bool {
	at := *s.place()
	if after.Subjects[at].Kind != iam.Identity {
		return true
	}
	had := map[string]bool{}
	for _, doc := range s.before.Documents[at] {
		resources(doc, func(told string, _ iam.String) { had[told] = true })
	}
	all := true
	for _, doc := range after.Documents[at] {
		resources(doc, func(told string, v iam.String) { all = all && (had[told] || isKey(v, doc)) })
	}
	return all
}

// resources calls do for the resources of a document, as they are and with what decides their unknown parts.
func resources(doc *iam.Document, do func(told string, v iam.String)) {
	for i := range doc.Statements {
		for _, l := range []*iam.List{doc.Statements[i].Resource, doc.Statements[i].NotResource} {
			for _, v := range l.All() {
				do(doc.Text.Shown(v.S), v)
			}
		}
	}
}

// isKey says whether a resource is for certain the ARN of a key, or a pattern of such.
func isKey(v iam.String, doc *iam.Document) bool {
	if hole, ok := unknown.OneHole(v.S); ok {
		return hole < len(doc.Text.Holes) && doc.Text.Holes[hole].Kind == unknown.KeyARN
	}
	of, ok := aws.ParseARN(v.S)
	return ok && of.Service == "kms" && strings.HasPrefix(of.Resource, "key/")
}

// Ends says whether the finding is gone, on every instance that shares the text.
func (t *Target) Ends(after *Outcome) bool {
	_, gone := t.remaining(after)
	return gone
}

// id tells findings apart as far as an edit leaves them what they are.
type id struct{ rule, address, attribute string }

func idOf(f *finding.Finding) id { return id{f.Rule, f.Address, f.Attribute} }

// Worse says whether a finding is new or more severe after an edit, a verdict wider, or an input unreadable.
func Worse(before, after *Outcome) bool {
	if after.Errors > before.Errors {
		return true
	}
	worse := counts(before)
	severity := map[id]finding.Severity{}
	for f := range before.open() {
		severity[idOf(f)] = max(severity[idOf(f)], f.Severity)
	}
	for f := range after.open() {
		k := idOf(f)
		if worse[k]--; worse[k] < 0 || f.Severity > severity[k] {
			return true
		}
	}
	return wider(before.Policies, after.Policies)
}

// brings says which finding an edit would bring about an address, or about any where that is "", and is "" where it brings none.
func brings(before, after *Outcome, address string) string {
	had := counts(before)
	for i := range after.Findings {
		f := &after.Findings[i]
		k := idOf(f)
		if had[k]--; f.Status == finding.Resolved || had[k] >= 0 || address != "" && f.Address != address {
			continue
		}
		out := "an edit would end it and bring " + f.Rule + " of " + f.Address
		if len(f.DependsOn) > 0 {
			out += ", which depends on " + joined(f.DependsOn)
		}
		return out
	}
	return ""
}

// order are the verdicts from the widest to the narrowest.
var order = []string{"public", "unknown", "broad", "service-open", "external", "external:org", "network", "federated", "service", "internal", "scoped", "none"}

func wider(before, after []finding.Policy) bool {
	was := map[Place]finding.Policy{}
	for _, p := range before {
		was[Place{p.Address, p.Attribute}] = p
	}
	if len(after) < len(before) {
		return true // a policy that is not judged any more
	}
	for _, p := range after {
		old, ok := was[Place{p.Address, p.Attribute}]
		switch {
		case !ok:
			return true
		case p.Public == "yes" && old.Public != "yes", p.Public == "unknown" && old.Public == "no":
			return true
		case p.Verdict == "invalid" && old.Verdict != "invalid":
			return true
		case old.Verdict == "invalid" || p.Verdict == "invalid":
		case slices.Index(order, p.Verdict) < slices.Index(order, old.Verdict):
			return true
		}
	}
	return false
}

// opens says whether the edited document lets in anybody from outside whom the one at hand does not.
func (s *search) opens(after *iam.Document) bool {
	if after == nil {
		return true
	}
	audiences := []access.Audience{access.Strangers, access.Services, access.Others}
	if s.kind() == "identity" {
		audiences = holders(s.Finding.Rule)
	}
	return widened(after, s.Doc, s.Subject, audiences)
}

// widened says whether a document lets in anybody of some audiences whom another one does not. What could not be decided counts
// as let in.
func widened(after, before *iam.Document, subject access.Subject, audiences []access.Audience) bool {
	return slices.ContainsFunc(audiences, func(who access.Audience) bool {
		w, exact := access.Widened(after, before, subject, who)
		return w != nil || !exact
	})
}

// mayGive are the rules whose findings end by giving own principals something: who may mend a policy that locks them out,
// and what a statement was written for that AWS refuses or ignores.
var mayGive = map[string]bool{"kms-key-lockout": true, "policy-invalid": true}

// holders are the audience of an identity policy, which may be given what a statement was written for.
func holders(rule string) []access.Audience {
	if mayGive[rule] {
		return nil
	}
	return []access.Audience{access.Holders}
}

// Gives says whether some policy lets in anybody after an edit whom it did not before: callers from outside never, own ones
// only where the finding is that they are shut out. What could not be decided counts as given.
func Gives(rule string, before, after *Outcome) bool {
	for at, docs := range after.Documents {
		old := before.Documents[at]
		if len(old) == 0 || len(docs) == 0 || slices.EqualFunc(docs, old, sameText) {
			continue
		}
		subject := after.Subjects[at]
		audiences := []access.Audience{access.Strangers, access.Services, access.Others}
		switch {
		case subject.Kind == iam.Identity:
			audiences = holders(rule)
		case mayGive[rule]:
		case subject.Kind == iam.Trust:
			audiences = append(audiences, access.Own, access.Anyone)
		default:
			audiences = append(audiences, access.Own, access.Direct)
		}
		for was, is := range pairs(old, docs) {
			if !sameText(is, was) && widened(is, was, subject, audiences) {
				return true
			}
		}
	}
	return false
}

// closes says whether a statement that lets somebody in lets in nobody after an edit that does not say so: what it was
// written for would be gone.
func (s *search) closes(steps []step, after *iam.Document) bool {
	if after == nil || s.kind() == "identity" {
		return false
	}
	if slices.ContainsFunc(steps, func(s step) bool { return s.kind == dropStatement }) {
		return false
	}
	front := added(steps)
	for i := range steps {
		was, is := s.Doc.Statement(steps[i].statement), after.Statement(steps[i].statement+front)
		if was != nil && is != nil && was.Effect.S == "Allow" && s.letsIn(s.Doc, was) && !s.letsIn(after, is) {
			return true
		}
	}
	return false
}

func (s *search) letsIn(doc *iam.Document, st *iam.Statement) bool {
	one := *doc
	one.Statements = []iam.Statement{*st}
	return len(access.Audiences(&one, s.Subject).Rows) > 0
}

// ended are the fingerprints of the findings that are gone. What a fingerprint is made of may change with an edit elsewhere in
// the policy, so a finding of the same rule and place that was not there before may be any that seems to be gone: one with the
// same Sid where that is told, else none of them counts as ended.
func ended(before, after *Outcome) []string {
	was, left := map[string]bool{}, map[string]bool{}
	for i := range before.Findings {
		was[before.Findings[i].Fingerprint] = true
	}
	var moved []*finding.Finding
	for f := range after.open() {
		if left[f.Fingerprint] = true; !was[f.Fingerprint] {
			moved = append(moved, f)
		}
	}
	var out []string
	for f := range before.open() {
		if !left[f.Fingerprint] && !slices.Contains(out, f.Fingerprint) &&
			!slices.ContainsFunc(moved, func(m *finding.Finding) bool { return mayBe(m, f) }) {
			out = append(out, f.Fingerprint)
		}
	}
	slices.Sort(out)
	return out
}

// mayBe says whether a finding after an edit may be one of before.
func mayBe(now, was *finding.Finding) bool {
	if idOf(now) != idOf(was) {
		return false
	}
	return now.Statement == nil || was.Statement == nil || now.Statement.Sid == "" || was.Statement.Sid == "" || now.Statement.Sid == was.Statement.Sid
}
