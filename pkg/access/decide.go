package access

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// step is one audience to ask about.
type step struct {
	verdict Verdict
	net     netClass
}

// steps are the audiences, widest first. Whoever is let in by name gets in from anywhere; only then is it asked who gets in
// from a named network.
var steps = []step{{verdict: Everyone}, {verdict: ServiceOpen}, {verdict: External}, {verdict: ExternalOrg}, {Network, anyNetwork},
	{External, anyNetwork}, {ExternalOrg, anyNetwork}, {verdict: Federated}, {verdict: Service}, {verdict: Internal}}

// decide answers for a document of which everything is known.
func decide(doc *iam.Document, s Subject, work *sets.Budget) Result {
	q := newQuestion(doc, s)
	q.work = work
	var r Result
	if q.Kind == iam.Identity {
		r = q.decideIdentity()
	} else {
		r = q.decideResource()
	}
	if q.work.Over() && r.Verdict != Everyone && r.Verdict != Broad {
		return Result{Verdict: Unknown, Public: publicIfUnknown(s.Kind), Statement: -1, Reason: "the document is too complex to decide within the work budget"}
	}
	return r
}

// decideResource asks about one audience after the other, widest first.
func (q *question) decideResource() Result {
	for _, st := range steps {
		shapes := q.audience(st)
		if shapes == nil {
			continue
		}
		a := q.ask(shapes, all(q.table))
		if a.piece == nil && q.inexact == "" {
			if q.work.Over() {
				break
			}
			continue
		}
		r, ok := q.result(st.verdict, &a)
		if !ok {
			r, ok = q.retry(st)
		}
		if ok {
			return r
		}
	}
	return Result{Statement: -1, Public: No, Verdict: None}
}

// result is the answer where an audience is let in, and false where it is not known to be.
func (q *question) result(v Verdict, a *answer) (Result, bool) {
	r := Result{Statement: -1, Public: No, Verdict: v}
	if a.piece == nil {
		return r, false
	}
	r.explain(q, a)
	replays := r.Witness != nil && evaluate.Decide(q.doc, r.Witness) == evaluate.Allowed
	if v == Everyone {
		r.Public, r.Token = Yes, a.sh.caller == tokenCaller
		if !replays && q.inexact == "" {
			return unsure("a request on which the two evaluators disagree; please report this document"), true
		}
	}
	if !replays && q.inexact == "" {
		r.Witness, r.Reason = nil, "the two evaluators disagree on its witness; please report this document"
	}
	return r, replays || q.inexact == ""
}

// retry asks about one audience again where a comparison of two free values decides: with the comparison taken against
// the caller, as the caller would like it, and with other values. What only the second finds is not certain.
func (q *question) retry(st step) (Result, bool) {
	v := st.verdict
	ask := func(r reading, preferred string) (*question, answer) {
		again := q.again(r, preferred)
		return again, again.ask(again.audience(st), all(q.table))
	}
	least, a := ask(strict, "")
	if r, ok := least.result(v, &a); ok {
		return r, true
	}
	most, possible := ask(loose, "")
	if possible.piece == nil && !q.work.Over() {
		return Result{}, false
	}
	for _, value := range q.candidates() {
		if q.work.Over() {
			break
		}
		again, a := ask(pinned, value)
		if r, ok := again.result(v, &a); ok {
			return r, true
		}
	}
	if v == Everyone {
		return unsure(q.inexact), true
	}
	r := Result{Statement: -1, Public: No, Verdict: v}
	if possible.piece != nil {
		r.explain(most, &possible)
		r.Witness = nil
	}
	return r, possible.piece != nil
}

// audience are the shapes of the callers of a step, none where the document does not tell them from those before.
func (q *question) audience(st step) []*shape {
	switch st.verdict {
	case Everyone:
		return append(q.fromAccounts(audience{}), q.fromTokens(audience{}, true)...)
	case ServiceOpen:
		if q.Kind == iam.Key {
			return q.fromServices(audience{})
		}
	case Network, External, ExternalOrg:
		switch {
		case st.net == anyNetwork && !q.tellsNetworks():
		case st.verdict == External:
			return q.foreigners(st.net)
		case st.verdict == ExternalOrg:
			return q.strangersInOrgs(st.net)
		default:
			return q.fromAccounts(audience{net: anyNetwork})
		}
	case Federated:
		return q.fromTokens(anyone, false)
	case Service:
		return q.ownServices()
	case Internal:
		return slices.Concat(q.fromAccounts(audience{account: trustedAccount, org: anyOrg, net: anyNetwork}), q.fromAccounts(audience{org: trustedOrg, net: anyNetwork}),
			q.fromAccounts(audience{account: foreignAccount, org: trustedOrg, net: anyNetwork}))
	}
	return nil
}

// foreigners are principals of named accounts that are not trusted, and services that work for them.
func (q *question) foreigners(net netClass) []*shape {
	out := q.fromAccounts(audience{account: foreignAccount, org: outsideOrg, net: net})
	if len(q.uniqueIDs)+len(q.measured) > 0 {
		out = append(out, q.fromAccounts(audience{net: net, named: true})...)
	}
	if q.Kind == iam.Key && net == freshNetwork {
		// A named account in the own organization is not foreign to it.
		out = append(out, q.fromServices(audience{account: foreignAccount})...)
		out = append(out, q.fromServices(audience{account: foreignAccount, org: foreignOrg})...)
	}
	return out
}

func (q *question) strangersInOrgs(net netClass) []*shape {
	out := q.fromAccounts(audience{account: freshAccount, org: foreignOrg, net: net})
	if q.Kind == iam.Key && net == freshNetwork {
		out = append(out, q.fromServices(audience{account: freshAccount, org: foreignOrg})...)
	}
	return out
}

// ownServices are services that work for the own account or organization; a role is only passed to them within it.
func (q *question) ownServices() []*shape {
	if q.Kind != iam.Key {
		return q.fromServices(audience{account: anyAccount, org: anyOrg})
	}
	out := q.fromServices(audience{account: trustedAccount, org: anyOrg})
	if q.mentioned(aws.KeySourceOrgID) || q.mentioned(aws.KeySourceOrgPaths) {
		out = append(out, q.fromServices(audience{account: anyAccount, org: trustedOrg})...)
	}
	return out
}

// tellsNetworks says whether the document tells networks apart.
func (q *question) tellsNetworks() bool {
	return slices.ContainsFunc(aws.NetworkKeys, q.mentioned) || q.mentioned(aws.KeyEc2InstanceSourceVpc)
}
