package access

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
)

// fromAccounts are the shapes of calls by principals of accounts. The ways that no condition tells apart are one.
func (q *question) fromAccounts(who audience) []*shape {
	if q.isEmpty(who, "org", len(q.trusted) > 0) {
		return nil
	}
	var out []*shape
	for _, w := range q.ways() {
		for _, t := range q.types() {
			out = append(out, &shape{q: q, who: who, origin: w.Origin, forwarded: w.Forwarded, chained: w.Chained, as: t})
		}
	}
	return out
}

// isEmpty says whether it is plain that nobody is in an audience of principals or of services. It only looks.
func (q *question) isEmpty(who audience, org string, trusted bool) bool {
	return who.account == foreignAccount && len(q.foreign) == 0 ||
		who.account == trustedAccount && !trusted ||
		who.org == foreignOrg && len(q.strangeOrgs(org)) == 0 ||
		who.org == trustedOrg && len(q.ownOrgs(org)) == 0
}

// ways are the ways that calls come, as far as the document tells them apart.
func (q *question) ways() []aws.Form {
	if q.forms != nil {
		return q.forms
	}
	network, forwarded, chain := slices.ContainsFunc(aws.NetworkKeys, q.mentioned), slices.ContainsFunc(aws.ForwardedKeys, q.mentioned), slices.ContainsFunc(aws.ChainKeys, q.mentioned)
	out := []aws.Form{{}}
	if network {
		out = append(out, aws.Form{Origin: aws.Endpoint})
	}
	for i, n := 0, len(out); i < n && forwarded; i++ {
		out = append(out, aws.Form{Origin: out[i].Origin, Forwarded: true})
		if chain {
			out = append(out, aws.Form{Origin: out[i].Origin, Forwarded: true, Chained: true})
		}
	}
	if network {
		out = append(out, aws.Form{Origin: aws.Unseen, Forwarded: true})
		if chain {
			out = append(out, aws.Form{Origin: aws.Unseen, Forwarded: true, Chained: true})
		}
	}
	q.forms = out
	return out
}

// tokenWays are where calls with a token come from, as far as the document tells it.
func (q *question) tokenWays() []aws.Origin {
	if slices.ContainsFunc(aws.NetworkKeys, q.mentioned) {
		return []aws.Origin{aws.Internet, aws.Endpoint}
	}
	return []aws.Origin{aws.Internet}
}

var anyType = []*principalType{nil}

// types are the types of principals that are looked at one by one, because the ids of users and sessions depend on them, and
// whether credentials are temporary.
func (q *question) types() []*principalType {
	if !q.mentioned(aws.KeyUserID) && !q.mentioned(aws.KeyTokenIssueTime) {
		return anyType
	}
	out := make([]*principalType, len(principalTypes))
	for i := range principalTypes {
		out[i] = &principalTypes[i]
	}
	return out
}

// fromServices are the shapes of calls that AWS services make as themselves.
func (q *question) fromServices(who audience) []*shape {
	if q.isEmpty(who, "sourceorg", len(q.trusted)+len(q.bareARNs) > 0) {
		return nil
	}
	out := []*shape{{q: q, who: who, caller: serviceCaller}}
	if q.mentioned(aws.KeyCallerAccount) || q.mentioned(aws.KeyViaService) {
		out = append(out, &shape{q: q, who: who, caller: serviceFor})
	}
	return out
}

// everybody are the shapes of all calls.
func (q *question) everybody() []*shape {
	return slices.Concat(q.fromAccounts(anyone), q.fromServices(anyone), q.fromTokens(anyone, false))
}

// fromTokens are the shapes of calls with a federated token; shared are only those of providers that anybody can use.
func (q *question) fromTokens(who audience, shared bool) []*shape {
	if q.Kind != iam.Trust {
		return nil
	}
	var out []*shape
	for _, p := range q.providers() {
		iss := q.issuer(p)
		if shared && !iss.Shared() {
			continue
		}
		kinds := []bool{false}
		if shared && iss.Host == "cognito-identity.amazonaws.com" { // guests of an identity pool are anybody, whichever pool it is
			kinds = []bool{false, true}
		}
		for _, guest := range kinds {
			for _, w := range q.tokenWays() {
				out = append(out, &shape{q: q, who: who, caller: tokenCaller, origin: w, provider: p, guest: guest})
			}
		}
	}
	return out
}
