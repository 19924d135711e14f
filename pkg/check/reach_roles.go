package check

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// entry is a role that strangers may become: first is open to them, chain are those assumed from there.
type entry struct {
	first *judged
	chain []*judged
	// ways are the conditions of the ways into the first role, where it is the last one, too.
	ways [][]access.RowCondition
	// as is the ARN of the last role in one reading of its name, where that is not known.
	as string
	// possible says that a step of the chain is possible only for some values of depends.
	possible bool
	depends  []string
}

// last is the trust policy of the role that the stranger has become.
func (e entry) last() *judged {
	if n := len(e.chain); n > 0 {
		return e.chain[n-1]
	}
	return e.first
}

// given is an identity policy that a role has, or may have; by says which resource attaches it.
type given struct {
	doc    *iam.Document
	policy *judged
	by     string
	// possible says that the role may not have it, or not this text of it; depends is what decides that.
	possible bool
	depends  []string
}

// givenTo are the identity policies of a role, as far as something is known of them; hidden are the references that others
// depend on of which nothing is.
func (c *checker) givenTo(h *extract.Holder) (list []given, hidden []string) {
	add := func(g given, p *extract.Policy, giver *tf.Resource) {
		if p != nil && p.Absent || h.Resource != nil && h.Resource.MayLack(giver) {
			g.possible, g.depends = true, append(slices.Clone(g.depends), Whether(p, giver.Address))
		}
		list = append(list, g)
	}
	policy := func(p *extract.Policy, by string, giver *tf.Resource, possible bool, depends []string) {
		j := c.about(p)
		if j == nil {
			return
		}
		if len(j.docs) == 0 && len(j.result.DependsOn) > 0 {
			hidden = append(hidden, j.result.DependsOn...)
			list = append(list, given{doc: Anything(), policy: j, by: by, possible: true, depends: j.result.DependsOn})
		}
		for _, d := range j.docs {
			add(given{doc: d, policy: j, by: by, possible: possible || len(j.docs) > 1, depends: slices.Concat(depends, d.Text.DependsOn)}, p, giver)
		}
	}
	for _, p := range h.Inline {
		policy(p, "", p.Resource, p.Perhaps || len(p.LinkAssumed) > 0, LinkDepends(p))
	}
	for _, a := range h.Attached {
		var depends []string
		possible := a.Possible || len(a.Assumed) > 0
		if possible {
			depends = []string{a.By.Address}
		}
		switch {
		case a.AWS != nil:
			add(given{doc: a.AWS, by: a.By.Address, possible: possible, depends: depends}, nil, a.By)
		case a.Policy != nil:
			policy(a.Policy, a.By.Address, a.By, possible, depends)
		case len(a.DependsOn) > 0:
			hidden = append(hidden, a.DependsOn...)
			list = append(list, given{doc: Anything(), by: a.By.Address, possible: true, depends: a.DependsOn})
		}
	}
	return list, hidden
}

// acting is the role of a trust policy with its policies: with certain, what none of those that it may have takes away,
// else what some of these allow.
func (c *checker) acting(role *judged, list []given, certain bool) access.Role {
	res := role.policy.Resource
	r := access.Role{Party: access.Party{ARN: role.subject.Resource, Keys: map[string]string{}}}
	r.UniqueID, _ = unknown.String(res.After, "unique_id")
	r.Whole = append(SessionLacks(role.policy), ofServices(func(string) bool { return true })...) // a stranger's session is of no service
	r.NoDevice = NoDevice(role.policy)
	maps.Copy(r.Keys, SessionHas(role.policy))
	tags, all := Tags(res.After)
	for name, v := range tags {
		r.Keys[aws.Spelled(aws.KeyPrincipalTag)+name] = v
	}
	var perhaps bool
	if r.Tagged, perhaps = MayTag(role.policy); !perhaps && all {
		r.Whole = append(r.Whole, aws.Spelled(aws.KeyPrincipalTag))
	}
	for _, g := range list {
		d := g.doc
		switch {
		case g.possible && certain:
			d = Only(d, "Deny", nil)
		case g.possible:
			d = Only(d, "Allow", nil)
		}
		r.Policies = append(r.Policies, d)
	}
	return r
}

// Whether is what decides whether a role has a policy that it may lack, which a resource gives to it.
func Whether(p *extract.Policy, by string) string {
	if p != nil && p.Absent {
		by = strings.TrimSuffix(p.Attribute, ".policy") + " of " + p.Address
	}
	return "whether " + by + " is there"
}

// Only are the statements with that effect, or with one that is not known, and one more.
func Only(d *iam.Document, effect string, and *iam.Statement) *iam.Document {
	out := *d
	out.Statements = nil
	for i := range d.Statements {
		if s := &d.Statements[i]; s == and || s.Hole != "" || !s.Effect.Known() || s.Effect.S == effect {
			out.Statements = append(out.Statements, *s)
		}
	}
	return &out
}

// Anything is an identity policy that allows everything, for one of which nothing is known.
var Anything = sync.OnceValue(func() *iam.Document {
	return iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
})

func dependsOf(list []given) []string {
	var out []string
	for _, g := range list {
		if g.possible {
			out = append(out, g.depends...)
		}
	}
	return out
}

// LinkDepends are the references that decide for which key or holder a policy is, where that is not certain.
func LinkDepends(p *extract.Policy) []string {
	if p == nil || p.For == "" || !p.Perhaps && len(p.LinkAssumed) == 0 {
		return nil
	}
	return strings.Split(p.For, ", ")
}

// entries are the open roles, and those that may be assumed from them through any number of roles: each once, by its
// shortest way, a certain one before one that is possible.
func (c *checker) entries(open []*judged) []entry {
	var out []entry
	seen := map[*judged]bool{}
	for _, j := range open {
		seen[j] = true
		out = append(out, entry{first: j, ways: entrances(j)})
	}
	next := func(from entry, certain bool) {
		list, hidden := c.givenTo(from.last().policy.Holder)
		if certain && (from.possible || len(hidden) > 0) {
			return
		}
		for _, j := range c.everywhere() {
			if j.policy.Kind == iam.Trust && j.policy.Holder != nil && len(j.docs) == 1 && !seen[j] && c.meet(from.last(), j) && c.assumes(from.last(), j, list, certain) {
				seen[j] = true
				out = append(out, entry{first: from.first, chain: append(slices.Clone(from.chain), j), possible: !certain, depends: slices.Concat(from.depends, hidden, dependsOf(list))})
			}
		}
	}
	for _, certain := range []bool{true, false} {
		for i := 0; i < len(out) && c.ctx.Err() == nil; i++ {
			next(out[i], certain)
		}
	}
	return out
}

// assumes says whether every session of a role with those policies may assume another one.
func (c *checker) assumes(from, to *judged, list []given, certain bool) bool {
	r := c.acting(from, list, certain)
	if r.ARN == "" || to.subject.Resource == "" {
		return false
	}
	rows, _ := access.Joint(to.docs[0], c.joined(to.subject), r.Party)
	return slices.ContainsFunc(rows, func(r access.Joined) bool {
		return !r.Possible && len(r.Conditions) == 0 && slices.Contains(r.Actions, "sts:AssumeRole")
	})
}

// entrances are the conditions under which callers whom nobody names may assume a role.
func entrances(role *judged) [][]access.RowCondition {
	var out [][]access.RowCondition
	for _, doc := range role.docs {
		rows := access.Audiences(doc, role.subject)
		for _, r := range rows.Rows {
			switch r.Who.Kind {
			case access.WhoStranger, access.WhoOrganization, access.WhoProvider, access.WhoPrincipal:
				out = append(out, r.Conditions)
			}
		}
		if rows.More != "" {
			out = append(out, nil)
		}
	}
	return out
}
