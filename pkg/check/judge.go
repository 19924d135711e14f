package check

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
)

// verdicts in the order of how many they let in, widest first.
var widest = []access.Verdict{access.Everyone, access.Broad, access.ServiceOpen, access.External, access.ExternalOrg, access.Network,
	access.Federated, access.Service, access.Internal, access.Scoped, access.None}

// judge decides a policy that may be any of the documents. Where that leaves it undecided, values that can only be true or false
// are read as each.
func judge(m *Memory, p *extract.Policy, subject access.Subject, docs []*iam.Document, dependsOn []string) *judged {
	j := judgeAsWritten(m, p, subject, docs, dependsOn)
	if len(docs) != 1 || !j.undecided() {
		return j
	}
	if truths := eachTruth(docs[0]); truths != nil {
		if k := judgeAsWritten(m, p, subject, truths, dependsOn); !k.undecided() {
			return k
		}
	}
	return j
}

func judgeAsWritten(m *Memory, p *extract.Policy, subject access.Subject, docs []*iam.Document, dependsOn []string) *judged {
	j := &judged{policy: p, subject: subject, docs: docs, sensitive: p.Sensitive}
	if len(docs) == 0 {
		j.doc = &iam.Document{}
		j.result = access.Result{Verdict: access.Unknown, Public: access.Unsure, Statement: -1, DependsOn: dependsOn}
		if subject.Kind == iam.Identity {
			j.result.Public = access.No
		}
		return j
	}
	results := make([]access.Result, len(docs))
	decisions := make([]*decision, len(docs))
	for i, d := range docs {
		decisions[i] = m.decide(d, subject)
		results[i] = decisions[i].result
		if p.Ignored {
			results[i].Problems = slices.Clone(results[i].Problems)
			for k := range results[i].Problems {
				results[i].Problems[k].Perhaps = true
			}
		}
	}
	if i := slices.IndexFunc(results, wrong); i >= 0 && slices.ContainsFunc(results, func(r access.Result) bool { return !wrong(r) }) {
		j.wrong = &judged{policy: p, subject: subject, docs: docs[i : i+1], doc: docs[i], result: results[i], sensitive: p.Sensitive}
		// What AWS refuses is never there.
		docs, results, decisions = accepted(docs, results, decisions)
		j.docs = docs
	}
	at := pick(results)
	j.doc, j.result, j.statements = docs[at], results[at], decisions[at].statements
	for i, d := range decisions {
		if i != at {
			j.others = append(j.others, &decision{doc: docs[i], result: results[i], statements: d.statements})
		}
	}
	j.lockedOut = !p.Ignored && !slices.ContainsFunc(decisions, func(d *decision) bool { return !d.lockedOut })
	if len(docs) > 1 {
		j.combine(results)
	}
	veil := Veil{[]*judged{j}}
	j.result.DependsOn, j.result.Names = veil.Depends(j.result.DependsOn), veil.Depends(j.result.Names)
	return j
}

// accepted are the documents that AWS does not refuse, with what was decided of them.
func accepted(docs []*iam.Document, results []access.Result, decisions []*decision) ([]*iam.Document, []access.Result, []*decision) {
	var d []*iam.Document
	var r []access.Result
	var of []*decision
	for i := range docs {
		if results[i].Verdict != access.Invalid || !wrong(results[i]) { // Allow with NotPrincipal is read literally
			d, r, of = append(d, docs[i]), append(r, results[i]), append(of, decisions[i])
		}
	}
	return d, r, of
}

// pick is the document that says most about the whole: an undecided one, else the widest.
func pick(results []access.Result) int {
	best := 0
	rank := func(r access.Result) int {
		if r.Public == access.Unsure || r.Verdict == access.Unknown {
			return -1
		}
		if r.Public == access.Yes {
			return 0
		}
		return 1 + slices.Index(widest, r.Verdict)
	}
	for i := range results {
		if rank(results[i]) < rank(results[best]) {
			best = i
		}
	}
	return best
}

// combine takes several possible documents as one: what they agree on holds.
func (j *judged) combine(results []access.Result) {
	agree := true
	for _, r := range results {
		if r.Public != results[0].Public || j.subject.Kind == iam.Identity && r.Verdict != results[0].Verdict {
			agree = false
		}
	}
	if agree && j.result.Verdict != access.Unknown {
		return
	}
	var depends []string
	for i, r := range results {
		depends = append(depends, j.docs[i].Text.DependsOn...)
		depends = append(depends, r.DependsOn...)
	}
	j.result.DependsOn = Sorted(depends)
	j.result.Verdict, j.result.Witness = access.Unknown, nil
	if j.subject.Kind != iam.Identity {
		j.result.Public = access.Unsure
	}
	j.result.AllKeys, j.result.AllActions = nil, false
}
