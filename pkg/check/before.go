package check

import (
	"slices"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// reachedBefore looks for the ways through roles that were there before the plan.
func (c *checker) reachedBefore() {
	if c.in.Sources || !c.openBefore() && !slices.ContainsFunc(c.peers, (*checker).openBefore) {
		return
	}
	b := *c.was()
	b.others, b.names = c.others, c.names
	for _, p := range c.peers {
		if !p.in.Sources {
			b.peers = append(b.peers, p.was())
		}
	}
	b.findReach()
	type place struct{ address, attribute string }
	found := map[place]*judged{}
	for _, j := range b.judged {
		if j.reach != nil {
			found[place{j.policy.Address, j.policy.Attribute}] = j
		}
	}
	for _, j := range c.judged {
		if f := found[place{j.policy.Address, j.policy.Attribute}]; f != nil && j.before != nil && !c.makesProvider(f.reach.role) {
			j.before.reach, j.before.reachable = f.reach, f.reachable
		}
	}
}

// makesProvider says whether the plan creates the identity provider with whose tokens strangers come into a role: none did before.
func (c *checker) makesProvider(role *judged) bool {
	w := role.result.Witness
	if !role.result.Token || w == nil {
		return false
	}
	host, _ := aws.ProviderHost(w.Principal)
	return slices.ContainsFunc(c.in.Plan.Resources, func(r *tf.Resource) bool {
		url, _ := unknown.OpenString(r.After, "url")
		return r.Type == "aws_iam_openid_connect_provider" && r.Action == tf.Create && issuerHost(url) == host
	})
}

// before judges the plan's objects as they were before apply: ways to a key may have led through policies and attachments that are
// gone.
func (c *checker) before() *checker {
	was := extract.Before(c.in.Plan)
	set := extract.PoliciesBefore(was, c.in.Set)
	b := &checker{ctx: c.ctx, in: Input{Number: c.in.Number, Plan: was, Set: set, Subject: c.in.Subject, Owners: c.in.Owners, Locate: c.in.Locate},
		memo: c.memo, of: map[*extract.Policy]*judged{}}
	b.in.Subject = Known(was, set, c.in.Subject, c.in.Owners)
	b.judgeAll()
	return b
}

// openBefore says whether a role was open to strangers before the plan, or may have been.
func (c *checker) openBefore() bool {
	for _, j := range c.judged {
		if j.before != nil && j.policy.Kind == iam.Trust && j.before.result.Public == access.Yes {
			return true
		}
	}
	for _, r := range c.in.Plan.Gone {
		if r.Type == "aws_iam_role" {
			return true
		}
	}
	return false
}
