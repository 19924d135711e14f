package who

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/evaluate"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// reasons say what stops a principal: a Deny, or that nothing allows it, with the statements that came closest.
// Of a stranger, or of an account, somebody is looked at whom his own account allows everything.
func (w *world) reasons(k *key, p *party, asked, action string) []Reason {
	if p == nil {
		if p = k.somebodyOf(asked); p == nil || slices.ContainsFunc(k.docs, func(d document) bool { return allows(d.doc, k, p.Party, action) }) {
			return []Reason{{Message: fmt.Sprintf("No statement of the key's policy lets such callers call %s.", action)}}
		}
	}
	var out []Reason
	for _, d := range k.docs {
		for _, r := range w.reasonsOf(k, d, p, action) {
			if !slices.ContainsFunc(out, r.same) {
				out = append(out, r)
			}
		}
	}
	return out
}

// somebodyOf is one of those whom a name is about, without a kind; nil where it is about no account.
func (k *key) somebodyOf(name string) *party {
	p := &party{side: k.side, address: name, held: []held{{}}}
	p.Policies, p.Keys = []*iam.Document{check.Anything()}, map[string]string{}
	account := cmp.Or(aws.AccountOf(name), name)
	if name == "stranger" {
		account, p.address = aws.Stranger, "a stranger"
		p.Keys[aws.Spelled(aws.KeyPrincipalOrgID)] = "o-stranger00"
	}
	p.ARN = "arn:aws:iam::" + account + ":role/stranger"
	if !aws.IsAccountID(account) {
		return nil
	}
	return p
}

func (w *world) reasonsOf(k *key, d document, p *party, action string) []Reason {
	bare := p.with(allowsOf(p)...)
	if allows(check.Only(d.doc, "Allow", nil), k, bare, action) {
		return w.denying(k, d, p, action)
	}
	for _, g := range k.grants {
		if check.NoGrantee(g.Grant) {
			continue
		}
		given := check.GrantDocument(g.Policy, g.side.in.Owners.Granted(g.Grant, g.Resource), g.Grant.Operations, d.doc)
		if allows(check.Only(given, "Allow", nil), k, bare, action) {
			return w.denying(k, document{given, d.policy}, p, action)
		}
	}
	var out []Reason
	switch { // whether the key policy leaves the action to the account's policies
	case !allows(check.Only(d.doc, "Allow", nil), k, p.with(check.Anything()), action):
		out = w.closest(k, d, p, action)
	case !allows(everythingFor(), k, bare, action):
		found := false
		for i, own := range p.Policies {
			close := w.closestOwn(k, own, p.held[i], p, action)
			found = found || len(close) > 0
			out = append(out, close...)
		}
		if !found {
			out = append(out, Reason{Message: fmt.Sprintf("No policy that %s holds allows %s on this key.", p.called(), action)})
		}
	}
	if len(out) == 0 {
		out = append(out, Reason{Message: "The conditions of the key policy and of its own policies contradict each other."})
	}
	return out
}

// denying are the Deny statements that stop what is allowed otherwise: those that do so alone, else the one that there is.
func (w *world) denying(k *key, d document, p *party, action string) []Reason {
	var out, all []Reason
	add := func(doc *iam.Document, policy *extract.Policy, s *iam.Statement, whose string, stops bool) {
		if !stops && (s.Action != nil && !covers(s.Action, action)) {
			return
		}
		one := Reason{Message: fmt.Sprintf("%s denies it: %s.", whose, statementName(policy, s)), Location: w.locationOf(k, document{doc, policy}, s.Index)}
		if all = append(all, one); stops {
			out = append(out, one)
		}
	}
	party := p.with(allowsOf(p)...)
	for i := range d.doc.Statements {
		if s := &d.doc.Statements[i]; s.Effect.S == "Deny" {
			add(d.doc, d.policy, s, "The key policy", !allows(check.Only(d.doc, "Allow", s), k, party, action))
		}
	}
	for n, own := range p.Policies {
		whose := "A policy of " + p.called()
		if by := p.held[n].by; p.held[n].policy == nil && by != nil {
			whose = "The policy of AWS that " + by.Address + " attaches"
		}
		for s := range own.All() {
			if s.Effect.S != "Deny" {
				continue
			}
			party.Policies = allowsOf(p)
			party.Policies[n] = check.Only(own, "Allow", s)
			add(own, p.held[n].policy, s, whose, !allows(check.Only(d.doc, "Allow", nil), k, party, action))
		}
	}
	switch {
	case len(out) == 0 && len(all) == 1: // for some of its sessions
		return all
	case len(out) == 0:
		return []Reason{{Message: "Several Deny statements together leave no request."}}
	}
	return out
}

// covers says whether a list of actions has one, or may have it.
func covers(l *iam.List, action string) bool {
	return slices.ContainsFunc(l.Items, func(a iam.String) bool { return !a.Known() || evaluate.CoversAction(a.S, action) })
}

func allowsOf(p *party) []*iam.Document {
	var out []*iam.Document
	for _, own := range p.Policies {
		out = append(out, check.Only(own, "Allow", nil))
	}
	return out
}

// closest are the Allow statements of the key policy that miss the request by one part.
func (w *world) closest(k *key, d document, p *party, action string) []Reason {
	var out []Reason
	for _, s := range d.doc.Statements {
		if s.Effect.S != "Allow" {
			continue
		}
		if part := missing(s, func(s iam.Statement) bool { return allows(alone(d.doc, s), k, p.with(check.Anything()), action) }); part != "" && (part != "Principal" || p.kind != "") { // whoever is not named
			out = append(out, Reason{Message: fmt.Sprintf("The key policy comes closest with %s: %s.", statementName(d.policy, &s), misses(part, action, p)),
				Location: w.locationOf(k, d, s.Index)})
		}
	}
	if len(out) == 0 {
		out = append(out, Reason{Message: fmt.Sprintf("The key policy has no statement for %s that allows %s.", p.called(), action), Location: w.locationOf(k, d, -1)})
	}
	return out
}

// closestOwn are the Allow statements of an identity policy that miss the request by one part.
func (w *world) closestOwn(k *key, own *iam.Document, h held, p *party, action string) []Reason {
	var out []Reason
	for _, s := range own.Statements {
		if s.Effect.S != "Allow" || !ofKMS(&s) {
			continue
		}
		if part := missing(s, func(s iam.Statement) bool { return allows(everythingFor(), k, p.with(alone(own, s)), action) }); part != "" {
			whose := ""
			if h.policy == nil {
				whose = " of a policy of AWS"
			}
			out = append(out, Reason{Message: fmt.Sprintf("Of its own policies %s%s comes closest: %s.", statementName(h.policy, &s), whose, misses(part, action, p)),
				Location: w.locationOf(k, document{own, h.policy}, s.Index)})
		}
	}
	return out
}

// missing is the one part of a statement that keeps it from allowing, "" where it is not one alone.
func missing(s iam.Statement, allows func(iam.Statement) bool) string {
	any := &iam.List{Items: []iam.String{{S: "*", Set: true}}}
	open := s
	open.Action, open.NotAction = any, nil
	if allows(open) {
		return "Action"
	}
	open = s
	open.Conditions, open.ConditionHole = nil, ""
	if allows(open) {
		return "Condition"
	}
	open = s
	open.Resource, open.NotResource = any, nil
	if allows(open) {
		return "Resource"
	}
	open = s
	open.Principal, open.NotPrincipal = principals("*"), nil
	if s.Principal != nil && allows(open) {
		return "Principal"
	}
	return ""
}

func misses(part, action string, p *party) string {
	switch part {
	case "Action":
		return "its actions do not include " + action
	case "Condition":
		return "its conditions are met by no request of " + p.called()
	case "Resource":
		return "its resources do not include this key"
	}
	return "its principals do not include " + p.called()
}

func statementName(p *extract.Policy, s *iam.Statement) string {
	name := fmt.Sprintf("statement %d", s.Index+1)
	if s.Sid.S != "" && s.Sid.Known() && (p == nil || !p.Sensitive && !secretSid(p, s)) {
		name = fmt.Sprintf("statement %q", s.Sid.S)
	}
	if p != nil {
		name += " of " + p.Address
	}
	return name
}

func secretSid(p *extract.Policy, s *iam.Statement) bool {
	return slices.ContainsFunc(p.Docs, func(d *iam.Document) bool { return d.Text.SensitiveAt(s.Sid.Start, s.Sid.End) })
}

func (w *world) locationOf(k *key, d document, statement int) *finding.Location {
	if d.policy == nil {
		return nil
	}
	for _, t := range w.place(k, step{policy: d.policy, doc: d.doc, statement: statement}) {
		return t.Location
	}
	return nil
}

// allows says whether the documents let the party do the action, for certain.
func allows(doc *iam.Document, k *key, p access.Party, action string) bool {
	rows, _ := access.Joint(doc, k.subject, p)
	return slices.ContainsFunc(rows, func(r access.Joined) bool { return slices.Contains(r.Actions, action) })
}

func alone(doc *iam.Document, s iam.Statement) *iam.Document {
	out := *doc
	out.Statements = []iam.Statement{s}
	return &out
}

// with is the party with these policies in the place of its own.
func (p *party) with(policies ...*iam.Document) access.Party {
	one := p.Party
	one.Policies = policies
	return one
}

// Reason is something that stops a request.
type Reason struct {
	Message  string            `json:"message"`
	Location *finding.Location `json:"location,omitempty"`
}

// same says whether two reasons say the same of the same place: what a principal lacks is so for each document that a policy may be.
func (r Reason) same(o Reason) bool {
	return r.Message == o.Message && (r.Location == o.Location || r.Location != nil && o.Location != nil && *r.Location == *o.Location)
}
