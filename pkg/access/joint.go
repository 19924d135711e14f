package access

import (
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/sets"
)

// Joined is a row of what a party may do where two sides have their say: the policy of the key or role, and its own.
type Joined struct {
	Row
	// Direct says that the policy of the key lets it in by itself; otherwise that one leaves it to the account, and Policy
	// is the number of an identity policy that allows it.
	Direct bool
	Policy int
	// Allows are the statements of that identity policy.
	Allows []int
}

// sides are the documents that have their say.
type sides struct {
	subject  Subject
	party    Party
	key      *leaves
	policies []*leaves
	opaque   []bool // policies of which nothing is known
	late     bool   // something is not known before apply
	refs     []string
}

func newSides(doc *iam.Document, s Subject, p Party) *sides {
	same := &numbering{}
	out := &sides{subject: s, party: p, key: newLeaves(doc, s, p, true, same)}
	of := s.holding(p)
	for _, d := range p.Policies {
		out.policies = append(out.policies, newLeaves(d, of, p, true, same))
		out.opaque = append(out.opaque, d.Opaque)
	}
	all := append([]*leaves{out.key}, out.policies...)
	for _, l := range all {
		if len(same.refs) > 0 {
			l.peers = all
		}
	}
	for _, l := range all {
		l.notePlaces()
		out.note(l)
	}
	return out
}

func (x *sides) note(l *leaves) {
	if l.doc.Opaque || len(l.choices) > 0 {
		x.late = true
		x.refs = appendAllNew(x.refs, l.waiting())
	}
}

// world is a document in the most open reading, or the most closed one.
func world(l *leaves, opaque, open bool) *iam.Document {
	if opaque {
		if open {
			return documentOf(everythingAllowed())
		}
		return &iam.Document{}
	}
	return l.world(l.every(open))
}

// concerning is a document in which a long list of principals that names the party has no others: for this party they say
// nothing, and a list is looked through for each of its members.
func concerning(doc *iam.Document, arn string) *iam.Document {
	long := func(p *iam.Principals) bool {
		return p != nil && len(p.Entries) == 1 && len(p.Entries[0].Values.Items) > fewPrincipals
	}
	some := slices.ContainsFunc(doc.Statements, func(s iam.Statement) bool { return long(s.Principal) || long(s.NotPrincipal) })
	if !some || hasHoles(doc) { // what is not known may be any account that the document names
		return doc
	}
	alone := func(p *iam.Principals) *iam.Principals {
		if !long(p) {
			return p
		}
		e := p.Entries[0]
		i := slices.IndexFunc(e.Values.Items, func(v iam.String) bool { return v.S == arn })
		if i < 0 || slices.ContainsFunc(e.Values.Items, func(v iam.String) bool { return strings.Contains(v.S, ":assumed-role/") }) {
			return p
		}
		e.Values.Items = e.Values.Items[i : i+1]
		return &iam.Principals{Entries: []iam.Entry{e}}
	}
	out := *doc
	out.Statements = slices.Clone(doc.Statements)
	for s := range out.All() {
		s.Principal, s.NotPrincipal = alone(s.Principal), alone(s.NotPrincipal)
	}
	return &out
}

// joint is the ground for one party.
type joint struct {
	*ground
	party   Party
	account string
	// foreign says that the party is of another account than the key.
	foreign bool
}

func newJoint(doc *iam.Document, s Subject, p Party, others []*statement) *joint {
	q := newQuestion(withVariables(doc), s)
	q.reading, q.also = loose, others
	if with := slices.DeleteFunc(slices.Clone(others), func(s *statement) bool { return len(s.conditions) == 0 }); len(with) > 0 {
		q.collect(with)
	}
	arn, _ := aws.ParseARN(p.ARN)
	j := &joint{party: p, account: arn.Account}
	j.foreign = s.Account != "" && j.account != s.Account || p.apart != [2]string{}
	j.constants(q, s)
	who := anyone
	if s.Organization != "" && !j.foreign {
		q.trustedOrgs, who.org = []string{s.Organization}, trustedOrg
	}
	q.roleID = p.UniqueID
	j.ground = groundOf(q, slices.DeleteFunc(q.fromAccounts(who), func(sh *shape) bool {
		return sh.as != nil && sh.as.name != q.constants[aws.KeyPrincipalType]
	}))
	return j
}

// constants are what every request of the party has.
func (j *joint) constants(q *question, s Subject) {
	q.constants[aws.KeyPrincipalArn] = j.party.ARN
	q.constants[aws.KeyPrincipalAccount] = j.account
	if s.Kind != iam.Trust {
		q.constants[aws.KeyCallerAccount] = j.account
	}
	q.constants[aws.KeyPrincipalType] = "AssumedRole"
	if _, name, ok := strings.Cut(j.party.ARN, ":user/"); ok {
		q.constants[aws.KeyPrincipalType] = "User"
		q.constants[aws.KeyUserName] = name[strings.LastIndex(name, "/")+1:]
	} else {
		q.whole = append(q.whole, aws.KeyUserName)
	}
	if s.Organization != "" && !j.foreign {
		q.constants[aws.KeyPrincipalOrgID] = s.Organization
	}
	for k, v := range j.party.Keys {
		q.constants[strings.ToLower(k)] = v
	}
	for _, w := range j.party.Whole {
		q.whole = append(q.whole, strings.ToLower(w))
	}
}

// clauses are what both sides allow together, and what either denies.
func (j *joint) clauses(policies [][]*statement) ([]*clause, []*denial) {
	var out []*clause
	var denials []*denial
	theirs := make([][]*clause, len(policies))
	for i, p := range policies {
		for _, s := range p {
			if !j.about(s) {
				continue
			}
			if s.deny {
				if d := j.denied(s); d != nil {
					denials = append(denials, d)
				}
				continue
			}
			if c := j.clause(s, origin{i + 1, s.Index}); c != nil {
				theirs[i] = append(theirs[i], c)
			}
		}
	}
	for _, s := range j.q.statements {
		direct, left, limits := j.addressed(s)
		if !direct && !left || !j.covers(s) {
			continue
		}
		if s.deny {
			if d := j.denied(s); d != nil {
				d.binds = append(d.binds, limits...)
				for _, l := range limits {
					if way, ok := j.opposite(l); ok {
						d.ways = append(d.ways, way)
					}
				}
				denials = append(denials, d)
			}
			continue
		}
		c := j.clause(s, origin{0, s.Index})
		if c == nil {
			continue
		}
		c.binds = j.join(c.binds, limits)
		if direct && !j.foreign {
			c.who.direct = true
			out = append(out, c)
			continue
		}
		for _, list := range theirs {
			for _, t := range list {
				if c.actions&t.actions != 0 {
					out = append(out, &clause{who: self, actions: c.actions & t.actions, binds: j.join(c.binds, t.binds),
						from: []origin{c.from[0], t.from[0]}})
				}
			}
		}
	}
	return out, denials
}

// clause is an Allow of one side, nil where it allows nothing.
func (j *joint) clause(s *statement, from origin) *clause {
	if !s.allow {
		return nil
	}
	c := &clause{who: self, actions: s.actions & j.universe, from: []origin{from}}
	if j.foreign {
		c.actions &= filter(j.q.table, func(a aws.Action) bool { return a.CrossAccount })
	}
	var ok bool
	if c.binds, ok = j.binds(s); !ok || c.actions == 0 {
		return nil
	}
	c.binds = j.join(nil, c.binds)
	return c
}

// denied is a Deny that is about the party and the key.
func (j *joint) denied(s *statement) *denial {
	about := s.naming(everyone())
	about.NotPrincipal = nil
	about.Resource, about.NotResource = everythingAllowed().Resource, nil
	return j.denial(about)
}

// about says whether a statement of an identity policy is about the key.
func (j *joint) about(s *statement) bool {
	match := func(l *iam.List, excludes bool) bool {
		for _, r := range l.Items {
			pattern, ok := j.q.constantPattern(r.S)
			if !ok {
				if !j.valueless(r.S) && j.q.variableResource(r.S, s.deny) != excludes {
					return true
				}
				continue
			}
			if coversAs(pattern, j.q.Resource, true) {
				return true
			}
		}
		return false
	}
	switch {
	case s.Resource != nil:
		return match(s.Resource, false) && (s.NotResource == nil || !match(s.NotResource, true))
	case s.NotResource != nil:
		return !match(s.NotResource, true)
	}
	return false
}

// valueless says whether a value speaks of a key that requests of the party do not have: it matches nothing then.
func (j *joint) valueless(s string) bool {
	for _, p := range iam.Variables(s) {
		if p.Key != "" && !p.HasFallback && j.shapes[0].ref(aws.Lower(p.Key)).never {
			return true
		}
	}
	return false
}

// addressed says whether a statement of the key policy is about the party: directly, or by leaving it to the account.
// limits are what its requests must meet besides, where one session is named.
func (j *joint) addressed(s *statement) (direct, left bool, limits []*binding) {
	p, not := s.Principal, false
	if p == nil {
		p, not = s.NotPrincipal, true
	}
	if p == nil {
		return false, false, nil
	}
	session := "" // how the ARNs of sessions of the role begin, behind the partition
	if _, path, ok := strings.Cut(j.party.ARN, ":role/"); ok {
		session = "::" + j.account + ":assumed-role/" + path[strings.LastIndex(path, "/")+1:] + "/"
	}
	var names []string
	for _, a := range atomsOf(p) {
		id, account := accountOf(a)
		switch {
		case a == anybody:
			direct = true
		case a.kind != "AWS":
		case account:
			left = left || id == j.account
		case session != "" && strings.Contains(a.value, session):
			names = append(names, "*:"+a.value[strings.LastIndex(a.value, "/")+1:])
		case a.value == j.party.ARN:
			direct = true
		case strings.ContainsAny(a.value, "*?"):
			l := sets.Language{Alternatives: callerPatterns(a.value, false)}
			if l.Matches(sets.ToLatin(j.party.ARN)) {
				direct = direct || !isAccountPattern(a.value) && !strings.HasSuffix(a.value, ":root")
				left = left || !direct
			}
		}
	}
	switch {
	case not:
		return !direct && !left, false, nil
	case direct || len(names) == 0:
		return direct, left && !direct, nil
	}
	return true, false, []*binding{j.bind(iam.Operator{Name: "stringlike"}, aws.KeyUserID, names)}
}
