package check

import (
	"cmp"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/keyproof/keyproof/pkg/access"
	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
)

// judgeAll judges every policy, as it will be and as it was, on all cores.
func (c *checker) judgeAll() {
	policies := c.in.Set.Policies
	c.judged = make([]*judged, len(policies))
	c.each(len(policies), func() func(int) {
		return func(i int) {
			p := policies[i]
			j := c.judgeAfter(p)
			j.before = c.earlier(p)
			c.judged[i] = j
		}
	})
	for i, p := range policies {
		c.of[p] = c.judged[i]
	}
	c.holdTogether()
}

// judgeAfter judges a policy as the plan leaves it. Where it rests on assumptions, it is judged without them first: they are
// made only if they decide, and not at all if the author of the plan is not trusted.
func (c *checker) judgeAfter(p *extract.Policy) *judged {
	all := content{docs: p.Docs, depends: p.DependsOn, grant: p.Grant, values: p.Resource.After}
	sure := all
	if p.Sure != nil {
		sure.docs, sure.depends, sure.grant = p.Sure.Docs, p.Sure.DependsOn, p.Sure.Grant
	}
	sure.unlinked = p.Kind == iam.Key && len(p.LinkAssumed) > 0
	if p.Sure == nil && !sure.unlinked {
		j := c.judgePolicy(p, all)
		j.from = p.From
		return j
	}
	first := c.judgePolicy(p, sure)
	if first.from = p.From; p.Sure != nil {
		first.from = p.Sure.From
	}
	if c.in.Untrusted || !first.undecided() {
		return first
	}
	if p.Sure != nil { // the content may decide alone
		all.unlinked = sure.unlinked
		if first = c.assuming(p, all, first, p.Assumed); !all.unlinked || !first.undecided() {
			return first
		}
		all.unlinked = false
	}
	if j := c.assuming(p, all, first, slices.Concat(p.Assumed, p.LinkAssumed)); !j.undecided() {
		return j
	}
	return first
}

// earlier is the policy as it was before the plan, nil where there was none. A state has no earlier form: what it holds
// is there.
func (c *checker) earlier(p *extract.Policy) *judged {
	var old *judged
	switch {
	case p.Resource.Before == cty.NilVal:
	case p.Kind == iam.Grant && p.GrantBefore != nil:
		old = c.judgePolicy(p, content{values: p.Resource.Before, grant: p.GrantBefore})
	case p.Before != nil:
		old = c.judgePolicy(p, content{docs: []*iam.Document{p.Before}, values: p.Resource.Before})
	}
	if old != nil {
		old.old = true
	}
	return old
}

// assuming judges a policy with what is assumed of it; that something is empty is no reason to call it wrong.
func (c *checker) assuming(p *extract.Policy, all content, sure *judged, assumed []string) *judged {
	j := c.judgePolicy(p, all)
	j.from, j.assumed = p.From, assumed
	if p.AssumesEmpty && j.wrong == nil && j.invalid() {
		return sure
	}
	if p.AssumesEmpty {
		j.wrong = nil
	}
	return j
}

// judgePolicy judges a policy as it is with that content.
func (c *checker) judgePolicy(p *extract.Policy, as content) *judged {
	base := c.in.Owners.Subject(c.in.Subject, p.Resource)
	base.Address = p.Address
	docs := c.in.Owners.Owned(as.docs, p.Resource, c.in.Set)
	switch p.Kind {
	case iam.Grant:
		return judgeGrant(p, c.in.Owners.Granted(as.grant, p.Resource), base)
	case iam.Trust:
		base = RoleSubject(base, as.values, base.ARNs[p.Resource.Identity()], base.Address)
		return inEachProperty(base, docs, func(s access.Subject) *judged { return judge(c.memo, p, s, docs, as.depends) })
	case iam.Identity:
		base.Kind, base.MaxSize = iam.Identity, sizeOf(p)
	default:
		return inEach(c.onKeys(p, base, docs, as), func(s access.Subject) *judged {
			return inEachProperty(s, docs, func(s access.Subject) *judged { return inEachRegion(c.memo, p, s, docs, as.depends) })
		}, cmp.Or(p.For, unknownKey))
	}
	return judge(c.memo, p, base, docs, as.depends)
}

// onKeys are the subjects that a key policy may be on: that of its key, or of each key that it may be for.
func (c *checker) onKeys(p *extract.Policy, base access.Subject, docs []*iam.Document, as content) []access.Subject {
	switch {
	case p.Key != nil && p.Key.Resource == p.Resource:
		return c.ownKey(KeySubject(base, p.Resource, as.values, p.Address), docs)
	case p.Key != nil && !as.unlinked:
		return c.ownKey(keyOfInstance(KeySubject(base, p.Key.Resource, p.Key.Resource.After, p.Address), p.KeyID), docs)
	}
	var out []access.Subject
	for _, k := range p.MayBeFor {
		out = append(out, KeySubject(base, k.Resource, k.Resource.After, p.Address))
	}
	if len(out) > 0 && !p.MayBeOther {
		return out
	}
	other := OutsideKey(base, p, as.values)
	return append(out, spoken(p, other, docs)...)
}

// ownKey are the subjects that a key may be which the configuration manages. With sources alone it may be there already, and
// have an ARN that its policy writes out.
func (c *checker) ownKey(s access.Subject, docs []*iam.Document) []access.Subject {
	out := append([]access.Subject{s}, otherInstances(s, docs)...)
	if !c.in.Sources || s.ShownResource() != "*" {
		return out
	}
	for _, one := range written(s, docs) {
		if (s.Region == "" || s.Region == one.Region) && (s.Account == "" || s.Account == aws.AccountOf(one.Resource)) {
			out = append(out, one)
		}
	}
	return out
}

// content is what a policy is judged as: one of the documents, or the grant, on the resource with these values.
type content struct {
	docs    []*iam.Document
	depends []string
	grant   *extract.Grant
	values  cty.Value
	// unlinked says that it is not taken for true which key the policy is for.
	unlinked bool
}
