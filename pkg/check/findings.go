package check

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
)

// policyRule runs a rule on one policy, or on each of its statements, after and before the plan.
func (c *checker) policyRule(r *Rule, j *judged) {
	after := c.fired(r, j)
	old := j.before
	var before []hit
	if old != nil {
		before = c.fired(r, old)
	}
	pair(after, before)
	for i := range after {
		h := &after[i]
		f := c.finding(r, j, *h)
		var opened *evaluate.Request
		if f.Status, opened = c.status(r, j, old, h, before); opened != nil && f.Witness != nil {
			f.Witness = j.witness(opened)
		}
		c.add(r, f, j, *h)
	}
	for i := range before {
		if !c.gone(r, j, old, &before[i], after) {
			continue
		}
		f := c.finding(r, old, before[i])
		f.Status = finding.Resolved
		c.add(r, f, old, before[i])
	}
}

// finding writes a finding.
func (c *checker) finding(r *Rule, j *judged, h hit) finding.Finding {
	f := finding.Finding{Rule: r.ID, Severity: h.severity, Certainty: finding.Certain, Input: c.in.Number, Address: j.policy.Address,
		Attribute: j.policy.Attribute, Message: h.message, Remedy: h.remedy}
	if h.possible || j.assumes(r) {
		f.Certainty = finding.Possible
		if c.in.Sources && j.planTells(r, h) {
			f.Severity = min(f.Severity, finding.Low)
		}
	}
	if name, ok := strings.CutPrefix(h.at, "attribute:"); ok {
		f.Attribute = j.policy.Resource.Spelled(name)
	}
	index := -1
	if h.facts != nil || slices.Contains(parts, h.at) || r.asks("undecided") {
		index = j.about(r, h.facts)
	}
	if s := j.doc.Statement(index); s != nil {
		f.Statement = &finding.Statement{Sid: j.text(s.Sid), Index: s.Index}
	}
	switch f.DependsOn = j.result.DependsOn; {
	case len(h.late) > 0:
		f.DependsOn = h.late
	case j.reach != nil && r.asks("reachable"):
		f.DependsOn = j.reach.depends
	}
	switch {
	case h.facts != nil && len(h.facts.Broad) > 0 && h.at == "condition":
		f.Witness = j.witness(h.facts.Broad[0].Witness)
	case r.Grows == access.Strangers && j.result.Public == access.Yes:
		f.Witness = j.witness(j.result.Witness)
	case r.Grows == access.Holders:
		f.Witness = j.witness(j.result.Witness)
	}
	if k := j.policy.Key; j.policy.Kept && !j.old && (k == nil || len(k.Separate) == 0) {
		f.Message += " The configuration does not write " + j.policy.Attribute + ": AWS keeps the one that is there until another is set."
	}
	if j.policy.Left && !j.old {
		f.Message += " Terraform leaves " + j.policy.Attribute + " as it is (ignore_changes), whatever the sources write."
	}
	f.Fingerprint, f.Accounts = fingerprint(r, j, h, f.Attribute, f.Statement), j.aboutAccounts(r, h)
	return f
}

// assumes says whether what a rule says of the policy rests on an assumption.
func (j *judged) assumes(r *Rule) bool {
	if j.reach != nil && r.asks("reachable") && (j.reach.possible || j.reach.refused() != nil || len(j.reach.role.assumed) > 0 || j.reach.grants != nil && len(j.reach.grants.assumed) > 0) {
		return true
	}
	return len(j.assumed) > 0 && !r.asks("assumed")
}

// planTells says whether what a rule says of sources alone is possible, not certain, only through values that the plan
// will tell.
func (j *judged) planTells(r *Rule, h hit) bool {
	if j.reach != nil && r.asks("reachable") && len(j.reach.depends) > 0 && !slices.ContainsFunc(j.reach.depends, func(d string) bool { return !access.Unsaid(d) }) {
		return false
	}
	return len(h.late) > 0 || j.assumes(r) || r.asks("sometimes_invalid") && j.wrong != nil && len(j.wrong.doc.Text.DependsOn) > 0
}

// add places a finding and keeps it.
func (c *checker) add(r *Rule, f finding.Finding, j *judged, h hit) {
	s := j.at(r, h.at, j.about(r, h.facts), h.facts)
	if j.old {
		s = argument(j.policy.Resource, f.Attribute) // the text that was is not in the sources
	}
	f.Location, f.Related = c.locate(j.policy.Resource, s, "the place inside of the module")
	if j.reach != nil && r.asks("reachable") {
		f.Witness = j.witness(j.reach.reach.Witness, j.reach.others...)
		if !j.old {
			f.Related = append(f.Related, c.reachPlaces(j.reach)...)
		}
	}
	f.Related = append(f.Related, c.twin(j)...)
	f.Places = c.places(j.policy.Resource)
	if f.Statement != nil && !j.old {
		if st := j.doc.Statement(f.Statement.Index); st != nil {
			if at, ok := j.doc.Text.At(st.Start, st.End); ok {
				f.Places.Statement = c.in.Locate(at, false)
			}
		}
	}
	c.out.Findings = append(c.out.Findings, f)
}

// places are where the sources write a resource.
func (c *checker) places(r *tf.Resource) finding.Places {
	src := r.Source
	if src == nil {
		return finding.Places{}
	}
	out := finding.Places{Block: c.in.Locate(src.Block, false), Body: c.in.Locate(src.Body, false)}
	for _, call := range src.Calls {
		out.Calls = append(out.Calls, c.in.Locate(call, false))
	}
	return out
}

// twin names the other texts that decide about the same key: whichever is written last wins.
func (c *checker) twin(j *judged) []finding.Related {
	k := j.policy.Key
	if k == nil || j.policy.Kind != iam.Key {
		return nil
	}
	var out []finding.Related
	for _, p := range append([]*extract.Policy{k.Policy}, k.Separate...) {
		o := c.of[p]
		if o == nil || p == j.policy || p.From == extract.FromDefault {
			continue
		}
		loc, _ := c.locate(p.Resource, o.attribute(), "")
		does := " sets"
		if p.Perhaps {
			does = " may set"
		}
		out = append(out, finding.Related{Message: p.Address + does + " the policy of the same key; whichever is written last wins", Location: loc})
	}
	return out
}

// resourceRule runs a rule on a key itself, or on another resource.
func (c *checker) resourceRule(r *Rule, key *tf.Resource) {
	ask := func(values cty.Value) answer {
		return c.ask(r, &thing{resource: key, values: values})
	}
	after := ask(key.After)
	before := answer{}
	if key.Before != cty.NilVal {
		before = ask(key.Before)
	}
	if c.byDefault(r, key, &after) {
		return
	}
	a := after
	status := ""
	switch {
	case c.in.Sources && !after.fires, !after.fires && !before.fires:
		return
	case c.in.Sources:
	case key.Action == "":
		status = finding.Existing
	case after.fires && before.fires:
		status = finding.Existing
	case after.fires:
		status = finding.New
	default:
		a, status = before, finding.Resolved
	}
	name := strings.TrimPrefix(a.at, "attribute:")
	f := finding.Finding{Rule: r.ID, Severity: a.severity, Certainty: finding.Certain, Status: status, Input: c.in.Number, Address: key.Address,
		Message: a.message, Remedy: a.remedy, Fingerprint: hashed([]string{r.ID, key.Identity()})}
	if name != a.at {
		f.Attribute = key.Spelled(name)
	}
	if f.DependsOn = a.late; a.possible {
		f.Certainty = finding.Possible
		if c.in.Sources && len(a.late) > 0 {
			f.Severity = min(f.Severity, finding.Low)
		}
	}
	s := argument(key, name)
	f.Location, f.Related = c.locate(key, s, "the place inside of the module")
	f.Places = c.places(key)
	c.out.Findings = append(c.out.Findings, f)
}
