package check

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
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

// reaches is a way of strangers through a role to a key, nil where there is none: a certain one, else one that is there for
// some values of what is not known.
func (c *checker) reaches(key *judged, e entry) *reach {
	list, hidden := c.givenTo(e.last().policy.Holder)
	name, open := e.last().subject.Names[e.last().subject.Resource]
	if !open {
		return c.reachesAs(key, e, list, hidden)
	}
	docs := slices.Clone(key.docs)
	for _, g := range list {
		docs = append(docs, g.doc)
	}
	u := UnnamedOf(e.last().subject.Resource, name)
	arns := u.Readings(e.last().subject.Resource, docs...)
	var out *reach
	ways := 0
	for _, arn := range arns {
		e.as = arn
		way := c.reachesAs(key, e, list, hidden)
		if way == nil {
			continue
		}
		if ways++; out == nil || out.possible && !way.possible {
			out = way
		}
	}
	if out != nil && ways < len(arns) {
		out.possible, out.depends = true, append(out.depends, e.last().policy.Address+".name")
	}
	return out
}

// reachesAs is reaches for one name of the role.
func (c *checker) reachesAs(key *judged, e entry, list []given, hidden []string) *reach {
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
				if g.possible && len(Only(g.doc, "Deny", nil).Statements) > 0 {
					way.depends = append(way.depends, g.depends...)
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
	if e.as != "" && e.as != r.ARN {
		s, r.ARN = Renamed(s, r.ARN, e.as), e.as
	}
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
		if g == nil || perhaps && certain {
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
			out.depends = LinkDepends(p)
			if len(operations) > len(g.grant.Operations) {
				out.depends = append(out.depends, c.in.Set.DependsOn(p.Resource, "operations")...)
			}
			return out
		}
	}
	return nil
}

// reachPlaces are the steps of the way with their places.
func (c *checker) reachPlaces(r *reach) []finding.Related {
	at := func(j *judged, message string, s spot) finding.Related {
		loc, _ := c.home(j).locate(j.policy.Resource, s, "")
		return finding.Related{Message: message, Location: loc}
	}
	out := []finding.Related{at(r.role, "a stranger may assume "+r.role.policy.Address, r.role.opening())}
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
	return append(out, at(r.key, way, r.entrance()))
}

// path is the way for pictures.
func (c *checker) path(r *reach) finding.Path {
	key := r.key.policy.Address
	if k := r.key.policy.Key; k != nil {
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
	steps := []finding.Step{{From: who, Label: "assumes", To: role, Location: locate(r.role, r.role.opening())}}
	for _, next := range r.chain {
		steps = append(steps, finding.Step{From: role, Label: "assumes", To: next.policy.Address, Location: locate(next, next.attribute())})
		role = next.policy.Address
	}
	by, place := r.key, r.entrance()
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
		if k := j.policy.Key; k != nil {
			key = k.Resource.Address
		}
		loc, _ := c.locate(j.policy.Resource, j.opening(), "")
		out = append(out, finding.Path{Input: c.in.Number, Key: key, Steps: []finding.Step{{From: "any AWS account", Label: j.shownActions([]string{j.result.Witness.Action})[0], To: key, Location: loc}}})
	}
	return slices.Clip(out)
}
