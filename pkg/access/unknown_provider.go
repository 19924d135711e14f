package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// Which identity provider a trust policy names may not be known, and neither whose claim a condition is about. A provider
// that is not known may be one of those that sign for many customers: each of them is taken in turn. Or it is one that
// nobody else has: then it is a symbol, which only equals itself. A condition key of which only the claim is known is a
// claim of the provider that is asked about, or of none that a token is from: its key is in no request then.

// maxHosts bounds how many different beginnings of keys are read both ways together; of more, each goes its own way.
const maxHosts = 3

// noteProviders finds the providers and the beginnings of condition keys that are not known.
func (l *leaves) noteProviders() {
	if l.subject.Kind != iam.Trust {
		return
	}
	for s := range l.doc.All() {
		if s.Effect.S != "Deny" && s.Principal != nil {
			l.eachProvider(s.Principal, func(v iam.String) { l.providers = appendNew(l.providers, l.fillKinds(v.S)) })
		}
		for k := range s.Conditions {
			if host, _, ok := l.openHost(s.Conditions[k].Key); ok && len(l.hosts) < maxHosts {
				l.hosts = appendNew(l.hosts, host)
			}
		}
	}
}

// eachProvider calls do with the providers of an element that are not known, and with what may be one.
func (l *leaves) eachProvider(p *iam.Principals, do func(iam.String)) {
	if !p.Text.Known() {
		do(p.Text)
	}
	for _, e := range p.Entries {
		if !e.Type.Known() {
			do(e.Type)
		}
		for _, v := range e.Values.Items {
			if e.Type.S == "Federated" && l.openProvider(v) {
				do(v)
			}
		}
	}
}

// openProvider says whether it is not known which provider a principal is. The account that it is in makes no difference.
func (l *leaves) openProvider(v iam.String) bool {
	host, oidc := aws.ProviderHost(l.fillKinds(v.S))
	return oidc && unknown.HasHole(host) && !l.customersOwn(v.S)
}

// customersOwn says whether the provider is known to be one customer's own.
func (l *leaves) customersOwn(s string) bool {
	return slices.ContainsFunc(unknown.Parts(s), func(p unknown.Part) bool {
		if p.Hole < 0 || p.Hole >= len(l.doc.Text.Holes) {
			return false
		}
		h := l.doc.Text.Holes[p.Hole]
		return h.Kind == unknown.OIDCProvider && l.subject.OwnIssuers[h.Of]
	})
}

// suppositions are the readings of what is not known of providers, first the one in which they are nobody else's.
func (l *leaves) suppositions() []supposition {
	if len(l.providers) == 0 && len(l.hosts) == 0 {
		return []supposition{{}}
	}
	hosts := []string{""}
	for _, list := range [][]aws.Issuer{l.subject.SharedIssuers, aws.Issuers} {
		for i := range list {
			host := list[i].Host
			if list[i].Shared() && !strings.Contains(host, "*") && (slices.ContainsFunc(l.providers, func(p string) bool { return l.mayBeProvider(p, host) }) || l.namesProvider(host)) {
				hosts = appendNew(hosts, host)
			}
		}
	}
	for _, host := range l.claimHosts() {
		if slices.ContainsFunc(l.providers, func(p string) bool { return l.mayBeProvider(p, host) }) {
			hosts = appendNew(hosts, host)
		}
	}
	var out []supposition
	for _, h := range hosts {
		for strange := range uint(1) << len(l.hosts) {
			out = append(out, supposition{h, strange})
		}
	}
	return out
}

// claimHosts are the providers whose claims the document asks for: an unknown provider may be one of them.
func (l *leaves) claimHosts() []string {
	var out []string
	for i := range l.doc.Statements {
		for _, c := range l.doc.Statements[i].Conditions {
			host, _, ok := cutLast(aws.Lower(c.Key.S), ":")
			if ok && c.Key.Known() && strings.Contains(host, ".") && len(out) < maxHosts {
				out = appendNew(out, host)
			}
		}
	}
	return out
}

// namesProvider says whether the document names a provider with the host.
func (l *leaves) namesProvider(host string) bool {
	return slices.ContainsFunc(l.doc.Statements, func(s iam.Statement) bool {
		return s.Principal != nil && slices.ContainsFunc(s.Principal.Entries, func(e iam.Entry) bool {
			return e.Type.S == "Federated" && slices.ContainsFunc(e.Values.Items, func(v iam.String) bool {
				named, _ := aws.ProviderHost(l.fillKinds(v.S))
				return named == host
			})
		})
	})
}

// mayBeProvider says whether a provider that is not known may be the one with the host.
func (l *leaves) mayBeProvider(s, host string) bool {
	pattern, oidc := aws.ProviderHost(l.fillKinds(s))
	return oidc && unknown.MayEqual(pattern, host)
}

// provider is the provider in the world that is being made.
func (w *filler) provider(v iam.String, excludes bool) iam.String {
	symbol, name := v, w.fillKinds(v.S)
	symbol.S = unknown.Fixed(name)
	switch {
	case !w.openProvider(v):
		return symbol
	case w.supposed.host == "" || !w.mayBeProvider(v.S, w.supposed.host):
		return symbol
	case !slices.Contains(w.providers, name) && !w.matches(v, excludes):
		return symbol // an exception, or a Deny: nothing ties it to what is allowed
	}
	symbol.S = "arn:aws:iam::" + someAccount + ":oidc-provider/" + w.supposed.host
	return symbol
}

// tokens are the principals that nothing is known of, as far as they may be an identity provider.
func (w *filler) tokens(p *iam.Principals, v iam.String) *iam.Principals {
	if w.subject.Kind == iam.Trust && w.supposed.host != "" {
		p.Entries = append(p.Entries, iam.Entry{Type: iam.String{S: "Federated", Set: true},
			Values: iam.List{Items: []iam.String{{S: "arn:aws:iam::" + someAccount + ":oidc-provider/" + w.supposed.host, Set: true, Start: v.Start}}}})
	}
	return p
}

// openHost takes a condition key apart of which the claim is known, and the provider is not.
func (l *leaves) openHost(key iam.String) (host, claim string, ok bool) {
	host, claim, ok = cutLast(key.S, ":")
	host = strings.ToLower(l.fillKinds(host))
	return host, strings.ToLower(claim), ok && unknown.HasHole(host) && claim != "" && !unknown.HasHole(claim)
}

// spelledKey is a condition key whose unknown parts the subject tells, such as the region in the name of an issuer; another one as
// it is.
func (l *leaves) spelledKey(key iam.String) iam.String {
	if key.Known() {
		return key
	}
	if text := l.fillKinds(key.S); !unknown.HasHole(text) && !StandsIn(text) {
		key.S = text
	}
	return key
}

// namedClaim is the condition's key in the world that is being made, where it may be a claim of a provider: there says that
// requests with a token of the provider have it. decided is false where that does not decide the condition.
func (w *filler) namedClaim(c *iam.Condition) (key iam.String, there, decided bool) {
	host, claim, ok := w.openHost(c.Key)
	at := slices.Index(w.hosts, host)
	if !ok || w.subject.Kind != iam.Trust || at < 0 {
		return c.Key, false, false
	}
	own := w.supposed.host
	if own == "" {
		own = w.symbolHost(host)
	}
	iss, _ := aws.FindIssuer(own, w.subject.SharedIssuers)
	has := iss.HasClaim(claim)
	if w.supposed.strange&(1<<at) == 0 && own != "" && mayBeHost(host, own) && (has || iss == nil || !aws.IsClaim(claim)) {
		key = c.Key
		key.S = own + ":" + claim
		return key, true, has || iss == nil
	}
	op, valid := iam.ParseOperator(c.Operator.S)
	return c.Key, false, valid && (op.Name != "null" || !slices.ContainsFunc(c.Values.Items, func(v iam.String) bool { return !v.Known() }))
}

// mayBeHost says whether the unknown beginning of a condition key may be the host of a provider. A provider of which nothing
// is known, as its ARN is a symbol, may have any host.
func mayBeHost(open, host string) bool {
	return unknown.MayEqual(open, host) || unknown.IsFixed(host)
}

// symbolHost is the host of a provider that the unknown beginning of a condition key may be: one of the statement, or else
// of any Allow; "" where there is none.
func (w *filler) symbolHost(host string) string {
	statements := []*iam.Statement{w.statement}
	for i := range w.doc.Statements {
		if s := &w.doc.Statements[i]; s.Effect.S != "Deny" && s != w.statement {
			statements = append(statements, s)
		}
	}
	for _, s := range statements {
		for kind, v := range s.Principal.Values() {
			if kind.S != "Federated" {
				continue
			}
			if h, oidc := aws.ProviderHost(w.provider(v, false).S); oidc && mayBeHost(host, h) {
				return h
			}
		}
	}
	return ""
}
