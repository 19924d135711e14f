package who

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyproof/keyproof/pkg/aws"
	"github.com/keyproof/keyproof/pkg/check"
	"github.com/keyproof/keyproof/pkg/extract"
	"github.com/keyproof/keyproof/pkg/iam"
	"github.com/keyproof/keyproof/pkg/tf"
	"github.com/keyproof/keyproof/pkg/unknown"
)

// addParty takes a role or user in; one that another input knows, too, gets what that one gives it.
func (w *world) addParty(s *side, h *extract.Holder) {
	kind := map[string]string{"aws_iam_role": "role", "aws_iam_user": "user"}[h.Type]
	if kind == "" {
		return
	}
	arn, address := "", ""
	switch {
	case h.Resource != nil:
		address = h.Resource.Address
		arn = s.subject.ARNs[h.Resource.Identity()]
	case s.subject.Account != "" && h.Name != "":
		arn = s.subject.Named(kind + "/" + h.Name)
	}
	if arn == "" {
		return
	}
	p := w.byARN[arn]
	if p == nil {
		p = &party{at: len(w.parties), side: s, kind: kind}
		p.ARN, p.Keys = arn, map[string]string{}
		w.byARN[arn] = p
		w.parties = append(w.parties, p)
	}
	if h.Resource != nil {
		p.side, p.address, p.trust, p.res = s, address, h.Trust, h.Resource
		p.know(h)
		if org := s.subject.Organization; len(w.sides) > 1 && org != "" && aws.AccountOf(arn) == s.subject.Account { // which a key of another one does not know
			p.Keys[aws.Spelled(aws.KeyPrincipalOrgID)] = org
		}
		p.open = unnamedOf(s, p)
	}
	w.hold(p, s, h, extract.Membership{})
	for _, g := range h.Groups {
		w.hold(p, s, g.Group, g)
		for _, other := range w.groups[s.name("group", g.Group)] {
			if other.side != s {
				w.hold(p, other.side, other.holder, g)
			}
		}
	}
}

// know notes what every request of the party has.
func (p *party) know(h *extract.Holder) {
	values := h.Resource.After
	tags, _ := check.Tags(values)
	for name, v := range tags {
		p.Keys[aws.Spelled(aws.KeyPrincipalTag)+name] = v
	}
	may, perhaps := false, false
	if p.kind == "role" {
		may, perhaps = check.MayTag(p.trust)
	}
	switch {
	case may:
	case !check.TagsTold(values):
		p.tags = []string{"the tags of " + p.address}
	case perhaps:
		p.tags = []string{p.address + ".assume_role_policy"}
		fallthrough
	default:
		p.Whole = append(p.Whole, aws.Spelled(aws.KeyPrincipalTag))
	}
	if id, _ := unknown.String(values, "unique_id"); p.kind == "role" {
		p.UniqueID, p.Whole = id, append(p.Whole, check.SessionLacks(p.trust)...)
		p.NoDevice = check.NoDevice(p.trust)
		maps.Copy(p.Keys, check.SessionHas(p.trust))
	} else if id != "" {
		p.Keys[aws.KeyUserID] = id
	}
}

// hold adds the policies of a holder: the party itself, or a group that it is in.
func (w *world) hold(p *party, s *side, h *extract.Holder, in extract.Membership) {
	by := func(r *tf.Resource, possible bool, depends []string) held {
		out := held{by: r, possible: possible || in.Possible, depends: slices.Concat(in.DependsOn, depends)}
		if in.By != nil {
			out.by = in.By
		}
		for _, giver := range []*tf.Resource{r, in.By} {
			if p.res != nil && giver != nil && p.res.MayLack(giver) {
				out.lacking(check.Whether(nil, giver.Address))
			}
		}
		return out
	}
	add := func(from *side, policy *extract.Policy, h held) {
		if w.refused[policy] {
			h.lacking(taken(policy))
		}
		p.add(from, policy, h)
	}
	for _, i := range h.Inline {
		if i.Resource == h.Resource && s.mirrored(h, "inline_policy", blockName(i)) {
			continue
		}
		h := by(i.Resource, i.Perhaps, check.LinkDepends(i))
		if i.Absent {
			h.lacking(check.Whether(i, ""))
		}
		add(s, i, h)
	}
	for _, a := range h.Attached {
		if a.By == h.Resource && s.mirrored(h, "managed_policy_arns", a.ARN) {
			continue
		}
		switch {
		case a.AWS != nil:
			p.held = append(p.held, by(a.By, a.Possible, a.DependsOn))
			p.Policies = append(p.Policies, a.AWS)
		case a.Policy != nil:
			add(s, a.Policy, by(a.By, a.Possible, a.DependsOn))
		case len(a.DependsOn) > 0:
			p.depends, p.denies = append(p.depends, a.DependsOn...), append(p.denies, a.DependsOn...)
		case len(w.managed[a.ARN]) > 0:
			for _, m := range w.managed[a.ARN] {
				add(m.side, m.policy, by(a.By, a.Possible, nil))
			}
		case unread(a.ARN):
			what := "the policy that " + by(a.By, false, nil).by.Address + " attaches, which was not read"
			p.depends, p.denies = append(p.depends, what), append(p.denies, what)
		}
	}
}

// lacking notes that the party may be there without the policy, and what decides it.
func (h *held) lacking(whether string) {
	h.possible, h.depends = true, append(h.depends, whether)
}

// unread says whether a policy is neither of the plan nor one of AWS's that is known: what it allows is not known.
func unread(arn string) bool {
	_, known := aws.ManagedPolicy(arn)
	return arn != "" && !known
}

// add gives the party a policy, or one that it may have. Of several possible documents each is one that it may hold.
func (p *party) add(s *side, policy *extract.Policy, h held) {
	if len(policy.Docs) == 0 {
		depends := append(dependsOn(policy), h.depends...)
		p.depends, p.denies = append(p.depends, depends...), append(p.denies, depends...)
	}
	for _, d := range s.owned(policy) {
		one := h
		one.policy, one.possible, one.depends = policy, h.possible || len(policy.Docs) > 1, slices.Concat(d.Text.DependsOn, h.depends)
		p.held = append(p.held, one)
		p.Policies = append(p.Policies, d)
	}
}

// blockName is the argument name of the block that holds an inline policy.
func blockName(i *extract.Policy) string {
	list, ok := unknown.Lookup(i.Resource.After, "inline_policy")
	if !ok {
		return ""
	}
	raw, _ := list.Unmark()
	if !raw.IsKnown() || raw.IsNull() || !raw.CanIterateElements() {
		return ""
	}
	n := 0
	for it := raw.ElementIterator(); it.Next(); n++ {
		_, e := it.Element()
		if i.Attribute == fmt.Sprintf("inline_policy[%d].policy", n) {
			name, _ := unknown.String(e, "name")
			return name
		}
	}
	return ""
}

// mirrored says whether an entry of a role's list is only what a refresh found there because another resource had put it
// there: it goes where that one goes.
func (s *side) mirrored(h *extract.Holder, list, entry string) bool {
	if s.was || s.past == nil || h.Resource == nil || written(h.Resource, list) {
		return false
	}
	for _, o := range s.past.Holders {
		if o.Resource == nil || o.Resource.Address != h.Resource.Address {
			continue
		}
		if list == "inline_policy" {
			return slices.ContainsFunc(o.Inline, func(p *extract.Policy) bool {
				name, _ := unknown.String(p.Resource.After, "name")
				return p.Resource != o.Resource && name == entry
			})
		}
		return slices.ContainsFunc(o.Attached, func(a extract.Attachment) bool { return a.By != o.Resource && a.ARN == entry })
	}
	return false
}

// index notes by which keys the policies of a party can be found.
func (w *world) index(p *party) {
	wide := len(p.depends) > 0 && !w.many
	seen := map[string]bool{}
	for i, d := range p.Policies {
		of := p.held[i].policy
		wide = wide || d.Opaque
		for s := range d.All() {
			if s.Effect.S == "Deny" || !ofKMS(s) {
				continue
			}
			if s.Resource == nil || s.Hole != "" {
				wide = true
				continue
			}
			for _, r := range s.Resource.Items {
				if key := p.refersTo(d, r); key != "" {
					if !seen[key] {
						seen[key] = true
						w.referring[key] = append(w.referring[key], p)
					}
					continue
				}
				if !r.Known() || !strings.HasPrefix(r.S, "arn:") || strings.ContainsAny(r.S, "*?$") || strings.Count(r.S, ":") < 5 {
					wide = true
					continue
				}
				w.told[r.S] = w.told[r.S] || (of == nil || !of.Sensitive) && !d.Text.SensitiveAt(r.Start, r.End)
				if !seen[r.S] {
					seen[r.S] = true
					w.named[r.S] = append(w.named[r.S], p)
				}
			}
		}
	}
	if wide {
		w.wide = append(w.wide, p)
	}
}

// refersTo is the address of the key of the party's input whose ARN a resource is, where that ARN is not known; "" for others.
func (p *party) refersTo(d *iam.Document, r iam.String) string {
	hole, whole := unknown.OneHole(r.S)
	if !whole || hole >= len(d.Text.Holes) || d.Text.Holes[hole].Kind != unknown.KeyARN {
		return ""
	}
	of := d.Text.Holes[hole].Of
	if key := p.side.set.Behind[of]; key != "" {
		of = key
	}
	if !p.side.managed[of] {
		return ""
	}
	return of
}

// ofKMS says whether a statement may be about actions of KMS.
func ofKMS(s *iam.Statement) bool {
	return s.Action == nil || slices.ContainsFunc(s.Action.Items, func(a iam.String) bool {
		service, _, _ := strings.Cut(strings.ToLower(a.S), ":")
		return strings.ContainsAny(service, "*?") || service == "kms" || !a.Known()
	})
}

// addPermissionSet takes a permission set in as the role that it is in each of its accounts. Which region is in the role's
// path, and how its name ends, is IAM Identity Center's choice.
//
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func (w *world) addPermissionSet(s *side, number int) {
	h := s.set.PermissionSets[number]
	accounts, assumed := h.Accounts, false
	if len(accounts) == 0 {
		if !h.MoreAccounts && s.everAssigned(h) {
			return // to none at this time
		}
		accounts, assumed = []string{s.subject.Account}, true
	}
	for i, account := range accounts {
		if account == "" || slices.Contains(accounts[:i], account) {
			continue
		}
		in := s.subject
		in.Account = account
		arn := in.StandIn("role", number)
		at, stand, _ := strings.Cut(arn, ":role/")
		begin := at + ":role/aws-reserved/sso.amazonaws.com/"
		p := &party{at: len(w.parties), side: s, kind: "role", address: h.Resource.Address}
		name := "AWSReservedSSO_"
		if h.Name != "" {
			name += h.Name + "_"
		}
		p.ARN, p.Keys = begin+name+stand, map[string]string{}
		p.open = &unnamed{Unnamed: check.Unnamed{Begin: begin, Last: name}, shown: begin + "*" + name + "*", depends: "the name of the role that " + p.address + " has in account " + account}
		p.permissions = true
		w.hold(p, s, h, extract.Membership{})
		if assumed {
			p.maybe = "the accounts that " + p.address + " is assigned to"
		}
		w.parties = append(w.parties, p)
		w.byARN[p.ARN] = p
	}
}

// everAssigned says whether the input assigns a permission set to accounts, now or before.
func (s *side) everAssigned(h *extract.Holder) bool {
	for _, set := range []*extract.Set{s.in.Set, s.past} {
		if set != nil && slices.ContainsFunc(set.PermissionSets, func(o *extract.Holder) bool { return o.Resource.Address == h.Resource.Address && len(o.Accounts) > 0 }) {
			return true
		}
	}
	return false
}

// written says whether the configuration writes an argument or block of a resource; without a configuration that a value
// is there is all that tells.
func written(res *tf.Resource, name string) bool {
	switch {
	case res.Config != nil:
		_, attr := res.Config.Attrs[name]
		return attr || len(res.Config.Blocks[name]) > 0
	case res.Source != nil:
		for path := range res.Source.Attrs {
			if path == name || strings.HasPrefix(path, name+"[") || strings.HasPrefix(path, name+".") {
				return true
			}
		}
		return false
	}
	return true
}
