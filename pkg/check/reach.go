package check

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// findReach looks for roles that strangers may assume and that a key lets in. A key that is public itself is left out.
func (c *checker) findReach() {
	var open []*judged
	for _, j := range c.everywhere() {
		if j.policy.Kind == iam.Trust && j.result.Public == access.Yes && j.policy.Holder != nil {
			open = append(open, j)
		}
	}
	if len(open) == 0 {
		return
	}
	entries := c.entries(open)
	for _, j := range c.judged {
		if j.policy.Kind != iam.Key || j.result.Public == access.Yes || len(j.docs) == 0 || c.replaced(j.policy) {
			continue
		}
		for _, entry := range entries {
			if c.ctx.Err() != nil {
				return
			}
			if !c.meet(j, entry.last()) {
				continue
			}
			way := c.reaches(j, entry)
			if way == nil {
				continue
			}
			if j.reach == nil || j.reach.possible && !way.possible {
				j.reach = way
			}
			j.reachable = append(j.reachable, way.reach.Actions...)
		}
		if j.reach != nil {
			c.out.Paths = append(c.out.Paths, c.path(j.reach))
		}
	}
}

// replaced says whether a key has its default policy only until another resource sets one.
func (c *checker) replaced(p *extract.Policy) bool {
	return p.From == extract.FromDefault && p.Key != nil && p.Key.Resource == p.Resource &&
		slices.ContainsFunc(p.Key.Separate, func(o *extract.Policy) bool { return !o.Perhaps })
}

// entry is a role that strangers may become: first is open to them, chain are those assumed from there.
type entry struct {
	first *judged
	chain []*judged
	// ways are the conditions of the ways into the first role, where it is the last one, too.
	ways [][]access.RowCondition
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

func principalTags(role *tf.Resource) map[string]string {
	out := map[string]string{}
	for name, v := range Tags(role.After) {
		out[aws.Spelled(aws.KeyPrincipalTag)+name] = v
	}
	return out
}

// given is an identity policy that a role has, or may have; by says which resource attaches it.
type given struct {
	doc    *iam.Document
	policy *judged
	by     string
	// possible says that the role may not have it, or not this text of it; absent that it may be there without it.
	possible, absent bool
	depends          []string
}

func dependsOf(list []given) []string {
	var out []string
	for _, g := range list {
		if g.possible {
			out = append(out, g.depends...)
		}
	}
	return out
}

// givenTo are the identity policies of a role, as far as something is known of them; hidden are the references that others
// depend on of which nothing is.
func (c *checker) givenTo(h *extract.Holder) (list []given, hidden []string) {
	add := func(j *judged, by string, giver *tf.Resource, possible bool, depends []string) {
		if j == nil {
			return
		}
		if len(j.docs) == 0 && len(j.result.DependsOn) > 0 {
			hidden = append(hidden, j.result.DependsOn...)
			list = append(list, given{doc: anything(), policy: j, by: by, possible: true, depends: j.result.DependsOn})
		}
		for _, d := range j.docs {
			list = append(list, given{doc: d, policy: j, by: by, possible: possible || len(j.docs) > 1, absent: h.Resource != nil && h.Resource.MayLack(giver), depends: slices.Concat(depends, d.Text.DependsOn)})
		}
	}
	for _, p := range h.Inline {
		add(c.about(p), "", p.Resource, p.Perhaps || len(p.LinkAssumed) > 0, linkDepends(p))
	}
	for _, a := range h.Attached {
		switch possible := a.Possible || len(a.Assumed) > 0; {
		case a.AWS != nil:
			list = append(list, given{doc: a.AWS, by: a.By.Address, possible: possible, depends: []string{a.By.Address}})
		case a.Policy != nil:
			add(c.about(a.Policy), a.By.Address, a.By, possible, []string{a.By.Address})
		case len(a.DependsOn) > 0:
			hidden = append(hidden, a.DependsOn...)
			list = append(list, given{doc: anything(), by: a.By.Address, possible: true, depends: a.DependsOn})
		}
	}
	return list, hidden
}

// anything is an identity policy that may allow everything, for one of which nothing is known.
var anything = sync.OnceValue(func() *iam.Document {
	return iam.Parse(unknown.Known(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
})

func linkDepends(p *extract.Policy) []string {
	if p.For == "" {
		return nil
	}
	return strings.Split(p.For, ", ")
}

// acting is the role of a trust policy with its policies: with certain, what none of those that it may have takes away,
// else what some of these allow.
func (c *checker) acting(role *judged, list []given, certain bool) access.Role {
	res := role.policy.Resource
	r := access.Role{Party: access.Party{ARN: role.subject.Resource, Keys: principalTags(res)}}
	r.UniqueID, _ = unknown.String(res.After, "unique_id")
	r.Whole = append(SessionLacks(role.policy), ofServices(func(string) bool { return true })...) // a stranger's session is of no service
	maps.Copy(r.Keys, SessionHas(role.policy))
	var perhaps bool
	if r.Tagged, perhaps = MayTag(role.policy); !perhaps && AllTags(res.After) {
		r.Whole = append(r.Whole, aws.Spelled(aws.KeyPrincipalTag))
	}
	for _, g := range list {
		d := g.doc
		switch {
		case g.possible && certain:
			d = onlyEffect(d, "Deny")
		case g.possible, g.absent && !certain:
			d = onlyEffect(d, "Allow")
		}
		r.Policies = append(r.Policies, d)
	}
	return r
}

// onlyEffect are the statements with that effect, or with one that is not known.
func onlyEffect(d *iam.Document, effect string) *iam.Document {
	out := *d
	out.Statements = slices.DeleteFunc(slices.Clone(d.Statements), func(s iam.Statement) bool {
		return s.Hole == "" && s.Effect.Known() && s.Effect.S != effect
	})
	return &out
}

// reaches is a way of strangers through a role to a key, nil where there is none: a certain one, else one that is there for
// some values of what is not known.
func (c *checker) reaches(key *judged, e entry) *reach {
	list, hidden := c.givenTo(e.last().policy.Holder)
	var found *reach
	for _, doc := range key.docs {
		if found = c.way(key, e, doc, list, true); found == nil {
			break
		}
	}
	if found != nil && !found.reach.Possible && len(hidden) == 0 && !e.possible {
		return found
	}
	for _, doc := range key.docs {
		if way := c.way(key, e, doc, list, false); way != nil {
			way.possible, way.depends = true, slices.Concat(e.depends, hidden, way.depends, way.reach.DependsOn, doc.Text.DependsOn)
			for _, g := range list {
				if g.absent && len(onlyEffect(g.doc, "Deny").Statements) > 0 {
					way.depends = append(way.depends, "whether "+cmp.Or(g.by, g.policy.policy.Address)+" is there")
				}
			}
			if len(way.depends) == 0 {
				way.depends = []string{"the name, the id or the tags of " + e.last().policy.Address}
			}
			veil := Veil{[]*judged{key, e.first, e.last()}} // names that are in no table may be secret
			for _, g := range list {
				if g.policy != nil {
					veil.of = append(veil.of, g.policy)
				}
			}
			way.depends = veil.Depends(way.depends)
			slices.Sort(way.depends)
			return way
		}
	}
	return nil
}

// way is a way to a key with that policy: by the key policy, with the role's own policies, or by a grant.
func (c *checker) way(key *judged, e entry, doc *iam.Document, list []given, certain bool) *reach {
	r := c.acting(e.last(), list, certain)
	if r.ARN == "" {
		return nil
	}
	r.Entrances = e.ways
	out, s := &reach{key: key, role: e.first, chain: e.chain}, c.joined(key.subject)
	if out.reach = access.Reaches(doc, s, r); out.reach != nil {
		if doc != key.doc {
			out.reach.Statement = -1 // it is one of another text than the one that is shown
		}
		if out.reach.Policy >= 0 {
			g := list[out.reach.Policy]
			if out.grants, out.by = g.policy, g.by; g.possible {
				out.depends = g.depends
			}
			if out.grants != nil {
				out.others = append(out.others, out.grants)
			}
		}
		return out
	}
	if key.policy.Key == nil {
		return nil
	}
	for _, p := range key.policy.Key.Grants {
		g := c.about(p)
		perhaps := p.Perhaps || len(p.LinkAssumed) > 0
		if g == nil || g.grant == nil || perhaps && certain {
			continue
		}
		operations := g.grant.Operations
		if g.grant.MoreOperations && !certain {
			operations = aws.GrantOperations
		}
		grantee := g.grant.Grantee.S
		if NoGrantee(g.grant) || grantee != r.ARN && !unknown.HasHole(grantee) && !aws.IsSessionOf(grantee, r.ARN) {
			continue
		}
		if out.reach = access.Reaches(GrantDocument(p, g.grant, operations, doc), s, r); out.reach != nil {
			out.grant, out.reach.Statement, out.others = g, -1, append(out.others, g)
			if perhaps {
				out.depends = linkDepends(p)
			}
			if len(operations) > len(g.grant.Operations) {
				out.depends = append(out.depends, c.in.Set.DependsOn(p.Resource, "operations")...)
			}
			return out
		}
	}
	return nil
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

// reachPlaces are the steps of the way with their places.
func (c *checker) reachPlaces(r *reach) []finding.Related {
	at := func(j *judged, message string, s spot) finding.Related {
		loc, _ := c.home(j).locate(j.policy.Resource, s, "")
		return finding.Related{Message: message, Location: loc}
	}
	out := []finding.Related{at(r.role, "a stranger may assume "+r.role.policy.Address, r.role.at("principal", r.role.result.Statement, nil))}
	for _, next := range r.chain {
		out = append(out, at(next, next.policy.Address+" may be assumed from there", next.attribute()))
	}
	if r.grant != nil {
		return append(out, at(r.grant, r.grant.policy.Address+" gives the role its operations", r.grant.attribute()))
	}
	if j := r.grants; j != nil {
		out = append(out, at(j, j.policy.Address+" allows it", j.attribute()))
	}
	way := "the key policy delegates to the account"
	if r.reach.Direct {
		way = "the key policy lets the role in"
	}
	return append(out, at(r.key, way, r.key.principalSpot(r.key.statement(r.reach.Statement))))
}

// path is the way for pictures.
func (c *checker) path(r *reach) finding.Path {
	key := r.key.policy.Address
	if k := r.key.policy.Key; k != nil && k.Resource != nil {
		key = k.Resource.Address
	}
	role := r.role.policy.Address
	who := "any AWS account"
	if r.role.result.Token {
		who = "anybody with a token of " + provider(r.role.witness(r.role.result.Witness).Principal)
	}
	locate := func(j *judged, s spot) *finding.Location {
		loc, _ := c.home(j).locate(j.policy.Resource, s, "")
		return loc
	}
	steps := []finding.Step{{From: who, Label: "assumes", To: role, Location: locate(r.role, r.role.at("principal", r.role.result.Statement, nil))}}
	for _, next := range r.chain {
		steps = append(steps, finding.Step{From: role, Label: "assumes", To: next.policy.Address, Location: locate(next, next.attribute())})
		role = next.policy.Address
	}
	by, place := r.key, r.key.principalSpot(r.key.statement(r.reach.Statement))
	if r.grant != nil {
		by, place = r.grant, r.grant.attribute()
	}
	return finding.Path{Input: c.in.Number, Key: key, Steps: append(steps, finding.Step{From: role, Label: r.actions()[0], To: key, Location: locate(by, place)})}
}

// direct are the ways of strangers to keys that are public themselves.
func (c *checker) direct() []finding.Path {
	var out []finding.Path
	for _, j := range c.judged {
		if j.policy.Kind != iam.Key || j.result.Public != access.Yes || j.result.Witness == nil {
			continue
		}
		key := j.policy.Address
		if k := j.policy.Key; k != nil && k.Resource != nil {
			key = k.Resource.Address
		}
		loc, _ := c.locate(j.policy.Resource, j.at("principal", j.result.Statement, nil), "")
		out = append(out, finding.Path{Input: c.in.Number, Key: key, Steps: []finding.Step{{From: "any AWS account", Label: j.shownActions([]string{j.result.Witness.Action})[0], To: key, Location: loc}}})
	}
	return slices.Clip(out)
}
