package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/finding"
	"github.com/keyproof/keyproof/pkg/iam"
)

// reach is a way from a stranger through a role to a key.
type reach struct {
	reach *access.Reach
	key   *judged
	role  *judged // the trust policy that lets the stranger in
	// grants is the identity policy that allows the action, nil where the key policy lets the role in by itself; by says
	// which resource gives the role a policy of AWS's own.
	grants *judged
	by     string
	// others are the judged policies beside the key's that shaped the witness: the one in grants.
	others []*judged
}

// findReach looks for roles that strangers may assume and that a key lets in. A key that is public itself is left out.
func (c *checker) findReach() {
	var open []*judged
	for _, j := range c.judged {
		if j.policy.Kind == iam.Trust && j.result.Public == access.Yes && j.policy.Holder != nil {
			open = append(open, j)
		}
	}
	if len(open) == 0 {
		return
	}
	for _, j := range c.judged {
		if j.policy.Kind != iam.Key || j.result.Public == access.Yes || len(j.docs) != 1 || c.replaced(j.policy) {
			continue
		}
		for _, role := range open {
			if c.ctx.Err() != nil {
				return
			}
			way := c.reaches(j, role)
			if way == nil {
				continue
			}
			if j.reach == nil {
				j.reach = way
				c.out.Paths = append(c.out.Paths, c.path(way))
			}
			j.reachable = append(j.reachable, way.reach.Actions...)
		}
	}
}

// replaced says whether a key has its default policy only until another resource sets one.
func (c *checker) replaced(p *extract.Policy) bool {
	return p.From == extract.FromDefault && p.Key != nil && p.Key.Resource == p.Resource && len(p.Key.Separate) > 0
}

func (c *checker) reaches(key, role *judged) *reach {
	arn := c.in.Subject.ARNs[role.policy.Resource.Identity()]
	if arn == "" {
		return nil
	}
	r := access.Role{ARN: arn}
	type from struct {
		policy *judged
		by     string
	}
	var origin []from
	add := func(d *iam.Document, f from) {
		r.Policies = append(r.Policies, d)
		origin = append(origin, f)
	}
	for _, p := range role.policy.Holder.Inline {
		if j := c.of[p]; j != nil && len(j.docs) == 1 {
			add(j.docs[0], from{policy: j})
		}
	}
	for _, a := range role.policy.Holder.Attached {
		j := c.of[a.Policy]
		switch {
		case a.AWS != nil:
			add(a.AWS, from{by: a.By.Address})
		case j != nil && len(j.docs) == 1:
			add(j.docs[0], from{policy: j, by: a.By.Address})
		}
	}
	way := access.Reaches(key.docs[0], key.subject, r)
	if way == nil {
		return nil
	}
	out := &reach{reach: way, key: key, role: role}
	if way.Policy >= 0 {
		out.grants, out.by = origin[way.Policy].policy, origin[way.Policy].by
		if out.grants != nil {
			out.others = append(out.others, out.grants)
		}
	}
	return out
}

// actions are those that the way opens, as they may be printed.
func (r *reach) actions() []string {
	out := r.key.shownActions(r.reach.Actions)
	for _, o := range r.others {
		out = o.shownActions(out)
	}
	return out
}

// words tells the way in one sentence.
func (r *reach) words() string {
	role := r.role.policy.Address
	actions := r.actions()
	what := strings.Join(actions[:min(3, len(actions))], ", ")
	if n := len(actions) - 3; n > 0 {
		what += fmt.Sprintf(" and %d more actions", n)
	}
	text := r.role.who() + " " + role + ", and the key policy "
	if r.reach.Direct {
		return text + "lets that role call " + what
	}
	giver := r.by
	if r.grants != nil {
		giver = r.grants.policy.Address
	}
	return text + "delegates to the account, whose policy " + giver + " lets the role call " + what
}

// reachPlaces are the steps of the way with their places.
func (c *checker) reachPlaces(r *reach) []finding.Related {
	at := func(j *judged, message string, s spot) finding.Related {
		loc, _ := c.locate(j.policy.Resource, s, "")
		return finding.Related{Message: message, Location: loc}
	}
	out := []finding.Related{at(r.role, "a stranger may assume "+r.role.policy.Address, r.role.at("principal", r.role.result.Statement, nil))}
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
		loc, _ := c.locate(j.policy.Resource, s, "")
		return loc
	}
	p := finding.Path{Input: c.in.Number, Key: key, Steps: []finding.Step{
		{From: who, Label: "assumes", To: role, Location: locate(r.role, r.role.at("principal", r.role.result.Statement, nil))},
		{From: role, Label: r.actions()[0], To: key, Location: locate(r.key, r.key.principalSpot(r.key.statement(r.reach.Statement)))},
	}}
	return p
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
